package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** The table {@code summary} with what {@link ResultDetails} adds, by name. */
final class Summaries {
  private Summaries() {}

  /**
   * A method on a model, or over models.
   *
   * @param row of the table
   * @param group of the results; null over models
   * @param rerun null over models
   */
  record Line(int model, int scope, int spec, Row row, Row group, Rerun rerun) {
    Double bits(PromptLength length) {
      return Rows.number(row, bitsColumn(length));
    }

    Double error(SummaryMetric metric) {
      return Rows.number(row, metric.label() + "_mean");
    }

    /** Rows in its means. */
    int measured() {
      return count("n") - count("failed");
    }

    /** Whether it measured all that any method compared with it did. */
    boolean isComplete() {
      return Summaries.isComplete(row);
    }

    /** Whether its mean of an error may be held against those of others. */
    boolean compares(SummaryMetric metric) {
      return Summaries.compares(row, metric);
    }

    int count(String column) {
      return row.<Integer>getAs(column);
    }
  }

  /** Whether a row of the table measured all that any method did, with one version. */
  static boolean isComplete(Row row) {
    return row.<Integer>getAs("n") - row.<Integer>getAs("failed") == row.<Integer>getAs("n_units")
        && row.<Integer>getAs("n_versions") <= 1;
  }

  /** Whether its mean of an error may be held against those of others. */
  static boolean compares(Row row, SummaryMetric metric) {
    return row.<Boolean>getAs(metric.label() + "_compares");
  }

  static String bitsColumn(PromptLength length) {
    return length == PromptLength.CAPTURED ? "effective_bits" : "effective_bits_" + length.label();
  }

  /** In the order of the table. */
  static List<Line> of(Names names, List<Row> summary, List<Row> groups, Runs runs) {
    Map<String, Row> byKey = new HashMap<>();
    groups.forEach(row -> byKey.put(key(row), row));
    List<Line> lines = new ArrayList<>();
    for (Row row : summary) {
      Row group = byKey.get(key(row));
      boolean over = row.<String>getAs("model").equals(GroupKey.ALL_MODELS);
      if (group == null && !over) {
        throw new IllegalStateException("a summary of rows that are not there: " + key(row));
      }
      lines.add(
          new Line(
              names.model(row.getAs("model")),
              names.scope(row),
              names.spec(row.getAs("method_spec")),
              row,
              group,
              over ? null : Rerun.of(group, runs.dataset(group.getAs("run_id")))));
    }
    return lines;
  }

  /** How many (prompt, layer) the method covered most has, by model and scope. */
  static Map<String, Integer> fullCounts(List<Line> lines) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Line line : lines) {
      counts.merge(line.model() + "/" + line.scope(), line.count("n"), Math::max);
    }
    return counts;
  }

  private static String key(Row row) {
    return String.join(
        "\n",
        row.getAs("model"),
        row.getAs("kind"),
        row.getAs("method_spec"),
        String.valueOf(row.<Long>getAs("seed")));
  }
}
