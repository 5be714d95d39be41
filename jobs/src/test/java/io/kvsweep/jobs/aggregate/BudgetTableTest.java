package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.result.Metric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BudgetTableTest {
  /** One row of so many bits, which at 4k tokens are half as many. */
  private static GroupRows group(String model, String spec, double bits, double nmse) {
    Map<Metric, Double> metrics = Map.of(Metric.NMSE, nmse, Metric.EFFECTIVE_BITS_4K, bits / 2);
    return MetricRows.group(model, spec, MetricRows.row("p", 0, bits, metrics));
  }

  /** Curves of rtn on m and n, of kivi on m alone, and a method without error. */
  private static final List<GroupRows> GROUPS =
      List.of(
          group("m", "rtn(bits=2,axis=token)", 2, 0.1),
          group("m", "rtn(bits=4,axis=token)", 4, 0.001),
          group("m", "rtn(bits=4,axis=channel)", 4, 0.5),
          group("m", "kivi(bits=2)", 2.5, 0.02),
          group("m", "kivi(bits=4)", 4.5, 0.0002),
          group("m", "none", 16, 0),
          group("n", "rtn(bits=2,axis=token)", 3, 0.04),
          group("n", "rtn(bits=4,axis=token)", 5, 0.0004));

  private static List<BudgetTable.Line> lines(Double... budgets) {
    return BudgetTable.lines(SummaryTable.of(GROUPS), List.of(budgets)).stream()
        .filter(line -> line.metric() == SummaryMetric.NMSE)
        .toList();
  }

  private static List<BudgetTable.Line> lines(String model, PromptLength length, double budget) {
    return lines(budget).stream()
        .filter(line -> line.section().model().equals(model) && line.length() == length)
        .toList();
  }

  @Test
  void interpolatesTheLogarithmAndRanks() {
    List<BudgetTable.Line> at3 = lines("m", PromptLength.CAPTURED, 3);
    assertEquals(List.of("kivi(bits=*)", "rtn(bits=*,axis=token)"), curves(at3));
    // A quarter of the way from 0.02 to 0.0002; half of the way from 0.1 to 0.001.
    assertEquals(0.02 / Math.sqrt(10), at3.get(0).error(), 1e-15);
    assertEquals(0.01, at3.get(1).error(), 1e-15);
    assertEquals(List.of(1, 2), at3.stream().map(BudgetTable.Line::rank).toList());
    assertEquals(3, at3.get(0).atBits());
    BudgetTable.Line rtn = at3.get(1);
    assertEquals(2, rtn.compared());
    assertEquals(List.of(2.0, 4.0), List.of(rtn.fromBits(), rtn.toBits()));
    assertEquals(2, rtn.points());
    assertEquals(1, rtn.models());
  }

  @Test
  void isNullWhereACurveDoesNotReach() {
    List<BudgetTable.Line> lines =
        lines(2.0, 3.0).stream()
            .filter(line -> line.section().model().equals("m"))
            .filter(line -> line.length() == PromptLength.CAPTURED && line.budget() == 2)
            .toList();
    assertEquals(List.of("rtn(bits=*,axis=token)", "kivi(bits=*)"), curves(lines));
    assertEquals(0.1, lines.get(0).error(), 1e-15);
    assertEquals(1, lines.get(0).compared());
    assertNull(lines.get(1).error());
    assertNull(lines.get(1).rank());
    assertEquals(List.of(), lines(8.0));
  }

  /** A method of 2 bits with its ranges takes 2.02, and is an answer to what is best at 2. */
  @Test
  void anEndNearABudgetCountsThere() {
    List<GroupRows> groups =
        List.of(
            group("m", "rtn(bits=2)", 4.04, 0.1),
            group("m", "rtn(bits=3)", 5.92, 0.01),
            group("m", "kivi(bits=2)", 4.08, 0.09));
    List<BudgetTable.Line> lines =
        BudgetTable.lines(SummaryTable.of(groups), List.of(2.0, 3.0)).stream()
            .filter(line -> line.length() == PromptLength.TOKENS_4K)
            .toList();
    assertEquals(List.of("rtn(bits=*)", "rtn(bits=*)"), curves(lines));
    assertEquals(List.of(2.02, 2.96), lines.stream().map(BudgetTable.Line::atBits).toList());
    assertEquals(0.1, lines.get(0).error(), 1e-15);
    assertEquals(0.01, lines.get(1).error(), 1e-15);
  }

  @Test
  void bitsAreThoseOfThePromptLength() {
    List<BudgetTable.Line> at4k = lines("m", PromptLength.TOKENS_4K, 1.5);
    assertEquals(0.01, at4k.get(1).error(), 1e-15);
    assertEquals(List.of(1.0, 2.0), List.of(at4k.get(1).fromBits(), at4k.get(1).toBits()));
    assertEquals(List.of(), lines("m", PromptLength.TOKENS_32K, 1.5));
  }

  @Test
  void overModelsWhereItReachesOnAll() {
    List<BudgetTable.Line> all = lines(GroupKey.ALL_MODELS, PromptLength.CAPTURED, 3.5);
    assertEquals(List.of("rtn(bits=*,axis=token)"), curves(all));
    // log10: m -1 - 1.5 = -2.5; n log10(0.04) - 0.5.
    double log10 = (-2.5 + Math.log10(0.04) - 0.5) / 2;
    assertEquals(Math.pow(10, log10), all.get(0).error(), 1e-15);
    assertEquals(List.of(3.0, 4.0), List.of(all.get(0).fromBits(), all.get(0).toBits()));
    assertEquals(2, all.get(0).models());
    assertEquals(List.of(), lines(GroupKey.ALL_MODELS, PromptLength.CAPTURED, 2.5));
  }

  @Test
  void equalErrorsShareARank() {
    List<GroupRows> groups =
        List.of(
            group("m", "a(bits=2)", 2, 0.1),
            group("m", "b(bits=2)", 2, 0.1),
            group("m", "c(bits=2)", 2, 0.2));
    List<Integer> ranks =
        BudgetTable.lines(SummaryTable.of(groups), List.of(2.0)).stream()
            .filter(line -> line.length() == PromptLength.CAPTURED)
            .map(BudgetTable.Line::rank)
            .toList();
    assertEquals(List.of(1, 1, 3), ranks);
    assertTrue(BudgetTable.columns().stream().anyMatch(c -> c.name().equals("rank")));
  }

  private static List<String> curves(List<BudgetTable.Line> lines) {
    return lines.stream().map(BudgetTable.Line::curve).toList();
  }
}
