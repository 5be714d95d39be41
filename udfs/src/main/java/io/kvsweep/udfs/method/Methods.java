package io.kvsweep.udfs.method;

import io.kvsweep.udfs.method.aqua.AquaMethod;
import io.kvsweep.udfs.method.decoquant.DecoQuantMethod;
import io.kvsweep.udfs.method.external.ExternalMethod;
import io.kvsweep.udfs.method.hadamard.HadamardMethod;
import io.kvsweep.udfs.method.higgs.HiggsMethod;
import io.kvsweep.udfs.method.kivi.KiviMethod;
import io.kvsweep.udfs.method.none.NoneMethod;
import io.kvsweep.udfs.method.rtn.RtnMethod;
import io.kvsweep.udfs.method.select.KnormMethod;
import io.kvsweep.udfs.method.select.RandomMethod;
import io.kvsweep.udfs.method.select.ShadowKvMethod;
import io.kvsweep.udfs.method.select.StreamingMethod;
import io.kvsweep.udfs.method.svdq.SvdqMethod;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.List;

/** The methods that kvsweep ships: one line each. */
public final class Methods {
  /** All of them. */
  public static final MethodRegistry STANDARD =
      new MethodRegistry(
          List.of(
              new NoneMethod(),
              new RtnMethod(),
              new KiviMethod(),
              new SvdqMethod(),
              new DecoQuantMethod(),
              new HiggsMethod(),
              new HadamardMethod(),
              new AquaMethod(),
              new ShadowKvMethod(),
              new StreamingMethod(),
              new KnormMethod(),
              new RandomMethod(),
              new ExternalMethod()));

  private Methods() {}
}
