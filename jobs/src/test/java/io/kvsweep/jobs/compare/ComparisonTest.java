package io.kvsweep.jobs.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.GroupRows;
import io.kvsweep.jobs.aggregate.MetricRow;
import io.kvsweep.jobs.aggregate.MetricRows;
import io.kvsweep.udfs.result.Metric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {
  private static final String RTN = "rtn(bits=2)";
  private static final double LN2 = Math.log(2);

  private static MetricRow row(String prompt, int layer, double nmse) {
    return MetricRows.row(prompt, layer, 2, Map.of(Metric.NMSE, nmse, Metric.EFFECTIVE_BITS, 2.0));
  }

  private static GroupRows rtn(MetricRow... rows) {
    return MetricRows.group("m", RTN, rows);
  }

  private static MethodChange only(GroupRows before, GroupRows now) {
    List<MethodChange> methods = Comparison.of(List.of(before), List.of(now), 0.01).methods();
    assertEquals(1, methods.size());
    return methods.get(0);
  }

  private static Change nmse(MethodChange method) {
    return method.changes().get(Compared.NMSE.ordinal());
  }

  @Test
  void theMeanOfPromptsDecides() {
    GroupRows before = rtn(row("p", 0, 0.1), row("p", 1, 0.1), row("q", 0, 0.1));
    MethodChange change = only(before, rtn(row("p", 0, 0.2), row("p", 1, 0.1), row("q", 0, 0.2)));
    // p: half of ln 2, q: ln 2. Student's interval of two prompts is wide, but they agree.
    assertEquals(0.75 * LN2, nmse(change).logRatio().mean(), 1e-15);
    assertTrue(nmse(change).logRatio().low() < 0);
    assertEquals(Verdict.WORSE, nmse(change).verdict());
    assertEquals(Verdict.WORSE, change.verdict());
    assertEquals(Verdict.SAME, change.changes().get(Compared.EFFECTIVE_BITS.ordinal()).verdict());
    assertEquals(
        Verdict.BETTER,
        only(before, rtn(row("p", 0, 0.05), row("p", 1, 0.05), row("q", 0, 0.05))).verdict());
    assertEquals(Verdict.SAME, only(before, before).verdict());
  }

  /** 0 and 0 are no measurement of values. */
  @Test
  void logitsTellNothingOfValues() {
    MetricRow row = MetricRows.row("p", 0, 2, Map.of(Metric.NMSE, 0.1, Metric.ATTENTION_KL, 0.0));
    for (String kind : List.of("value", "both")) {
      GroupRows rows = GroupRows.of(new GroupKey("m", kind, "rtn", RTN, 1), List.of(row));
      Change kl = only(rows, rows).changes().get(Compared.ATTENTION_KL.ordinal());
      assertEquals(kind.equals("value") ? 0 : 1, kl.logRatio().n());
      assertEquals(0, kl.lost());
    }
  }

  @Test
  void whatPromptsDisagreeOnIsTheSame() {
    GroupRows before = rtn(row("p", 0, 0.1), row("q", 0, 0.1));
    MethodChange change = only(before, rtn(row("p", 0, 0.4), row("q", 0, 0.05)));
    assertEquals(0.5 * LN2, nmse(change).logRatio().mean(), 1e-15);
    assertTrue(nmse(change).logRatio().low() < 0);
    assertEquals(Verdict.SAME, change.verdict());
  }

  @Test
  void oneOfOnePromptHasNoIntervalAndIsJudgedByItsMean() {
    GroupRows before = rtn(row("p", 0, 0.1));
    assertEquals(Verdict.WORSE, only(before, rtn(row("p", 0, 0.1011))).verdict());
    assertEquals(Verdict.SAME, only(before, rtn(row("p", 0, 0.1009))).verdict());
    assertEquals(Verdict.SAME, only(before, rtn(row("p", 0, 0.0991))).verdict());
    assertEquals(Verdict.BETTER, only(before, rtn(row("p", 0, 0.0989))).verdict());
  }

  @Test
  void whatWasExactAndIsNotIsWorse() {
    GroupRows exact = rtn(row("p", 0, 0), row("q", 0, 0.1));
    GroupRows lossy = rtn(row("p", 0, 1e-9), row("q", 0, 0.1));
    assertEquals(1, nmse(only(exact, lossy)).fromZero());
    assertEquals(Verdict.WORSE, only(exact, lossy).verdict());
    assertEquals(1, nmse(only(lossy, exact)).toZero());
    assertEquals(Verdict.BETTER, only(lossy, exact).verdict());
    MethodChange same = only(exact, exact);
    assertEquals(Verdict.SAME, same.verdict());
    assertEquals(2, nmse(same).logRatio().n());
  }

  /** The order of a sum may change in a new version of Java: 2^-36 of a relative square. */
  @Test
  void whatRoundingLeavesIsAsGoodAsExact() {
    GroupRows exact = rtn(row("p", 0, 0), row("q", 0, 1e-30));
    GroupRows rounded = rtn(row("p", 0, 1e-17), row("q", 0, 0x1p-36));
    assertEquals(Verdict.SAME, only(exact, rounded).verdict());
    assertEquals(Verdict.SAME, only(rounded, exact).verdict());
    assertEquals(0, nmse(only(exact, rounded)).fromZero());
    assertEquals(0, nmse(only(exact, rounded)).logRatio().mean());
    GroupRows coarse = rtn(row("p", 0, 0x1.1p-36), row("q", 0, 1e-30));
    assertEquals(1, nmse(only(exact, coarse)).fromZero());
    assertEquals(Verdict.WORSE, only(exact, coarse).verdict());
  }

  @Test
  void seedsAreToldWhereThereAreSeveral() {
    GroupRows one = rtn(row("p", 0, 0.1));
    GroupRows two = GroupRows.of(new GroupKey("m", "key", "rtn", RTN, 2), one.rows());
    String text = CompareText.of(Comparison.of(List.of(one, two), List.of(one, two), 0.01), 0.01);
    assertTrue(text.contains("method       kind  model  seed  verdict"), text);
    assertTrue(text.contains("rtn(bits=2)  key   m      1     same"), text);
    assertTrue(text.contains("rtn(bits=2)  key   m      2     same"), text);
    assertTrue(
        !CompareText.of(Comparison.of(List.of(one), List.of(one), 0.01), 0.01).contains("seed"));
  }

  @Test
  void whatWasInfiniteIsNotExactNow() {
    GroupRows infinite = rtn(row("p", 0, Double.POSITIVE_INFINITY));
    GroupRows finite = rtn(row("p", 0, 0.1));
    GroupRows exact = rtn(row("p", 0, 0));
    assertEquals(Verdict.BETTER, only(infinite, finite).verdict());
    assertEquals("was infinite", nmseText(infinite, finite));
    assertEquals("exact now", nmseText(infinite, exact));
    assertEquals("exact now", nmseText(finite, exact));
    assertEquals(Verdict.WORSE, only(finite, infinite).verdict());
    assertEquals("infinite now", nmseText(finite, infinite));
    assertEquals("was exact", nmseText(exact, infinite));
    assertEquals("was exact", nmseText(exact, finite));
  }

  /** The column between that of bits, where nothing changes, and those without numbers. */
  private static String nmseText(GroupRows before, GroupRows now) {
    String text = CompareText.of(Comparison.of(List.of(before), List.of(now), 0.01), 0.01);
    return text.lines()
        .filter(line -> line.startsWith(RTN))
        .map(line -> line.split(" {2,}")[5])
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"0.01, 1", "0.001, 0.1", "0.07, 7", "0.1234567, 12.34567", "1, 100", "1.5, 150"})
  void theThresholdIsToldInPercent(double threshold, String percent) {
    GroupRows rows = rtn(row("p", 0, 0.1));
    String text = CompareText.of(Comparison.of(List.of(rows), List.of(rows), threshold), threshold);
    assertTrue(text.contains(" worse, better: beyond " + percent + " %, where "), text);
  }

  @Test
  void anAbsurdThresholdIsANumberToo() {
    GroupRows rows = rtn(row("p", 0, 0.1));
    String text = CompareText.of(Comparison.of(List.of(rows), List.of(rows), 1e308), 1e308);
    assertTrue(text.contains("beyond 1" + "0".repeat(310) + " %"), text);
  }

  @Test
  void aModelWhereAllFailNowIsInTheLineOverModels() {
    Comparison comparison =
        Comparison.of(
            List.of(
                MetricRows.group("a", RTN, row("p", 0, 0.1)),
                MetricRows.group("b", RTN, row("p", 0, 0.1), row("p", 1, 0.1)),
                MetricRows.group("c", RTN, MetricRows.failed("p", 0))),
            List.of(
                MetricRows.group("a", RTN, row("p", 0, 0.1)),
                MetricRows.group("b", RTN, MetricRows.failed("p", 0), MetricRows.failed("p", 1)),
                MetricRows.group("c", RTN, row("p", 0, 0.1))),
            0.01);
    MethodChange all = comparison.methods().get(comparison.methods().size() - 1);
    assertEquals("all models WORSE", all.key().model() + " " + all.verdict());
    assertEquals(List.of(2, 1), List.of(all.rows().failsNow(), all.rows().worksNow()));
    assertEquals(1, nmse(all).logRatio().n());
    assertEquals(Verdict.WORSE, comparison.verdict());
  }

  @Test
  void aNumberThatIsNotToldAnyMoreIsWorse() {
    GroupRows before =
        rtn(MetricRows.row("p", 0, 2, Map.of(Metric.NMSE, 0.1, Metric.ATTENTION_KL, 0.2)));
    GroupRows now = rtn(MetricRows.row("p", 0, 2, Map.of(Metric.NMSE, 0.1)));
    MethodChange change = only(before, now);
    assertEquals(1, change.changes().get(Compared.ATTENTION_KL.ordinal()).lost());
    assertEquals(Verdict.WORSE, change.verdict());
    assertEquals(Verdict.SAME, only(now, before).verdict());
  }

  @Test
  void whatFailsNowIsWorseAndWhatIsGoneIsNot() {
    GroupRows before = rtn(row("p", 0, 0.1), row("q", 0, 0.1));
    MethodChange fails = only(before, rtn(row("p", 0, 0.1), MetricRows.failed("q", 0)));
    assertEquals(Verdict.WORSE, fails.verdict());
    assertEquals(1, fails.rows().failsNow());
    MethodChange works = only(rtn(row("p", 0, 0.1), MetricRows.failed("q", 0)), before);
    assertEquals(Verdict.SAME, works.verdict());
    assertEquals(1, works.rows().worksNow());
    MethodChange gone = only(before, rtn(row("p", 0, 0.1), row("s", 0, 0.1)));
    assertEquals(Verdict.SAME, gone.verdict());
    assertEquals(List.of(1, 1), List.of(gone.rows().gone(), gone.rows().added()));
  }

  @Test
  void otherTensorsAreNotCompared() {
    Map<Metric, Double> metrics = Map.of(Metric.NMSE, 0.1);
    MetricRow here = MetricRows.row("p", 0, 2, metrics);
    MetricRow there =
        new MetricRow(
            here.runId(),
            here.cellId(),
            "another unit",
            "p",
            0,
            here.values(),
            here.capturedBytes(),
            here.totalBytes(),
            here.metrics(),
            here.headMeans(),
            null);
    MethodChange change = only(rtn(here, row("q", 0, 1)), rtn(there, row("q", 0, 1)));
    assertEquals(1, change.rows().otherTensors());
    assertEquals(1, change.rows().pairs().size());
    assertEquals(
        "nothing to compare: no cell is in both outputs on the same tensors: 0 only in the old"
            + " output, 0 only in the new one, 1 whose tensors are others now; compare two outputs of"
            + " one sweep file and dataset",
        nothing(rtn(here), rtn(there)));
  }

  private static String nothing(GroupRows before, GroupRows now) {
    return assertThrows(
            InvalidInputException.class, () -> Comparison.of(List.of(before), List.of(now), 0.01))
        .getMessage();
  }

  @Test
  void whereNothingIsComparedWhatChangedIsNamed() {
    GroupRows here = rtn(row("p", 0, 0.1));
    String counts =
        "nothing to compare: no cell is in both outputs on the same tensors: 1 only in the old"
            + " output, 1 only in the new one, 0 whose tensors are others now";
    String remedy = "; compare two outputs of one sweep file and dataset";
    GroupRows seed = GroupRows.of(new GroupKey("m", "key", "rtn", RTN, 2), here.rows());
    assertEquals(
        counts + ", new seed: 2 (1 row), gone seed: 1 (1 row)" + remedy, nothing(here, seed));
    assertEquals(
        counts + ", new prompt: q (1 row), gone prompt: p (1 row)" + remedy,
        nothing(here, rtn(row("q", 0, 0.1))));
    assertEquals(
        counts + ", new method: none (1 row), gone method: rtn(bits=2) (1 row)" + remedy,
        nothing(here, MetricRows.group("m", "none", row("p", 0, 0.1))));
    assertEquals(counts + remedy, nothing(here, rtn(row("p", 1, 0.1))));
  }

  @Test
  void whatFailsStillIsTheSame() {
    GroupRows failed = rtn(MetricRows.failed("p", 0), MetricRows.failed("q", 0));
    MethodChange change = only(failed, failed);
    assertEquals(Verdict.SAME, change.verdict());
    assertEquals(2, change.rows().failsStill());
    assertEquals(0, nmse(change).logRatio().n());
    String text = CompareText.of(Comparison.of(List.of(failed), List.of(failed), 0.01), 0.01);
    assertTrue(text.contains("\n2 of these failed in both\n"), text);
  }

  @Test
  void oneModelThatIsWorseIsShownBesideTheLineOverModels() {
    Comparison comparison =
        Comparison.of(
            List.of(
                MetricRows.group("a", RTN, row("p", 0, 0.1), row("q", 0, 0.1)),
                MetricRows.group("b", RTN, row("p", 0, 0.1), row("q", 0, 0.1))),
            List.of(
                MetricRows.group("a", RTN, row("p", 0, 0.11), row("q", 0, 0.11)),
                MetricRows.group("b", RTN, row("p", 0, 0.02), row("q", 0, 0.02)),
                MetricRows.group("c", "svdq(bits=2)", row("p", 0, 0.02))),
            0.01);
    assertEquals(
        List.of("a WORSE", "b BETTER", "all models BETTER"),
        comparison.methods().stream().map(m -> m.key().model() + " " + m.verdict()).toList());
    assertEquals(Verdict.WORSE, comparison.verdict());
    assertEquals(
        List.of("new model: c (1 row)", "new method: svdq(bits=2) (1 row)"),
        comparison.novelty().lines());
    String text = CompareText.of(comparison, 0.01);
    assertTrue(text.startsWith("4 cells in both, 0 only in the old output, 1 only in the new one"));
    assertTrue(text.contains("worse: rtn(bits=2)\n"), text);
    assertEquals(2, text.lines().filter(line -> line.startsWith("rtn(bits=2)")).count(), text);
  }
}
