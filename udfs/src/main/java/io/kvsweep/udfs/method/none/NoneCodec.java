package io.kvsweep.udfs.method.none;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import java.util.Map;

/** Stores values in a float format, in the rotary stage of the capture. */
final class NoneCodec implements TensorCodec {
  private static final String CAPTURED = "captured";

  private final CodecId id;
  private final String dtype;

  NoneCodec(String stage, String dtype) {
    this.id = new CodecId("NONE", stage);
    this.dtype = dtype;
  }

  private DType stored(DType captured) {
    return dtype.equals(CAPTURED) ? captured : DType.of(dtype);
  }

  @Override
  public RopeStage rope() {
    return RopeStage.NONE;
  }

  @Override
  public double nominalBits(byte[] block) {
    return 8.0 * stored(EncodedBlock.open(block).dtype()).bytes();
  }

  @Override
  public byte[] encode(TensorView view) {
    DType stored = stored(view.dtype());
    float[] data = view.data(rope());
    byte[] codes = new byte[Math.multiplyExact(data.length, stored.bytes())];
    stored.encode(data, 0, codes, 0, data.length);
    requireFinite(stored, codes, data);
    return EncodedBlock.write(
        id, view.tensor().kind(), view.shape(), view.dtype(), Map.of(Section.CODES, codes));
  }

  private static void requireFinite(DType stored, byte[] codes, float[] data) {
    float[] back = new float[data.length];
    stored.decode(codes, 0, back, 0, back.length);
    for (int i = 0; i < back.length; i++) {
      if (!Float.isFinite(back[i])) {
        throw new UnencodableException(
            "value %d is %s, which %s cannot hold: use none(dtype=captured)"
                .formatted(i, data[i], stored.label()));
      }
    }
  }

  @Override
  public Reconstruction decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, id, expected);
    DType stored = stored(in.dtype());
    in.expectLength(Section.CODES, (long) expected.values() * stored.bytes());
    in.expectLength(Section.PARAMETERS, 0);
    in.expectLength(Section.BASIS, 0);
    in.expectLength(Section.EXACT, 0);
    float[] out = new float[expected.values()];
    stored.decode(block, in.start(Section.CODES), out, 0, out.length);
    for (int i = 0; i < out.length; i++) {
      if (!Float.isFinite(out[i])) {
        throw new MalformedBlockException(
            "value %d is %s, expected finite".formatted(i, out[i]),
            in.start(Section.CODES) + (long) i * stored.bytes());
      }
    }
    return new Reconstruction(out);
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    EncodedBlock in = EncodedBlock.open(block);
    return EncodedBlock.HEADER_BYTES
        + (long) tokens * in.shape().channels() * stored(in.dtype()).bytes();
  }
}
