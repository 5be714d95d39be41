package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.ShortSpec;
import io.kvsweep.jobs.table.TextTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Curves at equal effective bits, for a terminal: one error at the captured length. */
final class BudgetText {
  private static final String BEST = "*";

  private BudgetText() {}

  /**
   * A line per curve, those first that are best or next to it at most budgets; nothing where no
   * curve reaches a budget.
   *
   * @param budgets lines of the table
   */
  static String of(Section section, SummaryMetric metric, List<BudgetTable.Line> budgets) {
    Map<Double, Map<String, BudgetTable.Line>> columns = new TreeMap<>();
    Map<String, List<Integer>> ranks = new LinkedHashMap<>();
    for (BudgetTable.Line line : budgets) {
      if (line.section().equals(section)
          && line.metric() == metric
          && line.length() == PromptLength.CAPTURED
          && line.error() != null) {
        columns.computeIfAbsent(line.budget(), k -> new TreeMap<>()).put(line.curve(), line);
        ranks.computeIfAbsent(line.curve(), k -> new ArrayList<>()).add(line.rank());
      }
    }
    if (columns.isEmpty()) {
      return "";
    }
    List<String> headers = new ArrayList<>(List.of("at equal effective bits"));
    columns.keySet().forEach(budget -> headers.add(TextTable.number(budget, 1)));
    TextTable table = new TextTable(headers, 1);
    ranks.keySet().stream()
        .sorted(
            Comparator.comparingDouble((String curve) -> mean(ranks.get(curve)))
                .thenComparing(Comparator.naturalOrder()))
        .forEach(
            curve -> {
              List<String> cells = new ArrayList<>(List.of(ShortSpec.STANDARD.curve(curve)));
              columns.values().forEach(lines -> cells.add(cell(lines.get(curve))));
              table.row(cells);
            });
    return table.toString();
  }

  private static double mean(List<Integer> ranks) {
    return ranks.stream().mapToInt(rank -> rank).average().orElseThrow();
  }

  private static String cell(BudgetTable.Line line) {
    if (line == null) {
      return "-";
    }
    return TextTable.number(line.error()) + (line.rank() == 1 ? BEST : " ");
  }
}
