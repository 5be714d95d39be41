package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.ParetoFrontier;
import io.kvsweep.jobs.table.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The methods that no other beats in both bits and mean error, per section, metric and prompt
 * length. A method without error stays. Only methods compete that measured all that any of the
 * section did: one that was tried on easy layers or models alone would win; methods with a selector
 * only in output error.
 */
final class FrontierTable {
  private FrontierTable() {}

  /** A method on a frontier. */
  record Line(
      Section section,
      SummaryMetric metric,
      PromptLength length,
      GroupKey method,
      Double nominalBits,
      double effectiveBits,
      double error) {}

  /** By section, metric, length and bits. */
  static List<Line> lines(SummaryTable summary) {
    Map<Section, List<Summary>> sections = new TreeMap<>();
    for (Summary line : summary.lines()) {
      sections.computeIfAbsent(line.key().section(), k -> new ArrayList<>()).add(line);
    }
    List<Line> frontier = new ArrayList<>();
    sections.forEach(
        (section, lines) -> {
          for (SummaryMetric metric : SummaryMetric.values()) {
            for (PromptLength length : PromptLength.values()) {
              frontier.addAll(frontier(section, metric, length, lines));
            }
          }
        });
    return frontier;
  }

  private static List<Line> frontier(
      Section section, SummaryMetric metric, PromptLength length, List<Summary> lines) {
    List<Line> points =
        lines.stream()
            .filter(line -> line.effectiveBits(length) != null)
            .filter(line -> line.compares(metric))
            .map(
                line ->
                    new Line(
                        section,
                        metric,
                        length,
                        line.key(),
                        line.nominalBits(),
                        line.effectiveBits(length),
                        line.metric(metric).mean()))
            .toList();
    return ParetoFrontier.of(
        points,
        Line::effectiveBits,
        Line::error,
        Comparator.comparing(p -> p.method().methodSpec()));
  }

  static List<Column<Line>> columns() {
    List<Column<Line>> columns = Section.columns(Line::section);
    columns.addAll(
        List.of(
            Column.ofString("metric", line -> line.metric().label()),
            Column.ofString("prompt_length", line -> line.length().label()),
            Column.ofString("method", line -> line.method().method()),
            Column.ofString("method_spec", line -> line.method().methodSpec()),
            Column.ofDouble("nominal_bits", Line::nominalBits),
            Column.ofDouble("effective_bits", Line::effectiveBits),
            Column.ofDouble("error", Line::error)));
    return List.copyOf(columns);
  }
}
