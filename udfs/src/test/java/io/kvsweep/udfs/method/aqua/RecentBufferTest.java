package io.kvsweep.udfs.method.aqua;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.InvalidSpecException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecentBufferTest {
  @DisplayName("2.10.8 127 appended: no chunk; 1 more: one chunk of 128, buffer 0")
  @Test
  void theWholeBufferBecomesAChunk() {
    RecentBuffer buffer = RecentBuffer.parse("128");
    assertEquals(127, buffer.append(0, 127));
    assertEquals(0, buffer.append(127, 1));
    assertEquals(0, buffer.append(100, 60)); // a chunk of 160, not 128 and a rest of 32
  }

  /** Behind 4 sinks; the chunk is what neither waits nor is a sink. */
  @DisplayName("2.10.8 a prefill of 1,000 after the 4 sinks: one chunk of 996")
  @ParameterizedTest
  @CsvSource({
    "128, 1000, 0",
    "128, 132, 0",
    "128, 131, 127",
    "128, 4, 0",
    "128, 3, 0",
    "128, 1, 0",
    "128:1, 1000, 100",
    "128:1, 131, 127",
    "128:1, 132, 0",
    "128:32, 160, 0",
    "128:32, 159, 0",
    "128:32, 150, 0",
    "128:32, 131, 127",
    "128:32, 1000, 72",
    "128:7, 133, 0",
    "1, 50, 0"
  })
  void waitingAfterAPrompt(String text, int tokens, int waiting) {
    RecentBuffer buffer = RecentBuffer.parse(text);
    assertEquals(waiting, buffer.waiting(tokens, 4));
    assertEquals(tokens - waiting, end(buffer, tokens));
    if (text.equals("128") && tokens == 1000) {
      assertEquals(996, end(buffer, tokens) - 4);
    }
  }

  private static int end(RecentBuffer buffer, int tokens) {
    return new WholeTokens(4, java.util.Optional.of(buffer)).codedEnd(tokens);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "128:0", "128:", ":3", "x", "1:2:3", "1000000000"})
  void whatIsNoBuffer(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> RecentBuffer.parse(text));
    assertEquals(
        "expected N or N:STEP, a buffer that is coded once it holds N tokens, of which STEP arrive"
            + " at a time",
        e.getMessage());
  }

  /** Old cells and artefacts keep their names: without a buffer the canonical form is as it was. */
  @Test
  void isPartOfTheSpecOnlyWhereGiven() {
    assertEquals(
        "aqua(bits=2,first=4,sinks=4,buffer=128:32,backbone=higgs(dim=2,group=auto,signs=false,rope=pre))",
        Methods.STANDARD.pipeline("aqua(bits=2,buffer=128:32)", 1).spec());
    assertEquals(
        "aqua(bits=2,first=4,sinks=4,backbone=higgs(dim=2,group=auto,signs=false,rope=pre))",
        Methods.STANDARD.pipeline("aqua(bits=2)", 1).spec());
    assertEquals("paper", fidelity("aqua(bits=2,buffer=128)"));
    assertEquals("variant", fidelity("aqua(bits=2,buffer=64)"));
    InvalidSpecException e =
        assertThrows(
            InvalidSpecException.class,
            () -> Methods.STANDARD.pipeline("aqua(bits=2,buffer=none)", 1));
    assertTrue(e.getMessage().contains("invalid buffer=none: expected N or N:STEP"), e::getMessage);
  }

  private static String fidelity(String spec) {
    return Methods.STANDARD.pipeline(spec, 1).fidelity().label();
  }
}
