package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.udfs.result.Metric;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Small tables worked out by hand. */
class StatisticsTablesTest {
  private static MetricRow row(String prompt, int layer, double nmse) {
    return MetricRows.row(prompt, layer, 2, Map.of(Metric.NMSE, nmse));
  }

  private static GroupRows one(String model, String spec, double bits, double nmse) {
    return MetricRows.group(model, spec, MetricRows.row("p", 0, bits, Map.of(Metric.NMSE, nmse)));
  }

  private static Summary summary(MetricRow... rows) {
    return SummaryTable.of(List.of(MetricRows.group("m", "rtn", rows))).lines().get(0);
  }

  private static MetricRow withEnergy(int layer, double nmse, double energy) {
    return MetricRows.row("p", layer, 2, Map.of(Metric.NMSE, nmse, Metric.ENERGY, energy));
  }

  @Test
  void totalEnergyWeighsLoudLayers() {
    Summary summary = summary(withEnergy(0, 0.1, 10), withEnergy(1, 0.4, 30));
    assertEquals(0.25, summary.metric(SummaryMetric.NMSE).mean());
    assertEquals((1.0 + 12.0) / 40, summary.nmseTotal());
    assertNull(summary(withEnergy(0, 0.1, 10), row("p", 1, 0.4)).nmseTotal());
    assertEquals(0.0, summary(withEnergy(0, 0, 0)).nmseTotal());
    assertNull(summary(MetricRows.failed("p", 0)).nmseTotal());
  }

  @Test
  void geometricMeansAreOfPromptsAndOfErrorsAboveZero() {
    // p: sqrt(1 * 4) = 2; q: 8; together 4.
    Estimate estimate =
        summary(row("p", 0, 1), row("p", 1, 4), row("q", 0, 8), MetricRows.failed("q", 1))
            .metric(SummaryMetric.NMSE)
            .geometric();
    assertEquals(4, estimate.mean(), 1e-14);
    assertTrue(estimate.low() < 2 && estimate.high() > 8, estimate::toString);
    assertEquals(
        Estimate.NONE,
        summary(row("p", 0, 0), row("p", 1, 4)).metric(SummaryMetric.NMSE).geometric());
  }

  @Test
  void rowsBelowTheReferenceAreCounted() {
    MetricRow below = MetricRows.row("p", 0, 2, Map.of(Metric.BITS_ABOVE_LIMIT, -0.01));
    MetricRow above = MetricRows.row("p", 1, 2, Map.of(Metric.BITS_ABOVE_LIMIT, 0.0));
    assertEquals(1, summary(below, above, row("p", 2, 1)).belowLimit());
    SummaryTable table = SummaryTable.of(List.of(MetricRows.group("m", "rtn", below, above)));
    assertTrue(
        new SummaryText(table, List.of())
            .toString()
            .contains("1 rows lie below the Gaussian reference"));
  }

  @Test
  void rowsBelowTheReferenceOfLogitsAreCounted() {
    MetricRow below =
        MetricRows.row(
            "p", 0, 2, Map.of(Metric.LOGIT_RMS, 0.1, Metric.RD_LIMIT_LOGIT_RMS, 0.1000001));
    MetricRow above =
        MetricRows.row("p", 1, 2, Map.of(Metric.LOGIT_RMS, 0.1, Metric.RD_LIMIT_LOGIT_RMS, 0.1));
    MetricRow exact =
        MetricRows.row("p", 2, 2, Map.of(Metric.LOGIT_RMS, 0.0, Metric.RD_LIMIT_LOGIT_RMS, 0.1));
    assertEquals(1, summary(below, above, exact, row("p", 3, 1)).belowLogitLimit());
    assertEquals(0, summary(below, above, exact).belowLimit());
    SummaryTable table = SummaryTable.of(List.of(MetricRows.group("m", "rtn", below, above)));
    assertTrue(
        new SummaryText(table, List.of())
            .toString()
            .contains("1 rows lie below the Gaussian reference of logits"));
  }

  private static final String SELECTED = "knorm(budget=0.2) | rtn(bits=4)";

  private static GroupRows selected(String spec, double bits, double nmse, double output) {
    return GroupRows.of(
        new GroupKey("m", "key", spec.startsWith("svdq") ? "svdq" : "rtn", spec, 1),
        List.of(
            MetricRows.row(
                "p",
                0,
                bits,
                Map.of(
                    Metric.NMSE,
                    nmse,
                    Metric.OUTPUT_ERROR,
                    output,
                    Metric.READ_RATIO,
                    16 / bits,
                    Metric.KEPT_MASS,
                    0.75))));
  }

