package io.kvsweep.jobs.report.page;

import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * Errors per layer and KV head, for heat maps.
 *
 * @param rows sorted; empty where there are more than a page holds
 */
record Heads(List<Row> rows, Names names) {
  /** What result rows hold per head. */
  static final List<Metric> METRICS =
      List.of(Metric.NMSE, Metric.LOGIT_RMS, Metric.ATTENTION_KL, Metric.OUTPUT_ERROR);

  /**
   * @param count how many there are, at most
   */
  static Heads read(Names names, ResultDetails details, long count, PointBudget points) {
    boolean fits =
        points.fits(
            count,
            String.format(Locale.ROOT, "The up to %,d errors per layer and head are", count),
            "SELECT model, kind, method_spec, layer, h.head, avg(h.nmse) AS nmse FROM results"
                + " LATERAL VIEW explode(heads) AS h WHERE status = 'measured'"
                + " GROUP BY ALL ORDER BY ALL");
    return new Heads(fits ? names.shown(details.heads()) : List.of(), names);
  }

  /** One list per row, {@code layer, head, n} and the metrics, by model, scope and spec. */
  Object data() {
    List<Object> groups = new ArrayList<>();
    List<Object> cells = new ArrayList<>();
    List<Integer> last = List.of();
    for (Row row : rows) {
      List<Integer> key =
          List.of(
              names.model(row.getAs("model")),
              names.scope(row),
              names.spec(row.getAs("method_spec")));
      if (!key.equals(last)) {
        cells = new ArrayList<>();
        groups.add(
            Map.of("model", key.get(0), "scope", key.get(1), "spec", key.get(2), "cells", cells));
        last = key;
      }
      List<Object> cell = new ArrayList<>();
      cell.add(row.<Integer>getAs("layer"));
      cell.add(row.<Integer>getAs("head"));
      cell.add(row.<Long>getAs("n"));
      METRICS.forEach(metric -> cell.add(Rows.data(row, metric.key())));
      cells.add(cell);
    }
    return groups;
  }
}
