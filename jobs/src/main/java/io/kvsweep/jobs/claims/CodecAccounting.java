package io.kvsweep.jobs.claims;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.measure.SelectedBytes;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.aqua.Predictors;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Sizes as the codecs themselves tell them, of captures in binary16: a few tokens of zeros are
 * coded, and the block is asked for its size at the length wanted. For methods whose sizes follow
 * from the shape alone.
 */
final class CodecAccounting implements Accounting {
  private static final int TOKENS = 16; // any number would do
  private static final int HEAD_DIM = 128;
  private static final long SEED = 1;
  private static final long RUN_TOKENS = 4096;

  private record Key(String spec, int channels) {}

  private final Map<Key, byte[]> blocks = new HashMap<>();

  /** By channels; a view shares its decomposition among specifications. */
  private final Map<Integer, TensorView> views = new HashMap<>();

  @Override
  public double totalBits(String spec, int tokens, int channels) {
    long bytes = tensorCodec(spec).projectedBytes(view(channels), block(spec, channels), tokens);
    return 8.0 * bytes / ((double) tokens * channels);
  }

  @Override
  public double cacheBits(String spec, int channels, int layers) {
    if (!(pipeline(spec).codec() instanceof CacheCodec codec)) {
      throw new IllegalArgumentException("'" + spec + "' codes one layer at a time");
    }
    TensorShape shape = shape((int) RUN_TOKENS, channels);
    // A run in the middle of a prompt has no exact tokens, neither sinks nor recent ones.
    CacheCodec.Run run = new CacheCodec.Run(1 << 20, shape, 2 << 20, layers, DType.F16);
    double bits = 0;
    for (int layer = 0; layer < layers; layer++) {
      long bytes = codec.blockBytes(layer, run).orElseThrow() - EncodedBlock.HEADER_BYTES;
      bits += 8.0 * bytes / shape.values();
    }
    return bits / layers;
  }

  @Override
  public int tokensKept(String selector, int tokens, int channels) {
    SelectionSize size =
        pipeline(selector + " | none")
            .selector()
            .orElseThrow()
            .size(tokens, channels / HEAD_DIM, HEAD_DIM);
    return size.codedTokens() + size.exactTokens();
  }

  @Override
  public Sparse sparse(String spec, int tokens, int channels) {
    SelectedBytes bytes = SelectedBytes.of(pipeline(spec), view(channels), tokens);
    return new Sparse(bytes.nominalReadRatio(), bytes.readRatioAtMost(), bytes.compressionRatio());
  }

  @Override
  public double adapterBytes(int channels, int layers) {
    return (double) DType.BF16.bytes() * Predictors.parameters(layers, channels);
  }

  @Override
  public boolean calibrated(String spec) {
    return pipeline(spec).calibrated();
  }

  private byte[] block(String spec, int channels) {
    return blocks.computeIfAbsent(
        new Key(spec, channels), key -> tensorCodec(spec).encode(view(channels)));
  }

  private TensorView view(int channels) {
    return views.computeIfAbsent(channels, CodecAccounting::zeros);
  }

  private static TensorView zeros(int channels) {
    TensorShape shape = shape(TOKENS, channels);
    float[] data = new float[shape.values()];
    return new TensorView(
        new KvTensor(TensorKind.KEY, shape, DType.F16, RopeStage.NONE, 0, data), Optional.empty());
  }

  private static TensorShape shape(int tokens, int channels) {
    return new TensorShape(tokens, channels / HEAD_DIM, HEAD_DIM);
  }

  private static TensorCodec tensorCodec(String spec) {
    if (!(pipeline(spec).codec() instanceof TensorCodec codec)) {
      throw new IllegalArgumentException("'" + spec + "' codes all layers together");
    }
    return codec;
  }

  private static Pipeline pipeline(String spec) {
    return Methods.STANDARD.pipeline(spec, SEED);
  }
}