  /** What a selector keeps has a small error, however much it drops. */
  @Test
  void selectorsCompeteOnlyWhereDroppedTokensCount() {
    List<GroupRows> groups =
        List.of(
            selected(SELECTED, 1, 1e-4, 0.3),
            selected("hadamard | rtn(bits=2)", 4, 0.1, 0.2),
            selected("rtn(bits=4)", 6, 0.01, 0.1),
            selected("svdq(bits=2)", 1.5, 0.05, 0.15));
    SummaryTable table = SummaryTable.of(groups);
    Map<SummaryMetric, List<String>> frontier =
        FrontierTable.lines(table).stream()
            .filter(line -> line.length() == PromptLength.CAPTURED)
            .collect(
                Collectors.groupingBy(
                    FrontierTable.Line::metric,
                    Collectors.mapping(line -> line.method().methodSpec(), Collectors.toList())));
    assertEquals(
        Map.of(
            SummaryMetric.NMSE,
            List.of("svdq(bits=2)", "rtn(bits=4)"),
            SummaryMetric.OUTPUT_ERROR,
            List.of(SELECTED, "svdq(bits=2)", "rtn(bits=4)")),
        frontier);
    assertEquals(
        List.of(SummaryMetric.OUTPUT_ERROR),
        BudgetTable.lines(table, List.of(1.0)).stream()
            .filter(line -> line.curve().startsWith("knorm"))
            .filter(line -> line.length() == PromptLength.CAPTURED)
            .map(BudgetTable.Line::metric)
            .toList());
    // 1 bit is nearer to 1.5 than 4 are, but a selector is no yardstick.
    Map<String, List<String>> paired =
        PairedTable.lines(groups, table, Optional.empty()).stream()
            .collect(
                Collectors.groupingBy(
                    line -> line.method().methodSpec(),
                    TreeMap::new,
                    Collectors.mapping(
                        line -> line.metric().label() + " " + line.reference(),
                        Collectors.toList())));
    assertEquals(List.of("output_error rtn(bits=4)"), paired.get(SELECTED), paired::toString);
    assertTrue(paired.get("svdq(bits=2)").contains("nmse rtn(bits=4)"));
    assertTrue(paired.get("hadamard | rtn(bits=2)").contains("nmse rtn(bits=4)"));
    assertEquals(CorrelationTable.lines(groups.subList(1, 4)), CorrelationTable.lines(groups));
  }

  /** Logits are of keys alone: exact in rows of values, and of half of what is coded in both. */
  private static GroupRows ofKind(String kind, String spec, double bits, double error, double kl) {
    Map<Metric, Double> metrics =
        Map.of(
            Metric.NMSE,
            error,
            Metric.OUTPUT_ERROR,
            error,
            Metric.MAX_ABS_ERROR,
            error,
            Metric.ATTENTION_KL,
            kl,
            Metric.TOPK_RECALL_16,
            1 - kl);
    return GroupRows.of(
        new GroupKey("m", kind, spec.replaceFirst("\\(.*", ""), spec, 1),
        List.of(MetricRows.row("p", 0, bits, metrics)));
  }

  private static List<GroupRows> ofKind(String kind, double kl) {
    return List.of(
        ofKind(kind, "rtn(bits=2)", 2, 0.3, 3 * kl),
        ofKind(kind, "rtn(bits=4)", 4, 0.2, 2 * kl),
        ofKind(kind, "kivi(bits=4)", 5, 0.1, kl));
  }

  @Test
  void valuesCompeteOnlyWhereTheirErrorsCount() {
    for (String kind : List.of("key", "value", "both")) {
      List<GroupRows> groups = ofKind(kind, kind.equals("value") ? 0 : 0.01);
      SummaryTable table = SummaryTable.of(groups);
      List<String> expected =
          kind.equals("key")
              ? List.of("nmse", "attention_kl", "output_error")
              : List.of("nmse", "output_error");
      assertEquals(
          expected,
          FrontierTable.lines(table).stream().map(l -> l.metric().label()).distinct().toList());
      assertEquals(
          expected,
          BudgetTable.lines(table, List.of(3.0)).stream()
              .map(line -> line.metric().label())
              .distinct()
              .toList());
      assertEquals(
          expected,
          PairedTable.lines(groups, table, Optional.empty()).stream()
              .filter(line -> line.logRatio().n() > 0)
              .map(line -> line.metric().label())
              .distinct()
              .toList());
      assertEquals(
          kind.equals("key"),
          CorrelationTable.lines(groups).stream().anyMatch(l -> l.b() == Metric.TOPK_RECALL_16));
      // Keys of both are measured, but nothing is of values alone.
      assertEquals(
          !kind.equals("value"),
          WorstTable.lines(groups).stream()
              .anyMatch(l -> l.metric() == SummaryMetric.ATTENTION_KL));
    }
  }

