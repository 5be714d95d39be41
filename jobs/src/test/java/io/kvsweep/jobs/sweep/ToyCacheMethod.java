package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/** Something that codes all layers together, to be planned and never run. */
record ToyCacheMethod(int version) implements Method.OfCache {
  @Override
  public String name() {
    return "toy-cache";
  }

  @Override
  public String summary() {
    return "codes nothing";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.integer("bits", 1, 8, "bits of a code").orElse("4"));
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public CacheCodec create(String stage, Arguments arguments, long seed) {
    return new CacheCodec() {
      @Override
      public RopeStage rope() {
        return RopeStage.PRE;
      }

      @Override
      public double nominalBits(int layer, TensorShape shape, DType captured) {
        return arguments.integer("bits");
      }

      @Override
      public EncodingPass encode(Run run) {
        throw new AssertionError("a plan encodes nothing");
      }

      @Override
      public DecodingPass decode(Run run) {
        throw new AssertionError("a plan decodes nothing");
      }
    };
  }
}
