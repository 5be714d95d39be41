package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.result.Metric;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PairedTableTest {
  private static final String RTN = "rtn(bits=2)";
  private static final String SVDQ = "svdq(bits=2)";
  private static final double LN2 = Math.log(2);

  private static MetricRow row(String prompt, int layer, double nmse) {
    return MetricRows.row(prompt, layer, 2, Map.of(Metric.NMSE, nmse));
  }

  private static GroupRows group(String model, String spec, double bits, double nmse) {
    return MetricRows.group(model, spec, MetricRows.row("p", 0, bits, Map.of(Metric.NMSE, nmse)));
  }

  private static List<PairedTable.Line> lines(List<GroupRows> groups, String reference) {
    return PairedTable.lines(groups, SummaryTable.of(groups), Optional.ofNullable(reference))
        .stream()
        .filter(line -> line.metric() == SummaryMetric.NMSE)
        .toList();
  }

  /** Pairs: p 2 and 4, q 1/2; r without error; q/1 failed for one, s/0 measured by one. */
  private static final GroupRows METHOD =
      MetricRows.group(
          "m",
          SVDQ,
          row("p", 0, 0.2),
          row("p", 1, 0.4),
          row("q", 0, 0.1),
          MetricRows.failed("q", 1),
          row("r", 0, 0));

  private static final GroupRows REFERENCE =
      MetricRows.group(
          "m",
          RTN,
          row("p", 0, 0.1),
          row("p", 1, 0.1),
          row("q", 0, 0.2),
          row("q", 1, 0.3),
          row("r", 0, 0.1),
          row("s", 0, 0.1));

  @Test
  void comparesOnIdenticalCellsOnly() {
    List<PairedTable.Line> lines = lines(List.of(METHOD, REFERENCE), null);
    assertEquals(1, lines.size());
    PairedTable.Line line = lines.get(0);
    assertEquals(SVDQ, line.method().methodSpec());
    assertEquals(RTN, line.reference());
    // p: (1 + 2) / 2, q: -1, in units of ln 2.
    assertEquals(0.25 * LN2, line.logRatio().mean(), 1e-15);
    assertEquals(3, line.logRatio().n());
    assertEquals(2, line.logRatio().prompts());
    assertEquals(2, line.missing());
    assertEquals(1, line.withoutLog());
    assertTrue(line.logRatio().low() < 0.25 * LN2 && line.logRatio().high() > 0.25 * LN2);
    // Student's interval of two prompts, up to the noise of 1000 replicates.
    assertEquals(
        12.706 * 2.5 * LN2, line.logRatio().high() - line.logRatio().low(), 0.1 * 12.706 * LN2);
  }

  @Test
  void overModelsEachCountsOnce() {
    List<PairedTable.Line> lines =
        lines(List.of(METHOD, REFERENCE, group("n", SVDQ, 2, 0.8), group("n", RTN, 2, 0.1)), null);
    assertEquals(
        List.of("m", "n", GroupKey.ALL_MODELS),
        lines.stream().map(line -> line.section().model()).toList());
    assertEquals((0.25 * LN2 + 3 * LN2) / 2, lines.get(2).logRatio().mean(), 1e-15);
    assertEquals(4, lines.get(2).logRatio().n());
    assertEquals(2, lines.get(2).missing());
    assertNull(lines.get(1).logRatio().low());
    assertNull(lines.get(2).logRatio().low());
  }

  @Test
  void seedsKindsAndModelsAreNotMixed() {
    GroupRows other =
        GroupRows.of(new GroupKey("m", "key", "rtn", RTN, 2), List.of(row("p", 0, 0.1)));
    GroupRows value =
        GroupRows.of(new GroupKey("m", "value", "rtn", RTN, 1), List.of(row("p", 0, 0.1)));
    GroupRows model = group("n", RTN, 2, 0.1);
    assertEquals(List.of(), lines(List.of(METHOD, other), null));
    assertEquals(List.of(), lines(List.of(METHOD, value), null));
    assertEquals(List.of(), lines(List.of(METHOD, model), null));
  }

  private static List<String> references(String reference, GroupRows... groups) {
    return lines(List.of(groups), reference).stream()
        .map(line -> line.method().methodSpec() + " " + line.reference())
        .toList();
  }

  @Test
  void theReferenceIsTheNearestPlainMethod() {
    GroupRows rtn2 = group("m", RTN, 2, 0.1);
    GroupRows rtn4 = group("m", "rtn(bits=4)", 4, 0.1);
    GroupRows kivi = group("m", "kivi(bits=2)", 3, 0.1);
    GroupRows svdq = group("m", SVDQ, 2.5, 0.1);
    GroupRows none = group("m", "none", 16, 0);
    // 3 bits lie between 2 and 4, by ratio nearer to 4.
    assertEquals(
        List.of("kivi(bits=2) rtn(bits=4)", "none rtn(bits=4)", "svdq(bits=2) rtn(bits=2)"),
        references(null, rtn2, rtn4, kivi, svdq, none));
    assertEquals(
        List.of("none kivi(bits=2)", "svdq(bits=2) kivi(bits=2)"),
        references(null, kivi, svdq, none));
    assertEquals(List.of("none svdq(bits=2)"), references(null, svdq, none));
    assertEquals(
        List.of("rtn(bits=2) svdq(bits=2)", "rtn(bits=4) svdq(bits=2)"),
        references(SVDQ, rtn2, rtn4, svdq));
    assertEquals(List.of(), references(null, none));
  }

  /** By the mean over models, 6 bits would be nearer to 6.5 than 3 are, also where it takes 4. */
  @Test
  void theReferenceIsNearInBitsOnEachModel() {
    List<GroupRows> groups =
        List.of(
            group("m", RTN, 3, 0.1),
            group("m", "rtn(bits=4)", 6, 0.1),
            group("m", SVDQ, 4, 0.1),
            group("n", RTN, 3, 0.1),
            group("n", "rtn(bits=4)", 6, 0.1),
            group("n", SVDQ, 9, 0.1));
    assertEquals(
        List.of("m rtn(bits=2)", "n rtn(bits=4)", "all models rtn(bits=4)"),
        lines(groups, null).stream().map(l -> l.section().model() + " " + l.reference()).toList());
  }

  /** What one model alone measured is no reference over models, however near it lies. */
  @Test
  void theReferenceOverModelsIsMeasuredOnAll() {
    List<GroupRows> groups =
        List.of(
            group("m", RTN, 4, 0.1),
            group("m", "rtn(bits=4)", 6, 0.1),
            group("m", SVDQ, 4, 0.1),
            group("n", "rtn(bits=4)", 6, 0.1),
            group("n", SVDQ, 4, 0.1));
    assertEquals(
        List.of("m rtn(bits=2)", "n rtn(bits=4)", "all models rtn(bits=4)"),
        lines(groups, null).stream().map(l -> l.section().model() + " " + l.reference()).toList());
  }

  /** A stage before the codec is no plain method, and references do not jump between curves. */
  @Test
  void referencesAreOfOnePlainCurve() {
    GroupRows rotated =
        GroupRows.of(
            new GroupKey("m", "key", "rtn", "hadamard | rtn(bits=2)", 1),
            group("m", RTN, 2.5, 0.1).rows());
    assertEquals(
        List.of(
            "hadamard | rtn(bits=2) rtn(bits=2,axis=token)",
            "rtn(bits=2,axis=channel) rtn(bits=2,axis=token)",
            "svdq(bits=2) rtn(bits=2,axis=token)"),
        references(
            null,
            rotated,
            group("m", "rtn(bits=2,axis=channel)", 2.5, 0.1),
            group("m", "rtn(bits=2,axis=token)", 2, 0.1),
            group("m", "rtn(bits=4,axis=token)", 4, 0.1),
            group("m", SVDQ, 2.5, 0.1)));
  }

  @Test
  void ofEquallyNearReferencesTheOneWithFewerBits() {
    assertEquals(
        List.of("svdq(bits=2) rtn(bits=2)"),
        references(
            null,
            group("m", "rtn(bits=8)", 8, 0.1),
            group("m", RTN, 2, 0.1),
            group("m", SVDQ, 4, 0.1)));
  }
}
