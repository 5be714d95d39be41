package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.capture.CaptureWriter;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * Captures of shapes that no shipped model has, seeded by their names. One prompt {@code p}, layers
 * 0 and 1, two query heads per KV head.
 *
 * @param queries last tokens that are queries too; 0 for none
 * @param constant whether every channel has one value in all tokens, every fourth zero
 */
record Captures(
    String model,
    int kvHeads,
    int headDim,
    int tokens,
    DType dtype,
    int queries,
    boolean rope,
    boolean values,
    boolean constant) {
  static final String PROMPT = "p";

  static Captures of(String model, int kvHeads, int headDim, int tokens) {
    return new Captures(
        model, kvHeads, headDim, tokens, DType.F16, Math.min(8, tokens), true, true, false);
  }

  Captures dtype(DType other) {
    return new Captures(model, kvHeads, headDim, tokens, other, queries, rope, values, constant);
  }

  Captures withoutQueries() {
    return new Captures(model, kvHeads, headDim, tokens, dtype, 0, rope, values, constant);
  }

  Captures withoutRope() {
    return new Captures(model, kvHeads, headDim, tokens, dtype, queries, false, values, constant);
  }

  Captures keysOnly() {
    return new Captures(model, kvHeads, headDim, tokens, dtype, queries, rope, false, constant);
  }

  Captures constantChannels() {
    return new Captures(model, kvHeads, headDim, tokens, dtype, queries, rope, values, true);
  }

  /** Writes {@code <model>.safetensors}. */
  void write(Path folder) {
    CaptureWriter.write(folder.resolve(model + ".safetensors"), source());
  }

  MemorySource source() {
    RopeStage stage = rope ? RopeStage.PRE : RopeStage.NONE;
    SplittableRandom random = new SplittableRandom(model.hashCode());
    Map<Integer, List<KvTensor>> layers = new LinkedHashMap<>();
    for (int layer = 0; layer < 2; layer++) {
      List<KvTensor> tensors = new ArrayList<>();
      tensors.add(tensor(TensorKind.KEY, kvHeads, tokens, stage, random));
      if (values) {
        tensors.add(tensor(TensorKind.VALUE, kvHeads, tokens, RopeStage.NONE, random));
      }
      if (queries > 0) {
        tensors.add(tensor(TensorKind.QUERY, 2 * kvHeads, queries, stage, random));
      }
      layers.put(layer, tensors);
    }
    OptionalInt firstQuery = queries == 0 ? OptionalInt.empty() : OptionalInt.of(tokens - queries);
    return new MemorySource(
        info(stage), new PromptHead(model, PROMPT, tokens, 0, firstQuery, Map.of()), layers);
  }

  private ModelInfo info(RopeStage stage) {
    return new ModelInfo(
        model,
        "Test",
        queries == 0 ? 0 : 2 * kvHeads,
        kvHeads,
        headDim,
        stage,
        stage,
        rope ? Optional.of(new Rope(10_000)) : Optional.empty(),
        1 / Math.sqrt(headDim));
  }

  private KvTensor tensor(
      TensorKind kind, int heads, int rows, RopeStage stage, SplittableRandom random) {
    TensorShape shape = new TensorShape(rows, heads, headDim);
    int channels = shape.channels();
    float[] data = new float[shape.values()];
    for (int i = 0; i < data.length; i++) {
      int channel = i % channels;
      data[i] =
          !constant
              ? (float) (random.nextGaussian() * (1 + 4.0 / (1 + channel)))
              : channel % 4 == 0
                  ? 0
                  : (float) (i < channels ? random.nextGaussian() : data[channel]);
    }
    byte[] exact = new byte[data.length * dtype.bytes()];
    dtype.encode(data, 0, exact, 0, data.length);
    dtype.decode(exact, 0, data, 0, data.length);
    return new KvTensor(
        kind, shape, dtype, stage, kind == TensorKind.QUERY ? tokens - queries : 0, data);
  }
}
