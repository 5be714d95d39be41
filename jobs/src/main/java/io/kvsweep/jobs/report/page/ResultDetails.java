package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.ResultTable;
import io.kvsweep.jobs.aggregate.UnreadableFiles;
import io.kvsweep.jobs.results.ResultStore;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What the report says beyond the tables, asked of the result rows in SQL. Sums run in the order of
 * prompts, so that the same rows give the same digits however they are partitioned.
 */
final class ResultDetails {
  private static final String VIEW = "kvsweep_report_rows";

  private static final String KEY = "model, kind, method_spec, seed";

  /** Mean of a number over prompts and layers, of those that have it. */
  private static final String MEAN =
      """
      aggregate(
        filter(array_sort(collect_list(struct(prompt, layer, %1$s AS x))), r -> r.x IS NOT NULL),
        struct(0D AS total, 0L AS n),
        (sum, r) -> struct(sum.total + r.x AS total, sum.n + 1L AS n),
        sum -> CASE WHEN sum.n > 0 THEN sum.total / sum.n END)""";

  private final SparkSession spark;

  private ResultDetails(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * Opens the results as tables count them: per (model, prompt, layer, kind, method, seed) the row
   * of the latest run.
   */
  static ResultDetails open(SparkSession spark, ResultStore store) {
    ResultTable.best(spark, store)
        .selectExpr(
            "*",
            """
            row_number() OVER (PARTITION BY %s, prompt, layer
                               ORDER BY run_id DESC, cell_id DESC, unit_id DESC) AS newest"""
                .formatted(KEY))
        .where("newest = 1")
        .createOrReplaceTempView(VIEW);
    return new ResultDetails(spark);
  }

  /** Per method on a model: where, how many bytes of which sort, the references of theory. */
  List<Row> groups() {
    return ask(
        """
        SELECT %s, max(run_id) AS run_id, max(fidelity) AS fidelity,
               array_sort(collect_set(prompt)) AS prompts, array_sort(collect_set(layer)) AS layers,
               sum(codes_bytes) AS codes_bytes, sum(parameters_bytes) AS parameters_bytes,
               sum(basis_bytes) AS basis_bytes, sum(exact_bytes) AS exact_bytes,
               sum(header_bytes) AS header_bytes, sum(total_bytes) AS total_bytes,
               max(artefact_bytes) AS artefact_bytes,
               %s AS rd_limit_nmse, %s AS rd_limit_logit_rms
        FROM %s GROUP BY %s ORDER BY %s"""
            .formatted(
                KEY,
                MEAN.formatted("rd_limit_nmse"),
                MEAN.formatted("rd_limit_logit_rms"),
                VIEW,
                KEY,
                KEY));
  }

  /** How many lines {@link #heads} has. */
  long headCount() {
    return ask("""
            SELECT coalesce(sum(n), 0) AS n
            FROM (SELECT %s, layer, max(size(heads)) AS n
                  FROM %s WHERE status = 'measured' AND heads IS NOT NULL GROUP BY %s, layer)"""
            .formatted(KEY, VIEW, KEY))
        .get(0)
        .<Long>getAs("n");
  }

  /** Errors per layer and KV head, means over prompts. */
  List<Row> heads() {
    return ask(
        """
        SELECT %s, layer, head, count(*) AS n, %s AS nmse, %s AS logit_rms, %s AS attention_kl,
               %s AS output_error
        FROM (SELECT %s, prompt, layer, h.*
              FROM %s LATERAL VIEW explode(heads) AS h WHERE status = 'measured')
        GROUP BY %s, layer, head ORDER BY %s, layer, head"""
            .formatted(
                KEY,
                MEAN.formatted("nmse"),
                MEAN.formatted("logit_rms"),
                MEAN.formatted("attention_kl"),
                MEAN.formatted("output_error"),
                KEY,
                VIEW,
                KEY,
                KEY));
  }

  /** Rows that were not measured, by reason. */
  List<Row> failures() {
    return ask(
        """
        SELECT kind, method_spec, seed, coalesce(error, 'no reason given') AS error,
               count(*) AS n, array_sort(collect_set(model)) AS models,
               array_sort(collect_set(prompt)) AS prompts, array_sort(collect_set(layer)) AS layers
        FROM %s WHERE status <> 'measured'
        GROUP BY kind, method_spec, seed, error ORDER BY n DESC, kind, method_spec, seed, error"""
            .formatted(VIEW));
  }

  /** What was read, in numbers. */
  Row counts() {
    return ask("""
            SELECT count(*) AS n, count_if(status = 'measured') AS measured,
                   array_sort(collect_set(prompt)) AS prompts, array_sort(collect_set(layer)) AS layers,
                   min(tokens) AS least_tokens, max(tokens) AS most_tokens
            FROM %s"""
            .formatted(VIEW))
        .get(0);
  }

  private List<Row> ask(String sql) {
    return UnreadableFiles.named(() -> spark.sql(sql).collectAsList());
  }
}
