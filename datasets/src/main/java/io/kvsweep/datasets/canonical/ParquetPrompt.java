package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.ModelInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * A prompt in Parquet files, read as a source. Keeps the row group read last, so that reading in
 * order loads each group once; memory is the largest row group.
 */
final class ParquetPrompt implements PromptSource {
  private final ModelInfo model;
  private final PromptHead head;
  private final SortedMap<TensorSpec, List<Extent>> tensors;
  private Extent loaded;
  private final List<Block> blocks = new ArrayList<>();

  /** Where a block is, sorted by its first token. */
  record Extent(BlockFile file, int group, long row, Block block) {
    /** File and row, for messages. */
    String place() {
      return "%s: row group %d, row %d".formatted(file.place(), group, row);
    }
  }

  ParquetPrompt(ModelInfo model, PromptHead head, SortedMap<TensorSpec, List<Extent>> tensors) {
    this.model = model;
    this.head = head;
    this.tensors = tensors;
  }

  @Override
  public String place() {
    Map.Entry<TensorSpec, List<Extent>> first = tensors.entrySet().iterator().next();
    return first.getValue().get(0).file().place();
  }

  @Override
  public ModelInfo model() {
    return model;
  }

  @Override
  public PromptHead prompt() {
    return head;
  }

  @Override
  public List<TensorSpec> tensors() {
    return List.copyOf(tensors.keySet());
  }

  /** Where all blocks are. */
  List<Extent> extents() {
    return tensors.values().stream().flatMap(List::stream).toList();
  }

  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    int start = tensor.firstPosition() + row;
    long end = (long) start + rows;
    int rowBytes = tensor.rowBytes();
    for (Extent extent : tensors.get(tensor)) {
      Block wanted = extent.block();
      int from = Math.max(start, wanted.tokenStart());
      long to = Math.min(end, (long) wanted.tokenStart() + wanted.tokens());
      if (from < to) {
        System.arraycopy(
            find(extent).payload(),
            (from - wanted.tokenStart()) * rowBytes,
            out,
            (from - start) * rowBytes,
            (int) (to - from) * rowBytes);
      }
    }
  }

  private Block find(Extent extent) {
    if (loaded == null || loaded.file() != extent.file() || loaded.group() != extent.group()) {
      loaded = null;
      blocks.clear();
      extent.file().readGroup(extent.group(), true, blocks::add);
      loaded = extent;
    }
    Block wanted = extent.block();
    for (Block block : blocks) {
      if (block.key().equals(wanted.key())
          && block.layer() == wanted.layer()
          && block.kind() == wanted.kind()
          && block.tokenStart() == wanted.tokenStart()) {
        return block;
      }
    }
    throw new InvalidInputException(
        "%s: %s is gone; the file changed while it was read: try again"
            .formatted(extent.file().place(), wanted.name()));
  }

  @Override
  public void close() {
    loaded = null;
    blocks.clear();
  }
}