  @Test
  void whatSelectorsReadIsInTheSummary() {
    SummaryTable table =
        SummaryTable.of(
            List.of(
                selected(SELECTED, 1, 1e-4, 0.3),
                selected(SELECTED.replace("4", "2"), 2, 1e-3, 0.3),
                selected("rtn(bits=4)", 4, 0.01, 0.1)));
    assertEquals(
        Arrays.asList(16.0, 8.0, null), table.lines().stream().map(Summary::readRatio).toList());
    assertEquals(
        Arrays.asList(0.75, 0.75, null), table.lines().stream().map(Summary::keptMass).toList());
    String text = new SummaryText(table, List.of()).toString();
    assertTrue(text.contains("read ratio  kept mass"), text);
    assertTrue(
        text.contains("With a selector, nmse and attn KL are of the tokens that stay"), text);
    // Its small nmse invites a comparison that says nothing.
    assertTrue(
        text.lines()
            .anyMatch(l -> l.startsWith("knorm") && l.matches(".*  0\\.750 +- +0\\.3000 .*")),
        text);
    String plain =
        new SummaryText(SummaryTable.of(List.of(one("m", "rtn", 2, 0.1))), List.of()).toString();
    assertTrue(!plain.contains("read ratio") && !plain.contains("selector"), plain);
  }

  @Test
  void whatIsPrintedComparesAtEqualBits() {
    List<GroupRows> groups =
        List.of(
            one("m", "rtn(bits=2)", 2, 0.1),
            one("m", "rtn(bits=4)", 4, 0.001),
            one("m", "kivi(bits=2)", 2, 0.05),
            one("m", "kivi(bits=3)", 3, 0.02));
    SummaryTable table = SummaryTable.of(groups);
    String text =
        new SummaryText(table, BudgetTable.lines(table, List.of(2.0, 3.0, 8.0))).toString();
    assertTrue(
        text.contains(
            """
            nmse of m, key
            at equal effective bits       2.0       3.0
            -----------------------  --------  --------
            kivi                     0.05000*  0.02000
            rtn                       0.1000   0.01000*
            """),
        text);
  }

  @Test
  void ofManyModelsTheFirstArePrinted() {
    List<GroupRows> groups =
        IntStream.range(0, 8).mapToObj(m -> one("m" + m, "rtn(bits=2)", 2, 0.1)).toList();
    String text = new SummaryText(SummaryTable.of(groups), List.of()).toString();
    assertTrue(text.contains("m4, key\n") && !text.contains("m5, key\n"), text);
    assertTrue(text.contains("all models, key (mean of the models' numbers)\n"), text);
    assertTrue(
        text.contains(
            "And 3 more of other models, kinds or seeds: tables/summary.md, tables/budgets.md.\n"),
        text);
  }

  @Test
  void ofValuesNoLogitsArePrinted() {
    String text = new SummaryText(SummaryTable.of(ofKind("value", 0)), List.of()).toString();
    assertTrue(!text.contains("attn KL") && text.contains("nmse  output err"), text);
    String keys = new SummaryText(SummaryTable.of(ofKind("key", 0.01)), List.of()).toString();
    assertTrue(keys.contains("nmse  attn KL  output err"), keys);
  }

  @Test
  void theFrontierKeepsAPointWithoutErrorAndNoPartialMethod() {
    List<GroupRows> groups =
        List.of(
            one("m", "a", 2, 0.1),
            one("m", "b", 2, 0.1),
            one("m", "c", 3, 0.2),
            one("m", "none", 16, 0),
            MetricRows.group("m", "fails", MetricRows.failed("p", 0)),
            one("n", "a", 2, 0.3),
            one("n", "fails", 2, 0.05),
            one("n", "easy", 2, 0.01),
            one("n", "none", 16, 0));
    // It failed on all of m: over models it has the mean of n alone, which would win.
    Map<String, List<String>> specs =
        FrontierTable.lines(SummaryTable.of(groups)).stream()
            .collect(
                Collectors.groupingBy(
                    line -> line.section().model(),
                    TreeMap::new,
                    Collectors.mapping(line -> line.method().methodSpec(), Collectors.toList())));
    assertEquals(
        Map.of(
            "m",
            List.of("a", "b", "none"),
            "n",
            List.of("easy", "none"),
            GroupKey.ALL_MODELS,
            List.of("a", "none")),
        specs);
  }

