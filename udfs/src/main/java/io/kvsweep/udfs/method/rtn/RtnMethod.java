package io.kvsweep.udfs.method.rtn;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.GroupQuantizer;
import io.kvsweep.udfs.method.quant.SymmetricQuantizer;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/**
 * Round to nearest on a uniform grid, per token or per channel: the baseline of every paper.
 * Asymmetric groups store minimum and scale, symmetric ones a scale, in binary16.
 */
public final class RtnMethod implements Method.OfTensor {
  @Override
  public String name() {
    return "rtn";
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public String summary() {
    return "round to nearest, min-max or absmax, per token or per channel";
  }

  @Override
  public String example() {
    return "rtn(bits=4,axis=channel)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.integer("bits", 1, 8, "bits of a code"),
        Parameter.choice(
                "axis",
                List.of("token", "channel"),
                "a group lies within one token, or within one channel")
            .orElse("token"),
        Parameter.integer(
                "group",
                0,
                Integer.MAX_VALUE,
                "values of a group; 0 = all joined channels of a token, or the whole prompt")
            .orElse("0"),
        Parameter.flag("symmetric", "absmax without zero point instead of min-max").orElse("false"),
        Parameter.choice("rope", List.of("pre", "post"), "rotary stage it works in").orElse("pre"));
  }

  @Override
  public void check(Arguments arguments) {
    if (!arguments.has("bits")) {
      throw new IllegalArgumentException("needs bits=1 to 8");
    }
    if (arguments.flag("symmetric") && arguments.integer("bits") == 1) {
      throw new IllegalArgumentException(
          "bits=1 with symmetric=true has no level but 0: expected bits=2 to 8");
    }
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.PAPER;
  }

  @Override
  public TensorCodec create(String stage, Arguments arguments, long seed) {
    int bits = arguments.integer("bits");
    GroupQuantizer quantizer =
        arguments.flag("symmetric")
            ? new SymmetricQuantizer(bits)
            : new AffineQuantizer(bits, AffineQuantizer.Levels.ENDPOINTS);
    return new RtnCodec(
        stage,
        quantizer,
        arguments.text("axis").equals("channel"),
        arguments.integer("group"),
        RopeStage.of(arguments.text("rope")));
  }
}
