package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GroupSummaryTest {
  private static MetricRow row(
      String run, String cell, String prompt, int layer, Double nmse, Double kl, String error) {
    Double[] metrics = {nmse, null, null, kl, null};
    long bytes = error == null ? 10 + layer : 0;
    return new MetricRow(
        run, cell, "u" + prompt + layer, prompt, layer, 16, 32, bytes, 1.2, metrics, error);
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
    Summary summary = GroupSummary.of(key("m"), ROWS).summary();
    assertEquals(5, summary.rows());
    assertEquals(2, summary.prompts());
    assertEquals(3, summary.layers());
    assertEquals(1, summary.failed());
    assertEquals(1.2, summary.nominalBits());
    assertEquals(8.0 * 42 / 64, summary.effectiveBits());
    assertEquals(128.0 / 42, summary.compressionRatio());
    assertEquals(new MetricSummary(3.0, 2.5, 6.0), summary.metric(SummaryMetric.NMSE));
    assertEquals(new MetricSummary(0.375, 0.375, 0.5), summary.metric(SummaryMetric.ATTENTION_KL));
    assertNull(summary.metric(SummaryMetric.OUTPUT_ERROR).mean());
    assertEquals(new Summary.Place("m", 0, "b"), summary.worst());
    assertEquals(
        List.of(new Failure(key("m"), 2, "b", "no")), GroupSummary.of(key("m"), ROWS).failures());
  }

  @Test
  void theOrderOfRowsChangesNoBit() {
    Random random = new Random(5);
    List<MetricRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(
          row("r1", "c", "p" + i % 7, i / 7, random.nextDouble(), random.nextGaussian(), null));
    }
    GroupSummary expected = GroupSummary.of(key("m"), rows);
    for (int i = 0; i < 20; i++) {
      Collections.shuffle(rows, random);
      assertEquals(expected, GroupSummary.of(key("m"), rows));
    }
  }

  @Test
  void aLaterRunSupersedesOtherCellsOfTheSameLayer() {
    GroupSummary summary =
        GroupSummary.of(
            key("m"),
            List.of(
                row("r2", "new-codec", "a", 0, 5.0, null, null),
                row("r1", "old-codec", "a", 0, 1.0, null, null)));
    assertEquals(1, summary.superseded());
    assertEquals(1, summary.summary().rows());
    assertEquals(5.0, summary.summary().metric(SummaryMetric.NMSE).mean());
  }

  @Test
  void allRowsFailed() {
    Summary summary = GroupSummary.of(key("m"), ROWS.subList(4, 5)).summary();
    assertEquals(1, summary.failed());
    assertNull(summary.effectiveBits());
    assertNull(summary.compressionRatio());
    assertNull(summary.nominalBits());
    assertNull(summary.worst());
  }

  @Test
  void eachModelCountsOnce() {
    Summary many = GroupSummary.of(key("m"), ROWS).summary();
    Summary one =
        GroupSummary.of(key("x"), List.of(row("r1", "c", "a", 4, 7.0, null, null))).summary();
    Summary all = OverModels.of(List.of(one, many));
    assertEquals(GroupKey.ALL_MODELS, all.key().model());
    assertEquals(2, all.models());
    assertEquals(6, all.rows());
    assertEquals(3, all.prompts());
    assertEquals(new MetricSummary(5.0, 4.75, 7.0), all.metric(SummaryMetric.NMSE));
    assertEquals(0.375, all.metric(SummaryMetric.ATTENTION_KL).mean());
    assertEquals((8.0 * 42 / 64 + 7.0) / 2, all.effectiveBits());
    assertEquals(new Summary.Place("x", 4, "a"), all.worst());
  }
}
