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

  /** Mean of a number over sorted rows, of those that have it. */
  private static final String MEAN =
      """
      aggregate(
        filter(rows, r -> r.%1$s IS NOT NULL),
        struct(0D AS total, 0L AS n),
        (sum, r) -> struct(sum.total + r.%1$s AS total, sum.n + 1L AS n),
        sum -> CASE WHEN sum.n > 0 THEN sum.total / sum.n END) AS %1$s""";

  /** A message without the model, the prompt and the tensor of its cell, and without numbers. */
  private static final String REASON =
      """
      regexp_replace(
        regexp_replace(
          regexp_replace(
            regexp_replace(error, %s, 'MODEL'), %s, 'PROMPT'),
          '[0-9]+', '0'),
        'layers[.]0[.](key|value|query)', 'TENSOR')"""
          .formatted(word("model"), word("prompt"));

  /** Matches the name in a column where it is no part of a word. */
  private static String word(String column) {
    return "concat(r'(?<!\\w)\\Q', replace(%s, r'\\E', ' '), r'\\E(?!\\w)')".formatted(column);
  }

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

  /**
   * Per method on a model: how many rows, where, how many bytes of which sort, the references of
   * theory, and how many lines of {@link #heads} it has.
   */
  List<Row> groups() {
    return ask(
        """
        SELECT *, %s, %s FROM (
          SELECT %s, max(run_id) AS run_id, max(fidelity) AS fidelity,
                 count(*) AS n, count_if(status = 'measured') AS measured,
                 array_sort(collect_set(prompt)) AS prompts,
                 array_sort(collect_set(layer)) AS layers,
                 min(tokens) AS least_tokens, max(tokens) AS most_tokens,
                 sum(codes_bytes) AS codes_bytes, sum(parameters_bytes) AS parameters_bytes,
                 sum(basis_bytes) AS basis_bytes, sum(exact_bytes) AS exact_bytes,
                 sum(header_bytes) AS header_bytes, sum(total_bytes) AS total_bytes,
                 max(artefact_bytes) AS artefact_bytes,
                 coalesce(count(DISTINCT layer) * max(size(heads)), 0) AS head_lines,
                 array_sort(collect_list(struct(prompt, layer,
                   rd_limit_nmse AS limit_nmse, rd_limit_logit_rms AS limit_logit_rms))) AS rows
          FROM %s GROUP BY %s)
        ORDER BY %s"""
            .formatted(
                MEAN.formatted("limit_nmse"),
                MEAN.formatted("limit_logit_rms"),
                KEY,
                VIEW,
                KEY,
                KEY));
  }

  /** Errors per layer and KV head, means over prompts. */
  List<Row> heads() {
    return ask(
        """
        SELECT %s, layer, head, n, %s, %s, %s, %s FROM (
          SELECT %s, layer, h.head AS head, count(*) AS n,
                 array_sort(collect_list(struct(prompt,
                   h.nmse, h.logit_rms, h.attention_kl, h.output_error))) AS rows
          FROM %s LATERAL VIEW explode(heads) AS h WHERE status = 'measured'
          GROUP BY %s, layer, h.head)
        ORDER BY %s, layer, head"""
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

  /**
   * Rows that were not measured, by reason: messages that differ in the place of their cell or in
   * numbers alone are one, and the first of them stands for all.
   */
  List<Row> failures() {
    return ask(
        """
        SELECT seed, min(error) AS error, count(DISTINCT error) AS messages, count(*) AS n,
               array_sort(collect_set(kind)) AS kinds,
               array_sort(collect_set(method_spec)) AS methods,
               array_sort(collect_set(model)) AS models,
               array_sort(collect_set(prompt)) AS prompts, array_sort(collect_set(layer)) AS layers
        FROM (
          SELECT * EXCEPT (error), coalesce(error, 'no reason given') AS error
          FROM %s WHERE status <> 'measured')
        GROUP BY seed, %s ORDER BY n DESC, seed, error"""
            .formatted(VIEW, REASON));
  }

  /**
   * Where rows were not measured: of a model, seed and run the methods that failed on all of these
   * layers of all of these prompts, and on these alone; kinds of which all that is true are one.
   */
  List<Row> retries() {
    return ask(
        """
        SELECT model, seed, run_id, prompts, layers, methods,
               array_sort(collect_set(kind)) AS kinds
        FROM (
          SELECT model, kind, seed, run_id, prompts, layers,
                 array_sort(collect_set(method_spec)) AS methods
          FROM (
          SELECT model, kind, seed, run_id, method_spec, layers,
                 array_sort(collect_set(prompt)) AS prompts
          FROM (
            SELECT model, kind, seed, run_id, method_spec, prompt,
                   array_sort(collect_set(layer)) AS layers
            FROM %s WHERE status <> 'measured'
            GROUP BY model, kind, seed, run_id, method_spec, prompt)
          GROUP BY model, kind, seed, run_id, method_spec, layers)
          GROUP BY model, kind, seed, run_id, prompts, layers)
        GROUP BY model, seed, run_id, prompts, layers, methods
        ORDER BY model, kinds, seed, run_id, prompts, layers"""
            .formatted(VIEW));
  }

  private List<Row> ask(String sql) {
    return UnreadableFiles.named(() -> spark.sql(sql).collectAsList());
  }
}
