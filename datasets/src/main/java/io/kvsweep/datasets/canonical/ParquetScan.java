package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds the blocks of prompts in Parquet files without reading a payload, and checks that they
 * agree with the models and cover every prompt's tokens once.
 */
final class ParquetScan {
  private record TensorKey(int layer, TensorKind kind) {}

  private final Map<PromptKey, Map<TensorKey, List<ParquetPrompt.Extent>>> found = new TreeMap<>();

  /** Takes in all rows of a file. */
  void add(BlockFile file) {
    for (int i = 0; i < file.groups().size(); i++) {
      int group = i;
      long[] row = {0};
      file.readGroup(
          group,
          false,
          block ->
              found
                  .computeIfAbsent(
                      block.key(),
                      key ->
                          new TreeMap<>(
                              Comparator.comparingInt(TensorKey::layer)
                                  .thenComparing(TensorKey::kind)))
                  .computeIfAbsent(
                      new TensorKey(block.layer(), block.kind()), key -> new ArrayList<>())
                  .add(new ParquetPrompt.Extent(file, group, row[0]++, block)));
    }
  }

  /** Prompts with at least one row. */
  List<PromptKey> keys() {
    return List.copyOf(found.keySet());
  }

  /** The prompt, checked. */
  ParquetPrompt prompt(ModelInfo model, PromptHead head, String place) {
    PromptKey key = new PromptKey(head.model(), head.prompt());
    SortedMap<TensorSpec, List<ParquetPrompt.Extent>> tensors = new TreeMap<>(TensorSpec.ORDER);
    boolean cache = false;
    for (List<ParquetPrompt.Extent> extents : found.getOrDefault(key, Map.of()).values()) {
      extents.sort(Comparator.comparingInt(extent -> extent.block().tokenStart()));
      TensorSpec spec = spec(model, head, extents);
      tensors.put(spec, extents);
      cache |= spec.kind().isCached();
    }
    if (!cache) {
      throw new InvalidInputException(
          "%s: the Parquet files hold no keys and no values of prompt '%s', which %s lists"
              .formatted(place, key, Dataset.MANIFEST));
    }
    return new ParquetPrompt(model, head, tensors);
  }

  private static TensorSpec spec(
      ModelInfo model, PromptHead head, List<ParquetPrompt.Extent> extents) {
    Block first = extents.get(0).block();
    String place = extents.get(0).file().place();
    boolean query = first.kind() == TensorKind.QUERY;
    boolean moment = first.kind() == TensorKind.QUERY_MOMENT;
    if (query && head.queryFirstPosition().isEmpty()) {
      throw new InvalidInputException(
          "%s: %s: there are queries, but %s gives no query_first_position of the prompt; add it there"
              .formatted(place, first.name(), Dataset.MANIFEST));
    }
    int start =
        switch (first.kind()) {
          case KEY, VALUE -> head.firstPosition();
          case QUERY -> head.queryFirstPosition().getAsInt();
          case QUERY_MOMENT -> 0;
        };
    long end = moment ? model.headDim() : (long) head.firstPosition() + head.tokens();
    long next = start;
    for (ParquetPrompt.Extent extent : extents) {
      checkModel(model, extent);
      Block block = extent.block();
      if (block.dtype() != first.dtype()) {
        throw new InvalidInputException(
            "%s: %s is %s, its tensor begins with %s; expected one dtype per tensor"
                .formatted(
                    extent.place(), block.name(), block.dtype().label(), first.dtype().label()));
      }
      if (block.tokenStart() != next) {
        throw new InvalidInputException(
            "%s: %s begins at %s %d, expected %d: %s; write every %s once"
                .formatted(
                    extent.place(),
                    block.name(),
                    moment ? "row" : "token",
                    block.tokenStart(),
                    next,
                    block.tokenStart() < next
                        ? "blocks overlap"
                        : "the %s between are in no block".formatted(moment ? "rows" : "tokens"),
                    moment ? "row" : "token"));
      }
      next += block.tokens();
    }
    if (next > end || (!query && next != end)) {
      throw new InvalidInputException(
          (moment
                  ? "%s: %s layer %d %s: the blocks end before row %d, the matrices before row %d; a block is missing or %s is wrong"
                  : "%s: %s layer %d %s: the blocks end before token %d, the prompt before token %d; a block is missing or %s is wrong")
              .formatted(
                  place,
                  first.key(),
                  first.layer(),
                  first.kind().label(),
                  next,
                  end,
                  Dataset.MANIFEST));
    }
    try {
      TensorShape shape = new TensorShape((int) (next - start), first.heads(), first.headDim());
      return new TensorSpec(
          first.layer(), first.kind(), shape, first.dtype(), first.ropeStage(), start);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(place + ": " + first.name() + ": " + e.getMessage(), e);
    }
  }

  private static void checkModel(ModelInfo model, ParquetPrompt.Extent extent) {
    Block block = extent.block();
    int heads = model.heads(block.kind());
    RopeStage stage = model.stage(block.kind());
    if (block.heads() != heads
        || block.headDim() != model.headDim()
        || block.ropeStage() != stage) {
      throw new InvalidInputException(
          "%s: %s has %d heads x %d channels, stage %s; model '%s' has %d x %d, stage %s: write the block again, or correct the model in %s"
              .formatted(
                  extent.place(),
                  block.name(),
                  block.heads(),
                  block.headDim(),
                  block.ropeStage().label(),
                  model.model(),
                  heads,
                  model.headDim(),
                  stage.label(),
                  Dataset.MANIFEST));
    }
  }
}
