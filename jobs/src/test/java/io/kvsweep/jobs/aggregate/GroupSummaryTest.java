package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GroupSummaryTest {
  private static MetricRow row(
      String run, String cell, String prompt, int layer, Double nmse, Double kl, String error) {
    return MetricRows.row(run, cell, prompt, layer, nmse, kl, error);
  }

  private static GroupSummary summary(GroupKey key, List<MetricRow> rows) {
    GroupRows group = GroupRows.of(key, rows);
    return GroupSummary.of(group, new SectionUnits(List.of(group)));
  }

  private static GroupKey key(String model) {
    return new GroupKey(model, "key", "rtn", "rtn(bits=2)", 1);
  }

  /** nmse 1, 2, 6, 3 and one failed; bytes 10, 11, 10, 11. */
  private static final List<MetricRow> ROWS =
      List.of(
          row("r1", "c", "a", 0, 1.0, 0.5, null),
          row("r1", "c", "a", 1, 2.0, null, null),
          row("r1", "c", "b", 0, 6.0, 0.25, null),
          row("r1", "c", "b", 1, 3.0, null, null),
          row("r1", "c", "b", 2, null, null, "no"));

  @Test
  void byHand() {
    Summary summary = summary(key("m"), ROWS).summary();
    assertEquals(5, summary.rows());
    assertEquals(2, summary.prompts());
    assertEquals(3, summary.layers());
    assertEquals(1, summary.failed());
    assertEquals(1.2, summary.nominalBits());
    assertEquals(8.0 * 42 / 64, summary.capturedBits());
    assertEquals(128.0 / 42, summary.compressionRatio());
    MetricSummary nmse = summary.metric(SummaryMetric.NMSE);
    assertEquals(List.of(3.0, 2.5, 6.0), List.of(nmse.mean(), nmse.median(), nmse.worst()));
    MetricSummary kl = summary.metric(SummaryMetric.ATTENTION_KL);
    assertEquals(List.of(0.375, 0.375, 0.5), List.of(kl.mean(), kl.median(), kl.worst()));
    assertNull(summary.metric(SummaryMetric.OUTPUT_ERROR).mean());
    assertEquals(new Summary.Place("m", 0, "b"), summary.worst());
    assertEquals(
        List.of(new Failure(key("m"), 2, "b", "no")), GroupRows.of(key("m"), ROWS).failures());
  }

  @Test
  void theOrderOfRowsChangesNoBit() {
    Random random = new Random(5);
    List<MetricRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(
          row("r1", "c", "p" + i % 7, i / 7, random.nextDouble(), random.nextGaussian(), null));
    }
    Summary expected = summary(key("m"), rows).summary();
    for (int i = 0; i < 20; i++) {
      Collections.shuffle(rows, random);
      assertEquals(expected, summary(key("m"), rows).summary());
    }
  }

  /** A partial run after an upgrade: the mean is of neither version. */
  @Test
  void rowsOfTwoVersionsAreNoMean() {
    MetricRow old = row("r1", "old", "a", 1, 1.0, null, null);
    MetricRow now = row("r2", "new", "a", 0, 5.0, null, null);
    Summary mixed =
        summary(key("m"), List.of(row("r1", "old", "a", 0, 2.0, null, null), old, now)).summary();
    assertEquals(2, mixed.versions());
    assertFalse(mixed.isComplete());
    assertFalse(mixed.compares(SummaryMetric.NMSE));
    // The failure of an older version is in no mean.
    assertTrue(
        summary(key("m"), List.of(row("r1", "old", "a", 1, null, null, "no"), now))
            .summary()
            .compares(SummaryMetric.NMSE));
    SummaryTable table = SummaryTable.of(List.of(GroupRows.of(key("m"), List.of(old, now))));
    assertEquals(List.of(), FrontierTable.lines(table));
    String text = new SummaryText(table, List.of()).toString();
    assertTrue(
        text.contains(
            "not compared: 1 methods have rows of several versions of the method or its calibration;"
                + " run the same sweep again"),
        text);
    assertTrue(text.contains("\n  rtn(bits=2) on m, key\n"), text);
  }

  @Test
  void modelsOfTwoVersionsAreNoMeanEither() {
    MetricRow old = row("r1", "old", "a", 0, 1.0, null, null);
    MetricRow now = row("r2", "new", "a", 0, 5.0, null, null);
    for (String spec : List.of("rtn(bits=2)", "aqua(bits=2)", "external(name=x)")) {
      SummaryTable table =
          SummaryTable.of(
              List.of(
                  GroupRows.of(new GroupKey("m", "key", "x", spec, 1), List.of(old)),
                  GroupRows.of(new GroupKey("n", "key", "x", spec, 1), List.of(now))));
      // What is calibrated is so for each model.
      boolean plain = spec.startsWith("rtn");
      assertEquals(plain ? 1 : 0, table.mixed().size(), spec);
      assertEquals(
          plain ? List.of("m", "n") : List.of("m", "n", GroupKey.ALL_MODELS),
          BudgetTable.lines(table, List.of(8.0 * 10 / 16)).stream()
              .filter(line -> line.length() == PromptLength.CAPTURED)
              .map(line -> line.section().model())
              .toList());
    }
  }

  @Test
  void aCellToEachUnitIsNoMixture() {
    GroupKey key = new GroupKey("m", "key", "external", "external(name=x)", 1);
    Summary summary =
        summary(
                key,
                List.of(
                    row("r", "c1", "a", 0, 1.0, null, null),
                    row("r", "c2", "a", 1, 1.0, null, null)))
            .summary();
    assertTrue(summary.compares(SummaryMetric.NMSE));
  }

  /** Stored moments tell nothing of the most accurate rows, whose methods then have the rest. */
  @Test
  void aMetricThatIsNullInSomeRowsComparesNoMore() {
    GroupRows accurate =
        MetricRows.group(
            "m",
            "rtn(bits=8)",
            row("r", "c", "a", 0, 0.1, null, null),
            row("r", "c", "a", 1, 0.1, 0.5, null));
    GroupRows coarse =
        MetricRows.group(
            "m",
            "rtn(bits=2)",
            row("r", "c", "a", 0, 0.5, 0.1, null),
            row("r", "c", "a", 1, 0.5, 0.5, null));
    // Without queries on n there is no such error to miss.
    GroupRows other = MetricRows.group("n", "rtn(bits=2)", row("r", "c", "a", 0, 0.5, null, null));
    SummaryTable table = SummaryTable.of(List.of(coarse, accurate, other));
    assertEquals(
        List.of(
            "m rtn(bits=2) 2 true",
            "m rtn(bits=8) 1 false",
            "n rtn(bits=2) 0 false",
            "all models rtn(bits=2) 2 false",
            "all models rtn(bits=8) 1 false"),
        table.lines().stream()
            .map(
                line ->
                    "%s %s %d %s"
                        .formatted(
                            line.key().model(),
                            line.key().methodSpec(),
                            line.metric(SummaryMetric.ATTENTION_KL).n(),
                            line.compares(SummaryMetric.ATTENTION_KL)))
            .toList());
    assertTrue(
        table.lines().stream()
            .filter(l -> !l.key().model().equals(GroupKey.ALL_MODELS))
            .allMatch(l -> l.compares(SummaryMetric.NMSE)));
    assertEquals(
        List.of("rtn(bits=2)"),
        FrontierTable.lines(table).stream()
            .filter(line -> line.metric() == SummaryMetric.ATTENTION_KL)
            .map(line -> line.method().methodSpec())
            .toList());
    String text = new SummaryText(table, List.of()).toString();
    assertTrue(
        text.contains(
            "not compared by attention_kl: 1 methods have it in fewer rows than another of the same"
                + " model, kind and seed\n  rtn(bits=8) on m, key: in 1 of 2 rows\n"),
        text);
    assertTrue(text.contains("or at an end within 1.5 % of it."), text);
    assertEquals(2, text.split("not compared", -1).length, "by no other error");
  }

  @Test
  void aLaterRunSupersedesOtherCellsOfTheSameLayer() {
    GroupSummary summary =
        summary(
            key("m"),
            List.of(
                row("r2", "new-codec", "a", 0, 5.0, null, null),
                row("r1", "old-codec", "a", 0, 1.0, null, null)));
    assertEquals(1, summary.rows().superseded());
    assertEquals(1, summary.summary().rows());
    assertEquals(5.0, summary.summary().metric(SummaryMetric.NMSE).mean());
  }

  @Test
  void allRowsFailed() {
    Summary summary = summary(key("m"), ROWS.subList(4, 5)).summary();
    assertEquals(1, summary.failed());
    assertNull(summary.capturedBits());
    assertNull(summary.compressionRatio());
    assertNull(summary.nominalBits());
    assertNull(summary.worst());
  }

  @Test
  void eachModelCountsOnce() {
    GroupSummary many = summary(key("m"), ROWS);
    GroupSummary one = summary(key("x"), List.of(row("r1", "c", "a", 4, 7.0, null, null)));
    GroupRows other = GroupRows.of(key("x"), List.of(row("r1", "c", "b", 4, 7.0, null, null)));
    Summary all =
        OverModels.of(
            List.of(one, many), new SectionUnits(List.of(one.rows(), many.rows(), other)));
    assertEquals(GroupKey.ALL_MODELS, all.key().model());
    assertEquals(2, all.models());
    assertEquals(6, all.rows());
    assertEquals(3, all.prompts());
    assertEquals(5, all.measured());
    assertEquals(6, all.units());
    assertFalse(all.isComplete());
    MetricSummary nmse = all.metric(SummaryMetric.NMSE);
    assertEquals(List.of(5.0, 4.75, 7.0), List.of(nmse.mean(), nmse.median(), nmse.worst()));
    assertEquals(0.375, all.metric(SummaryMetric.ATTENTION_KL).mean());
    assertEquals((8.0 * 42 / 64 + 7.0) / 2, all.capturedBits());
    assertEquals(new Summary.Place("x", 4, "a"), all.worst());
  }
}