  /** On m, a fails where the others are worst; b, on n alone, has what m lacks. */
  private static final List<GroupRows> PARTIAL =
      List.of(
          MetricRows.group("m", "a(bits=2)", row("p", 0, 0.1), MetricRows.failed("p", 1)),
          MetricRows.group("m", "b(bits=2)", row("p", 0, 0.2), row("p", 1, 0.9)),
          MetricRows.group("m", "c(bits=2)", MetricRows.failed("p", 0), MetricRows.failed("p", 1)),
          MetricRows.group("m", "d(bits=2)", row("p", 1, 0.3)),
          MetricRows.group("n", "a(bits=2)", row("q", 5, 0.1)),
          MetricRows.group("n", "b(bits=2)", row("q", 5, 0.2)));

  @Test
  void whatLacksRowsOfOthersDoesNotCompete() {
    SummaryTable table = SummaryTable.of(PARTIAL);
    Map<String, List<String>> expected =
        Map.of(
            "m",
            List.of("b(bits=2)"),
            "n",
            List.of("a(bits=2)"),
            GroupKey.ALL_MODELS,
            List.of("b(bits=2)"));
    assertEquals(
        expected,
        FrontierTable.lines(table).stream()
            .collect(
                Collectors.groupingBy(
                    line -> line.section().model(),
                    Collectors.mapping(line -> line.method().methodSpec(), Collectors.toList()))));
    Map<String, List<String>> best =
        BudgetTable.lines(table, List.of(2.0)).stream()
            .filter(line -> line.rank() == 1)
            .collect(
                Collectors.groupingBy(
                    line -> line.section().model(),
                    Collectors.mapping(
                        line -> line.curve().replace("*", "2"), Collectors.toList())));
    assertEquals(expected, best);
    assertEquals(
        List.of("a(bits=2) 1 of 2", "b(bits=2) 2 of 2", "c(bits=2) 0 of 2", "d(bits=2) 1 of 2"),
        table.lines().stream()
            .filter(line -> line.key().model().equals("m"))
            .sorted(Comparator.comparing(Summary::key))
            .map(l -> l.key().methodSpec() + " " + l.measured() + " of " + l.units())
            .toList());
    String text = new SummaryText(table, List.of()).toString();
    assertTrue(text.contains("not compared: 3 methods lack rows"), text);
    assertTrue(text.contains("  a(bits=2) on m, key: 1 of 2 rows\n"), text);
    assertTrue(text.contains("  c(bits=2) on m, key: 0 of 2 rows\n"), text);
    assertTrue(text.contains("  d(bits=2) on m, key: 1 of 2 rows\n"), text);
    assertTrue(
        !new SummaryText(SummaryTable.of(PARTIAL.subList(4, 6)), List.of())
            .toString()
            .contains("compared"));
  }

  /** It is refused on the prompts that it was fitted on, and so has its mean over others. */
  @Test
  void calibratedMethodsAreHeldToAllPrompts() {
    List<GroupRows> groups =
        List.of(
            MetricRows.group("m", "aqua(bits=2)", row("p", 0, 0.1), row("p", 1, 0.1)),
            MetricRows.group("m", "quest | aqua(bits=2)", row("p", 0, 0.1)),
            MetricRows.group(
                "m", "b(bits=2)", row("fit", 0, 0.2), row("p", 0, 0.2), row("p", 1, 0.2)),
            MetricRows.group("n", "b(bits=2)", row("p", 0, 0.2)));
    assertEquals(
        List.of(
            "m aqua(bits=2) 2 of 3",
            "m b(bits=2) 3 of 3",
            "m quest | aqua(bits=2) 1 of 3",
            "n b(bits=2) 1 of 1",
            "all models aqua(bits=2) 2 of 4",
            "all models b(bits=2) 4 of 4",
            "all models quest | aqua(bits=2) 1 of 4"),
        SummaryTable.of(groups).lines().stream()
            .sorted(Comparator.comparing(Summary::key))
            .map(
                l ->
                    "%s %s %d of %d"
                        .formatted(l.key().model(), l.key().methodSpec(), l.measured(), l.units()))
            .toList());
    String text = new SummaryText(SummaryTable.of(groups), List.of()).toString();
    assertTrue(
        text.contains("A calibrated method is not run on the prompts that it was fitted on"), text);
  }

