package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;

/** Captures for tests, seeded. */
public final class Fixtures {
  private Fixtures() {}

  /** A model with a rotary embedding. */
  public static ModelInfo model(String name, int queryHeads, int kvHeads, int headDim) {
    return new ModelInfo(
        name,
        "TestForCausalLM",
        queryHeads,
        kvHeads,
        headDim,
        RopeStage.PRE,
        RopeStage.PRE,
        Optional.of(new Rope(10_000)),
        0.125);
  }

  /** A prompt of random values, exact in the dtype, with the awkward ones at the start. */
  public static MemorySource source(
      String model,
      String prompt,
      int layers,
      TensorShape kv,
      DType dtype,
      int queries,
      long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<Integer, List<KvTensor>> tensors = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      List<KvTensor> list = new ArrayList<>();
      list.add(tensor(TensorKind.KEY, kv, dtype, RopeStage.PRE, 0, random));
      list.add(tensor(TensorKind.VALUE, kv, dtype, RopeStage.NONE, 0, random));
      if (queries > 0) {
        TensorShape shape = new TensorShape(queries, kv.heads() * 2, kv.headDim());
        int first = kv.tokens() - queries;
        list.add(tensor(TensorKind.QUERY, shape, dtype, RopeStage.PRE, first, random));
      }
      tensors.put(layer, list);
    }
    PromptHead head =
        new PromptHead(
            model,
            prompt,
            kv.tokens(),
            0,
            queries > 0 ? OptionalInt.of(kv.tokens() - queries) : OptionalInt.empty(),
            Map.of("nats_per_token", "4.5"));
    return new MemorySource(
        model(model, queries > 0 ? kv.heads() * 2 : 0, kv.heads(), kv.headDim()), head, tensors);
  }

  private static KvTensor tensor(
      TensorKind kind,
      TensorShape shape,
      DType dtype,
      RopeStage stage,
      int first,
      SplittableRandom random) {
    float[] data = new float[shape.values()];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) random.nextDouble(-4, 4);
    }
    float[] awkward =
        switch (dtype) {
          case F16 -> new float[] {-0f, 0x1p-24f, 65504f, -65504f};
          case BF16 -> new float[] {-0f, Float.MIN_NORMAL / 128, 0x1.fep127f, -0x1.fep127f};
          case F32 -> new float[] {-0f, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE};
        };
    System.arraycopy(awkward, 0, data, 0, Math.min(awkward.length, data.length));
    byte[] bytes = new byte[data.length * dtype.bytes()];
    dtype.encode(data, 0, bytes, 0, data.length);
    dtype.decode(bytes, 0, data, 0, data.length);
    return new KvTensor(kind, shape, dtype, stage, first, data);
  }

  /** Writes a capture file of such a prompt. */
  public static Path capture(Path folder, MemorySource source) {
    Path file =
        folder.resolve(source.prompt().model() + "__" + source.prompt().prompt() + ".safetensors");
    CaptureWriter.write(file, source);
    return file;
  }

  /** Writes a safetensors file with any header text and this many zero bytes of data. */
  public static Path raw(Path file, String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(json.length).put(json);
    return bytes(file, out.array());
  }

  /** Writes a file. */
  public static Path bytes(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All values of a tensor must be equal to the bit. */
  public static void assertSame(KvTensor expected, KvTensor actual) {
    Assertions.assertEquals(expected.shape(), actual.shape());
    Assertions.assertEquals(expected.kind(), actual.kind());
    Assertions.assertEquals(expected.dtype(), actual.dtype());
    Assertions.assertEquals(expected.ropeStage(), actual.ropeStage());
    Assertions.assertEquals(expected.firstPosition(), actual.firstPosition());
    for (int i = 0; i < expected.data().length; i++) {
      int value = Float.floatToRawIntBits(expected.data()[i]);
      if (value != Float.floatToRawIntBits(actual.data()[i])) {
        Assertions.fail("value " + i + ": " + expected.data()[i] + " became " + actual.data()[i]);
      }
    }
  }
}
