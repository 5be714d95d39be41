package io.kvsweep.udfs.method.none;

import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/**
 * No compression, the control: values stored in a float format. With {@code dtype=captured} it is
 * lossless and its compression ratio is 1 but for the header.
 */
public final class NoneMethod implements Method.OfTensor {
  @Override
  public String name() {
    return "none";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "no compression: the control";
  }

  @Override
  public boolean isControl() {
    return true;
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.choice(
                "dtype",
                List.of("captured", "f16", "bf16", "f32"),
                "format stored; captured = that of the capture, without loss")
            .orElse("captured"));
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.PAPER;
  }

  @Override
  public TensorCodec create(String stage, Arguments arguments, long seed) {
    return new NoneCodec(stage, arguments.text("dtype"));
  }
}