  /** No control measured everything, so the most that one has is not what there is. */
  @Test
  void methodsThatFailOnDifferentRowsAreNotCompared() {
    List<GroupRows> groups =
        List.of(
            MetricRows.group("m", "a", row("p", 0, 0.1), MetricRows.failed("p", 1)),
            MetricRows.group("m", "b", MetricRows.failed("p", 0), row("p", 1, 0.1)));
    SummaryTable table = SummaryTable.of(groups);
    assertEquals(List.of(2, 2), table.lines().stream().map(Summary::units).toList());
    assertEquals(List.of(), FrontierTable.lines(table));
    assertEquals(List.of(), BudgetTable.lines(table, List.of(2.0)));
  }

  @Test
  void layersAreMeansOverPromptsWithoutFailures() {
    GroupRows group =
        MetricRows.group(
            "m", "rtn", row("p", 1, 1), row("q", 1, 3), MetricRows.failed("r", 1), row("p", 0, 5));
    List<LayerTable.Line> lines = LayerTable.lines(List.of(group));
    assertEquals(List.of(0, 1), lines.stream().map(LayerTable.Line::layer).toList());
    assertEquals(5.0, lines.get(0).mean(Metric.NMSE));
    assertEquals(2.0, lines.get(1).mean(Metric.NMSE));
    assertEquals(3, lines.get(1).rows().rows().size());
    assertEquals(1, lines.get(1).failed());
  }

  @Test
  void theWorstComeFirstAndEqualOnesInTheirOrder() {
    List<GroupRows> groups =
        List.of(
            MetricRows.group("m", "rtn", row("p", 0, 1), row("p", 1, 9), row("q", 0, 1)),
            MetricRows.group(
                "n", "rtn", row("p", 0, 9), row("p", 1, 2), row("p", 2, 0), row("p", 3, 1)));
    List<String> worst =
        WorstTable.lines(groups).stream()
            .map(l -> l.rank() + " " + l.value() + " " + l.key().model() + " " + l.row().cell())
            .map(text -> text.replaceAll("Cell|prompt=|layer=|[\\[\\],]", ""))
            .toList();
    assertEquals(
        List.of("1 9.0 m p 1", "2 9.0 n p 0", "3 2.0 n p 1", "4 1.0 m p 0", "5 1.0 m q 0"), worst);
  }

  private static GroupRows correlated(String spec, double nmse, double cosine, double output) {
    Map<Metric, Double> metrics =
        Map.of(Metric.NMSE, nmse, Metric.COSINE_MEAN, cosine, Metric.OUTPUT_ERROR, output);
    return MetricRows.group("m", spec, MetricRows.row("p", 0, 2, metrics));
  }

  @Test
  void correlationsSayWhetherMetricsAgreeOnWhatIsBetter() {
    List<GroupRows> groups =
        List.of(
            correlated("a", 1, 0.9, 3),
            correlated("b", 2, 0.8, 2),
            correlated("c", 3, 0.7, 1),
            // Without error; it would be the best of all.
            correlated("none", 0, 1, 0));
    Map<String, Double> found =
        CorrelationTable.lines(groups).stream()
            .collect(
                Collectors.toMap(
                    line -> line.a().key() + " " + line.b().key(), line -> line.within().mean()));
    assertEquals(
        Map.of(
            "nmse cosine_mean", 1.0, "nmse output_error", -1.0, "cosine_mean output_error", -1.0),
        found);
    CorrelationTable.Line line = CorrelationTable.lines(groups).get(0);
    assertEquals(3, line.n());
    assertEquals(3, line.methods());
    assertEquals(1.0, line.rows());
    assertEquals(1, line.within().n());
    assertNull(line.within().low());
  }

  @Test
  void methodsAreRankedWithinALayerAndRowsTogether() {
    // Within each layer nmse and output error disagree; the second layer is worse in both.
    List<GroupRows> groups = List.of(layers("a", 1, 3), layers("b", 2, 2), layers("c", 3, 1));
    CorrelationTable.Line line = CorrelationTable.lines(groups).get(0);
    assertEquals(-1.0, line.within().mean());
    assertEquals(2, line.within().n());
    // Ranks 1 2 3 4 5 6 against 3 2 1 6 5 4: 1 - 6 * 16 / (6 * 35).
    assertEquals(1 - 96.0 / 210, line.rows(), 1e-15);
    assertEquals(6, line.n());
  }

  private static GroupRows layers(String spec, double nmse, double output) {
    return MetricRows.group(
        "m",
        spec,
        MetricRows.row("p", 0, 2, Map.of(Metric.NMSE, nmse, Metric.OUTPUT_ERROR, output)),
        MetricRows.row(
            "p", 1, 2, Map.of(Metric.NMSE, nmse + 10, Metric.OUTPUT_ERROR, output + 10)));
  }
}
