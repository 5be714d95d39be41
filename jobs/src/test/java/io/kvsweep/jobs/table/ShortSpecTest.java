package io.kvsweep.jobs.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kvsweep.udfs.method.Methods;
import org.junit.jupiter.api.Test;

class ShortSpecTest {
  private final ShortSpec shortSpec = ShortSpec.STANDARD;

  private String shortened(String spec) {
    String canonical = Methods.STANDARD.expand(spec).get(0).toString();
    String shorter = shortSpec.of(canonical);
    assertEquals(canonical, Methods.STANDARD.expand(shorter).get(0).toString(), "means the same");
    return shorter;
  }

  @Test
  void defaultsAreLeftOutAndNothingElse() {
    assertEquals("none", shortened("none"));
    assertEquals("rtn(bits=2)", shortened("rtn(bits=2,group=0)"));
    assertEquals("rtn(bits=2,axis=channel)", shortened("rtn(axis=channel,bits=2)"));
    assertEquals(
        "svdq(bits=1.25,group=0,levels=endpoints)",
        shortened("svdq(bits=1.25,group=0,levels=endpoints)"));
    assertEquals("knorm(budget=0.2) | rtn(bits=4)", shortened("knorm(budget=0.2) | rtn(bits=4)"));
    assertEquals(
        "pair(key=svdq(bits=1.25),value=kivi(bits=4))",
        shortened("pair(key=svdq(bits=1.25),value=kivi(bits=4))"));
  }

  @Test
  void curvesAreNamedWithoutTheirRate() {
    assertEquals("rtn", shortSpec.curve("rtn(bits=*,axis=token,group=0)"));
    assertEquals("rtn(axis=channel)", shortSpec.curve("rtn(bits=*,axis=channel)"));
    // Another way to set the rate is another curve.
    assertEquals("svdq(effective_bits=*)", shortSpec.curve("svdq(effective_bits=*,group=128)"));
    assertEquals("later(bits=2,x=1)", shortSpec.of("later(bits=2,x=1)"));
  }
}
