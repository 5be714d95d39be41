package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.PromptSelector;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The tokens that a selector kept of a prompt, for all its layers, from the bytes of its block. A
 * first pass over the keys chooses them, in runs of tokens; nothing but scores per token stays.
 */
final class PromptSelection {
  private final byte[] block;
  private final HeadTokens kept;
  private final TokenSelection tokens;
  private final Optional<Rope> rope;

  private PromptSelection(byte[] block, HeadTokens kept, Optional<Rope> rope) {
    this.block = block;
    this.kept = kept;
    this.tokens = TokenSelection.evicting(kept);
    this.rope = rope;
  }

  static PromptSelection of(PromptSelector selector, CacheSource source, int runTokens) {
    TensorShape shape = source.shape(source.layers().get(0), TensorKind.KEY).orElseThrow();
    byte[] block = selector.encodePrompt(new Keys(source, shape, runTokens));
    return new PromptSelection(block, selector.decodePrompt(block, shape), source.model().rope());
  }

  byte[] block() {
    return block;
  }

  TokenSelection tokens() {
    return tokens;
  }

  /** What stays of a run, as the prompt of the codec has it; nothing where no token of it stays. */
  Optional<KeptRun> of(CacheMeasurement.LayerRun run) {
    int from = run.firstToken();
    int to = from + run.keys().shape().tokens();
    int[] inside = new int[kept.count()];
    int before = 0;
    int n = 0;
    for (int i = 0; i < kept.count(); i++) {
      int token = kept.token(0, i);
      before += token < from ? 1 : 0;
      if (token >= from && token < to) {
        inside[n++] = token - from;
      }
    }
    if (n == 0) {
      return Optional.empty();
    }
    HeadTokens chosen = HeadTokens.shared(run.keys().shape().heads(), Arrays.copyOf(inside, n));
    TensorView values = new TensorView(run.values(), Optional.empty());
    return Optional.of(
        new KeptRun(
            chosen,
            new CacheMeasurement.LayerRun(
                run.index(),
                before,
                run.layers(),
                KeptTokens.compact(run.keys(), chosen, rope),
                KeptTokens.compact(values, chosen, rope).tensor())));
  }

  /**
   * What stays of a run.
   *
   * @param chosen its tokens, counted from the start of the run
   * @param run they alone, numbered as the codec sees them
   */
  record KeptRun(HeadTokens chosen, CacheMeasurement.LayerRun run) {
    /** Reconstructed rows at their places in the whole run; NaN where nothing was kept. */
    float[] scatter(float[] reconstructed, TensorShape whole) {
      float[] out = PromptSelection.nothing(whole);
      KeptTokens.scatter(reconstructed, chosen, whole.headDim(), out);
      return out;
    }
  }

  /** A run of which no token stays. */
  static float[] nothing(TensorShape run) {
    float[] out = new float[run.values()];
    Arrays.fill(out, Float.NaN);
    return out;
  }

  private record Keys(CacheSource source, TensorShape shape, int runTokens)
      implements PromptSelector.PromptKeys {
    @Override
    public DType dtype() {
      return source.read(source.layers().get(0), TensorKind.KEY, 0, 1).dtype();
    }

    @Override
    public int layers() {
      return source.layers().size();
    }

    @Override
    public void read(int layer, BiConsumer<Integer, TensorView> sink) {
      for (int from = 0; from < shape.tokens(); from += runTokens) {
        int n = Math.min(runTokens, shape.tokens() - from);
        KvTensor keys = source.read(source.layers().get(layer), TensorKind.KEY, from, n);
        sink.accept(from, source.keyView(keys));
      }
    }
  }
}
