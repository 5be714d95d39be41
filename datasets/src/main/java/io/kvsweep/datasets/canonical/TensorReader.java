package io.kvsweep.datasets.canonical;

import static org.apache.parquet.filter2.predicate.FilterApi.and;
import static org.apache.parquet.filter2.predicate.FilterApi.binaryColumn;
import static org.apache.parquet.filter2.predicate.FilterApi.eq;
import static org.apache.parquet.filter2.predicate.FilterApi.gt;
import static org.apache.parquet.filter2.predicate.FilterApi.intColumn;
import static org.apache.parquet.filter2.predicate.FilterApi.longColumn;
import static org.apache.parquet.filter2.predicate.FilterApi.lt;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Retries;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * Reads tensors of a dataset. Opens only the files of the prompt and reads only the blocks asked
 * for: memory is the tensor plus two blocks (or one row group of a file that another program wrote
 * without a page index). Thread-safe; footers are kept, so that many reads of one prompt parse them
 * once, but for those of long ago. Not serialisable: a task makes its own from the folder's path.
 */
public final class TensorReader {
  /** Footers: those of a few prompts, a file of which has 256 MB. */
  private static final int KEPT = 256;

  private final Store store;
  private final DatasetManifest manifest;
  private final OpenFiles files;
  private final Retries retries;

  /** Reads from an open dataset. */
  public TensorReader(Dataset dataset) {
    this(dataset, Retries.STANDARD);
  }

  /**
   * @param retries of reads that the store does not answer
   */
  TensorReader(Dataset dataset, Retries retries) {
    this.store = dataset.store();
    this.manifest = dataset.manifest();
    this.files = new OpenFiles(store, KEPT);
    this.retries = retries;
  }

  /**
   * Reads from a dataset whose manifest, or the part of it that matters ({@link
   * DatasetManifest#only}), is known already; opens nothing.
   */
  public TensorReader(String root, Configuration conf, DatasetManifest manifest) {
    this.store = new Store(new Path(root), conf);
    this.manifest = manifest;
    this.files = new OpenFiles(store, KEPT);
    this.retries = Retries.STANDARD;
  }

  /** Opens the dataset in this folder; one small read. */
  public static TensorReader open(String root, Configuration conf) {
    return new TensorReader(Retries.STANDARD.run(() -> Dataset.open(new Path(root), conf)));
  }

  /** What the dataset holds. */
  public DatasetManifest manifest() {
    return manifest;
  }

  /**
   * A whole tensor, {@code [tokens, heads, headDim]}.
   *
   * @throws InvalidInputException if there is no such tensor, or a file is missing, damaged or does
   *     not hold every token once, or the store does not answer, several times
   */
  public KvTensor read(PromptKey key, int layer, TensorKind kind) {
    TensorInfo info = info(key, layer, kind);
    return read(key, info, info.firstPosition(), info.shape().tokens());
  }

  /**
   * A run of tokens of a tensor.
   *
   * @param tokenStart position in the prompt of the first row wanted, as in the column {@code
   *     token_start}: counts from {@code TensorInfo.firstPosition()}, not from 0
   * @param tokens number of rows
   * @throws InvalidInputException as {@link #read(PromptKey, int, TensorKind)}
   * @throws IllegalArgumentException if the run leaves the tensor
   */
  public KvTensor read(PromptKey key, int layer, TensorKind kind, int tokenStart, int tokens) {
    TensorInfo info = info(key, layer, kind);
    long end = (long) info.firstPosition() + info.shape().tokens();
    if (tokens < 1 || tokenStart < info.firstPosition() || (long) tokenStart + tokens > end) {
      throw new IllegalArgumentException(
          "%s %s: %d tokens from position %d leave the tensor's positions %d to %d"
              .formatted(key, info.name(), tokens, tokenStart, info.firstPosition(), end - 1));
    }
    return read(key, info, tokenStart, tokens);
  }

  private TensorInfo info(PromptKey key, int layer, TensorKind kind) {
    PromptInfo prompt = manifest.prompt(key);
    return prompt
        .tensor(layer, kind)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "%s: prompt '%s' has no %s of layer %d; it has layers %s"
                        .formatted(
                            Store.show(store.root()),
                            key,
                            kind.label(),
                            layer,
                            prompt.layers(kind))));
  }

  private KvTensor read(PromptKey key, TensorInfo info, int tokenStart, int tokens) {
    return retries.run(() -> readOnce(key, info, tokenStart, tokens));
  }

  private KvTensor readOnce(PromptKey key, TensorInfo info, int tokenStart, int tokens) {
    TokenRun run = new TokenRun(key, info, tokenStart, tokens);
    for (DataFile file : manifest.files(key)) {
      BlockFile blocks = files.get(file.path());
      blocks.read(
          filter(blocks.schema(), key, info, tokenStart, tokens),
          block -> run.add(block, blocks.place()));
    }
    return run.finish(Store.show(store.root()));
  }

  static FilterPredicate filter(
      MessageType schema, PromptKey key, TensorInfo info, int tokenStart, int tokens) {
    // No block is longer than 16 MiB, so none that begins earlier than this reaches the run.
    long reach = Math.max(1, Block.MAX_BYTES / info.spec().rowBytes());
    FilterPredicate names =
        and(
            and(
                text(CanonicalSchema.MODEL, key.model()),
                text(CanonicalSchema.PROMPT, key.prompt())),
            text(CanonicalSchema.KIND, info.kind().label()));
    long after = Math.max(-1, tokenStart - reach);
    long before = (long) tokenStart + tokens;
    FilterPredicate numbers =
        wide(schema, CanonicalSchema.LAYER)
            ? eq(longColumn(CanonicalSchema.LAYER), (long) info.layer())
            : eq(intColumn(CanonicalSchema.LAYER), info.layer());
    FilterPredicate range =
        wide(schema, CanonicalSchema.TOKEN_START)
            ? and(
                gt(longColumn(CanonicalSchema.TOKEN_START), after),
                lt(longColumn(CanonicalSchema.TOKEN_START), before))
            : and(
                gt(intColumn(CanonicalSchema.TOKEN_START), (int) after),
                lt(
                    intColumn(CanonicalSchema.TOKEN_START),
                    (int) Math.min(before, Integer.MAX_VALUE)));
    return and(and(names, numbers), range);
  }

  private static FilterPredicate text(String column, String value) {
    return eq(binaryColumn(column), Binary.fromString(value));
  }

  private static boolean wide(MessageType schema, String column) {
    return schema.getType(column).asPrimitiveType().getPrimitiveTypeName()
        == PrimitiveTypeName.INT64;
  }
}
