package io.kvsweep.jobs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final long SECOND = 1_000_000_000L;

  private final StringWriter out = new StringWriter();
  private long now;

  private ProgressLine line(ProgressLine.Mode mode) {
    return ProgressLine.untimed(new PrintWriter(out), mode, () -> now);
  }

  private void pass(ProgressLine line, int seconds) {
    for (int i = 0; i < 4 * seconds; i++) {
      now += SECOND / 4;
      line.tick();
    }
  }

  @Test
  void notesAreLinesOfTheirOwn() {
    line(ProgressLine.Mode.PLAIN).note("look \"here\"");
    line(ProgressLine.Mode.JSON).note("look \"here\"");
    ProgressLine live = line(ProgressLine.Mode.LIVE);
    live.phase("planning");
    live.note("look");
    assertEquals(
        List.of("note: look \"here\"", "{\"note\":\"look \\\"here\\\"\"}"), lines().subList(0, 2));
    assertTrue(out.toString().endsWith("\r             \rnote: look\n"), out.toString());
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  @Test
  void plainLinesEveryFiveSecondsWhileThereIsNews() {
    ProgressLine line = line(ProgressLine.Mode.PLAIN);
    line.measuring(200);
    for (int i = 0; i < 20; i++) {
      line.done(5, i == 0 ? 1 : 0, 2_000_000);
      pass(line, 1);
    }
    assertEquals(5, lines().size(), out.toString());
    assertEquals(
        "measuring: 0 of 200 cells, 0.00 M values/s, ETA unknown, 0 s gone, 0 failed",
        lines().get(0));
    assertEquals(
        "measuring: 50 of 200 cells, 2.00 M values/s, ETA 30 s, 10 s gone, 1 failed",
        lines().get(2));
  }

  @Test
  void neverSilentForTenSeconds() {
    ProgressLine line = line(ProgressLine.Mode.PLAIN);
    line.phase("planning");
    pass(line, 60);
    assertTrue(lines().size() >= 7, out.toString());
    // One at once, then every seven seconds: a late timer still keeps within ten.
    assertEquals(1 + 60 / 7, lines().size(), out.toString());
  }

  @Test
  void liveIsOneLine() {
    ProgressLine line = line(ProgressLine.Mode.LIVE);
    line.measuring(10);
    line.done(10, 0, 10);
    pass(line, 1);
    line.close();
    assertEquals(1, out.toString().chars().filter(c -> c == '\n').count());
    String last = out.toString().substring(out.toString().lastIndexOf('\r') + 1);
    assertTrue(last.startsWith("measuring: 10 of 10 cells, 0.00 M values/s, done, 1 s gone"), last);
  }

  @Test
  void jsonLines() throws Exception {
    ProgressLine line = line(ProgressLine.Mode.JSON);
    line.measuring(4);
    line.done(1, 1, 3_000);
    pass(line, 6);
    JsonNode json = new ObjectMapper().readTree(lines().get(1));
    assertEquals(1, json.get("cells_done").asInt());
    assertEquals(4, json.get("cells_planned").asInt());
    assertEquals(1, json.get("cells_failed").asInt());
    assertEquals(600, json.get("values_per_second").asInt());
    assertEquals(15, json.get("eta_seconds").asInt());
    assertTrue(new ObjectMapper().readTree(lines().get(0)).get("eta_seconds").isNull());
  }

  @Test
  void theTimerSpeaksByItself() throws Exception {
    try (ProgressLine line = ProgressLine.start(new PrintWriter(out), ProgressLine.Mode.LIVE)) {
      line.phase("planning");
      Thread.sleep(700);
    }
    assertTrue(out.toString().chars().filter(c -> c == '\r').count() >= 3, out.toString());
  }
}
