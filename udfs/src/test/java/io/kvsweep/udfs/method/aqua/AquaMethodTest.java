package io.kvsweep.udfs.method.aqua;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.List;
import org.junit.jupiter.api.Test;

class AquaMethodTest {
  private static String canonical(String spec) {
    return Methods.STANDARD.expand(spec).get(0).toString();
  }

  @Test
  void theCanonicalFormSpellsOutTheBackbone() {
    String standard =
        "aqua(bits=2,first=4,sinks=4,backbone=higgs(dim=2,group=auto,signs=false,rope=pre))";
    assertEquals(standard, canonical("aqua(bits=2)"));
    assertEquals(standard, canonical("aqua(backbone=higgs,bits=2)"));
    assertEquals(standard, canonical("aqua(bits=2,backbone=higgs())"));
    assertEquals(standard, canonical(standard));
    String rtn =
        "aqua(bits=3,first=4,sinks=4,backbone=rtn(axis=token,group=64,symmetric=false,rope=pre))";
    assertEquals(rtn, canonical("aqua(bits=3,backbone=rtn(group=64))"));
    assertEquals(rtn, canonical(rtn));
    assertEquals(2, Methods.STANDARD.expand("aqua(bits=2,backbone=rtn(group=[32,64]))").size());
  }

  @Test
  void versionsAndFidelityAreThoseOfTheBackboneToo() {
    Pipeline higgs = Methods.STANDARD.pipeline("aqua(bits=2)", 1);
    assertEquals("aqua-1+higgs-1", higgs.version());
    assertEquals("paper", higgs.fidelity().label());
    assertTrue(higgs.calibrated());
    assertEquals(
        "aqua-1+rtn-2", Methods.STANDARD.pipeline("aqua(bits=2,backbone=rtn)", 1).version());
    assertEquals("paper", fidelity("aqua(bits=2,backbone=higgs(group=1024))"));
    for (String variant : List.of("sinks=8", "first=2", "first=3", "backbone=higgs(group=2)")) {
      assertEquals("variant", fidelity("aqua(bits=2," + variant + ")"), variant);
    }
  }

  private static String fidelity(String spec) {
    return Methods.STANDARD.pipeline(spec, 1).fidelity().label();
  }

  @Test
  void whatCannotBeABackboneIsRefused() {
    refused("aqua(bits=2,backbone=rtn(axis=channel))", "does not code tokens one by one");
    for (String bits : List.of("bits=3", "bits=2", "group=64, bits = 2")) {
      refused("aqua(bits=2,backbone=rtn(" + bits + "))", "leave bits out of the backbone");
    }
    refused("aqua(bits=2,backbone=higgs(signs=true))", "predictors would belong to one seed");
    refused("aqua(bits=2,backbone=rtn(rope=post))", "keys are predicted before rotation");
    refused("aqua(bits=2,backbone=svdq)", "unknown method 'svdq'");
    refused("aqua(bits=2,first=5)", "invalid bits=5");
    refused("aqua(bits=5)", "expected 2 to 4");
    refused("aqua", "needs bits=2 to 4");
    refused("hadamard | aqua(bits=2)", "");
  }

  private static void refused(String spec, String part) {
    InvalidSpecException e =
        assertThrows(
            InvalidSpecException.class,
            () -> {
              Methods.STANDARD.expand(spec);
              Methods.STANDARD.pipeline(spec, 1);
            });
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }
}
