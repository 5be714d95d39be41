package io.kvsweep.udfs.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.none.NoneMethod;
import io.kvsweep.udfs.method.rtn.RtnMethod;
import io.kvsweep.udfs.testkit.FirstTokenMethod;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecGrammarTest {
  private static List<String> expand(String spec) {
    return Methods.STANDARD.expand(spec).stream().map(MethodSpec::toString).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "none; none(dtype=captured)",
        "none(); none(dtype=captured)",
        "' none ( dtype = bf16 ) '; none(dtype=bf16)",
        "rtn(bits=4); rtn(bits=4,axis=token,group=0,symmetric=false,rope=pre)",
        "rtn(rope=post,axis=channel,bits=2.0); rtn(bits=2,axis=channel,group=0,symmetric=false,rope=post)",
        "rtn(bits=+2,group=1e2); rtn(bits=2,axis=token,group=100,symmetric=false,rope=pre)",
        "rtn(bits=04,group=00); rtn(bits=4,axis=token,group=0,symmetric=false,rope=pre)",
        "kivi(bits=2); kivi(bits=2,group=32,residual=0,rope=post)",
        "svdq(bits=1.25); svdq(bits=1.25,group=128,levels=midpoints,heads=joint)",
        "svdq(bits=1.250); svdq(bits=1.25,group=128,levels=midpoints,heads=joint)",
        "svdq(bits=2.00); svdq(bits=2,group=128,levels=midpoints,heads=joint)",
        "'svdq(schedule=08-4-2-1-1-0-0-0,group=0)'; svdq(schedule=8-4-2-1-1-0-0-0,group=0,levels=midpoints,heads=joint)",
        "'pair(value=kivi(bits=4),key=svdq(bits=1.25))'; 'pair(key=svdq(bits=1.25,group=128,levels=midpoints,heads=joint),value=kivi(bits=4,group=32,residual=0,rope=post))'",
        "'pair(key=none,value=none())'; none(dtype=captured)"
      })
  void canonicalFormHasAllParametersInOrderAndShortestNumbers(String given, String canonical) {
    assertEquals(List.of(canonical), expand(given));
    assertEquals(List.of(canonical), expand(canonical), "canonical forms are their own");
  }

  @Test
  void gridsGiveAllCombinationsTheLastFastest() {
    assertEquals(
        List.of(
            "kivi(bits=4,group=32,residual=0,rope=pre)",
            "kivi(bits=4,group=32,residual=0,rope=post)",
            "kivi(bits=2,group=32,residual=0,rope=pre)",
            "kivi(bits=2,group=32,residual=0,rope=post)"),
        expand("kivi(bits=[4, 2],rope=[pre,post])"));
    assertEquals(
        List.of("none(dtype=f16)", "none(dtype=bf16)"),
        expand("none(dtype=[f16,bf16,f16])"),
        "duplicates are dropped");
    assertEquals(
        List.of(
            "pair(key=none(dtype=f16),value=none(dtype=f32))",
            "pair(key=none(dtype=bf16),value=none(dtype=f32))"),
        expand("pair(key=none(dtype=[f16,bf16]),value=none(dtype=f32))"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "\"\"; 1; expected a method name",
        "foo; 1; unknown method 'foo': expected one of METHODS or pair",
        "none | foo; 8; unknown method 'foo': expected one of METHODS or pair",
        "rtn; 1; rtn: needs bits=1 to 8",
        "rtn(bit=2); 5; unknown parameter 'bit' of rtn: expected one of bits, axis, group, symmetric, rope",
        "rtn(bits=2,bits=3); 12; parameter 'bits' is given twice",
        "rtn(bits=9); 5; invalid bits=9: expected 1 to 8",
        "rtn(bits=2.5); 5; invalid bits=2.5: expected 1 to 8",
        "rtn(bits=two); 5; invalid bits=two: expected 1 to 8",
        "rtn(bits=2,group=-1); 12; invalid group=-1: expected integer from 0",
        "rtn(bits=2,group=2147483648); 12; invalid group=2147483648: expected integer from 0",
        "rtn(bits=2,axis=head); 12; invalid axis=head: expected token|channel",
        "rtn(bits=1,symmetric=true); 1; rtn: bits=1 with symmetric=true has no level but 0: expected bits=2 to 8",
        "rtn(bits=none(dtype=f16)); 5; invalid bits=none(dtype=f16): expected 1 to 8",
        "kivi(group=32); 1; kivi: needs bits=1 to 8",
        "kivi(bits=2,group=1); 13; invalid group=1: expected integer from 2",
        "kivi(bits=2,group=32,residual=40); 1; kivi: residual=40 is no multiple of group=32",
        "svdq; 1; svdq: needs one of bits (1.25, 2, 2.25, 3, 4 or auto:1.25), schedule (8-4-2-1-1-0-0-0) and effective_bits (2.0)",
        "svdq(bits=2,schedule=8-4-2-1-1-0-0-0); 1; svdq: needs one of bits (1.25, 2, 2.25, 3, 4 or auto:1.25), schedule (8-4-2-1-1-0-0-0) and effective_bits (2.0)",
        "svdq(bits=5); 6; invalid bits=5: expected 1.25, 2, 2.25, 3, 4 or auto:NUMBER",
        "svdq(schedule=8-4-2); 6; invalid schedule=8-4-2: a schedule has 8 groups, got 3: expected widths like 8-4-2-1-1-0-0-0",
        "svdq(schedule=1-2-0-0-0-0-0-0); 6; invalid schedule=1-2-0-0-0-0-0-0: group 2 has width 2: expected non-increasing widths of 0 to 8",
        "rtn(bits=2; 11; expected ')' at the end",
        "rtn(bits=2]; 11; expected ')', found ']'",
        "rtn(bits); 9; expected '=', found ')'",
        "rtn(bits=); 10; expected a value, found ')'",
        "rtn(=2); 5; expected a parameter name, found '='",
        "rtn(bits=[2,]); 13; expected a value, found ']'",
        "rtn(bits=[2,4); 14; expected ']', found ')'",
        "rtn(bits=2)); 12; unexpected ')'",
        "none |; 7; expected a method name",
        "| none; 1; expected a method name, found '|'",
        "pair(key=none); 1; pair takes key=METHOD and value=METHOD, and no '|'",
        "pair(key=none,value=none) | none; 1; pair takes key=METHOD and value=METHOD, and no '|'",
        "pair(key=none,values=none); 15; pair takes key=METHOD and value=METHOD, once each",
        "pair(key=none,key=none); 15; pair takes key=METHOD and value=METHOD, once each"
      })
  void whatIsWrongIsSaidWithItsColumn(String spec, int column, String problem) {
    InvalidSpecException e =
        assertThrows(InvalidSpecException.class, () -> Methods.STANDARD.expand(spec));
    String methods =
        String.join(", ", Methods.STANDARD.methods().stream().map(Method::name).toList());
    assertEquals(
        "invalid method '%s', column %d: %s"
            .formatted(spec, column, problem.replace("one of METHODS", "one of " + methods)),
        e.getMessage());
  }

  @Test
  void numbersOfAbsurdSizeAreRefusedAtOnce() {
    for (String number : List.of("1e999999999", "1e-999999999", "-1e999999999")) {
      for (String spec : List.of("svdq(bits=" + number + ")", "rtn(bits=" + number + ")")) {
        InvalidSpecException e =
            Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () ->
                    assertThrows(InvalidSpecException.class, () -> Methods.STANDARD.expand(spec)));
        assertTrue(e.getMessage().contains("invalid bits=" + number), e.getMessage());
      }
    }
  }

  private static final MethodRegistry WITH_SELECTOR =
      new MethodRegistry(List.of(new FirstTokenMethod(), new NoneMethod(), new RtnMethod()));

  @Test
  void stagesAreJoinedByPipes() {
    assertEquals(
        "first | rtn(bits=2,axis=token,group=0,symmetric=false,rope=pre)",
        WITH_SELECTOR.expand("first|rtn(bits=2)").get(0).toString());
    Pipeline pipeline = WITH_SELECTOR.pipeline("first|rtn(bits=2)", 1);
    assertEquals("rtn", pipeline.method());
    assertEquals("first-3|rtn-2", pipeline.version());
    assertEquals(Fidelity.VARIANT, pipeline.fidelity());
    assertTrue(pipeline.selector().isPresent());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '"',
      value = {
        "first @ 1 @ 'first' selects tokens and codes nothing: add '| none' or a codec",
        "none | first @ 1 @ 'none' cannot stand left of a '|'; only a selector and transforms can",
        "first | first | none @ 9 @ 'first' selects tokens: one selector can stand, first of all stages"
      })
  void stagesInTheWrongPlaceAreRefused(String spec, int column, String problem) {
    InvalidSpecException e =
        assertThrows(InvalidSpecException.class, () -> WITH_SELECTOR.pipeline(spec, 1));
    assertEquals(
        "invalid method '%s', column %d: %s".formatted(spec, column, problem), e.getMessage());
  }

  @Test
  void twoMethodsOfOneNameAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new MethodRegistry(List.of(new NoneMethod(), new NoneMethod())));
    assertEquals("two methods named none", e.getMessage());
  }
}
