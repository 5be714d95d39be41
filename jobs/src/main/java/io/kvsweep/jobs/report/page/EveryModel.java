package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.report.page.Frontiers.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * Configurations on all models together, as budgets ask for them: bits are the most that one takes
 * on any model, the error is the geometric mean of the models' means. The means of the line over
 * models would let a method into a budget that it keeps on average alone.
 */
final class EveryModel {
  private EveryModel() {}

  /**
   * By place of the line over models, unsorted; empty where there is none.
   *
   * @param summary rows of the table, also of models that the page has no room for
   */
  static Map<String, List<Point>> points(Names names, List<Row> summary) {
    Map<List<Integer>, Row> overModels = new LinkedHashMap<>();
    Map<List<Integer>, List<Row>> methods = new LinkedHashMap<>();
    for (Row row : summary) {
      List<Integer> method = List.of(names.scope(row), names.spec(row.getAs("method_spec")));
      if (row.<String>getAs("model").equals(GroupKey.ALL_MODELS)) {
        overModels.put(method, row);
      } else {
        methods.computeIfAbsent(method, k -> new ArrayList<>()).add(row);
      }
    }
    Map<String, List<Point>> points = new LinkedHashMap<>();
    methods.forEach(
        (method, rows) -> {
          int scope = method.get(0);
          int spec = method.get(1);
          Row over = overModels.get(method);
          for (SummaryMetric metric : SummaryMetric.values()) {
            for (PromptLength length : PromptLength.values()) {
              Double bits = most(rows, Summaries.bitsColumn(length));
              Double error = geometricMean(rows, metric.label() + "_mean");
              if (over != null
                  && Summaries.compares(over, metric)
                  && bits != null
                  && error != null) {
                points
                    .computeIfAbsent(
                        Frontiers.place(names.overModels(), scope, metric.label(), length.label()),
                        k -> new ArrayList<>())
                    .add(new Point(spec, bits, error));
              }
            }
          }
        });
    return points;
  }

  /** Null where one is. */
  private static Double most(List<Row> rows, String column) {
    double most = 0;
    for (Row row : rows) {
      Double value = Rows.number(row, column);
      if (value == null) {
        return null;
      }
      most = Math.max(most, value);
    }
    return most;
  }

  /** 0 where all are; null where one is null, or 0 beside others, which would hide these. */
  private static Double geometricMean(List<Row> rows, String column) {
    double logs = 0;
    int zeros = 0;
    for (Row row : rows) {
      Double value = Rows.number(row, column);
      if (value == null) {
        return null;
      }
      zeros += value == 0 ? 1 : 0;
      logs += StrictMath.log(value);
    }
    if (zeros > 0) {
      return zeros == rows.size() ? 0.0 : null;
    }
    return StrictMath.exp(logs / rows.size());
  }
}
