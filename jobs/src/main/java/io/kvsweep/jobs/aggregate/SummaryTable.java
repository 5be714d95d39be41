package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The summary: per (model, kind, method, method_spec, seed), then over models where there are
 * several.
 *
 * @param lines by model (all models last), kind, effective bits, specification, seed
 * @param failures in the same order
 * @param superseded rows of earlier codec versions or tensors that no line counts
 */
public record SummaryTable(List<Summary> lines, List<Failure> failures, int superseded) {
  private static final Comparator<GroupKey> KEY_ORDER =
      Comparator.<GroupKey, Boolean>comparing(key -> key.model().equals(GroupKey.ALL_MODELS))
          .thenComparing(GroupKey::model)
          .thenComparing(GroupKey::kind);
  private static final Comparator<GroupKey> TIE_ORDER =
      Comparator.comparing(GroupKey::methodSpec).thenComparing(GroupKey::seed);
  private static final Comparator<Summary> ORDER =
      Comparator.comparing(Summary::key, KEY_ORDER)
          .thenComparing(Summary::capturedBits, Comparator.nullsLast(Comparator.naturalOrder()))
          .thenComparing(Summary::key, TIE_ORDER);

  static SummaryTable of(List<GroupRows> rows) {
    SectionUnits units = new SectionUnits(rows);
    List<GroupSummary> groups = rows.stream().map(group -> GroupSummary.of(group, units)).toList();
    List<Summary> lines = new ArrayList<>(groups.stream().map(GroupSummary::summary).toList());
    if (rows.stream().map(group -> group.key().model()).distinct().count() > 1) {
      Map<GroupKey, List<GroupSummary>> byMethod = new LinkedHashMap<>();
      groups.forEach(
          group ->
              byMethod
                  .computeIfAbsent(group.rows().key().overModels(), k -> new ArrayList<>())
                  .add(group));
      byMethod.forEach((key, models) -> lines.add(OverModels.of(models, units)));
    }
    lines.sort(ORDER);
    List<Failure> failures =
        rows.stream()
            .flatMap(group -> group.failures().stream())
            .sorted(
                Comparator.comparing(Failure::key, KEY_ORDER.thenComparing(TIE_ORDER))
                    .thenComparing(Failure::prompt)
                    .thenComparingInt(Failure::layer))
            .toList();
    int superseded = rows.stream().mapToInt(GroupRows::superseded).sum();
    return new SummaryTable(List.copyOf(lines), failures, superseded);
  }

  /** Methods that measured less on a model than others did: in no comparison by means. */
  public List<Summary> incomplete() {
    return lines.stream()
        .filter(line -> !line.key().section().isOverModels())
        .filter(line -> line.measured() < line.units())
        .toList();
  }

  /** Methods that measured all, but a metric in fewer rows than others: by it in no comparison. */
  public List<Summary> lacking(SummaryMetric metric) {
    return lines.stream()
        .filter(line -> !line.key().section().isOverModels())
        .filter(line -> line.lacks(metric))
        .toList();
  }

  /** Methods that measured rows of a model with several versions: the same. */
  public List<Summary> mixed() {
    return lines.stream().filter(Summary::isMixed).toList();
  }

  /** The columns of the summary. */
  public static List<Column<Summary>> columns() {
    List<Column<Summary>> columns =
        new ArrayList<>(
            List.of(
                Column.ofString("model", s -> s.key().model()),
                Column.ofString("kind", s -> s.key().kind()),
                Column.ofString("method", s -> s.key().method()),
                Column.ofString("method_spec", s -> s.key().methodSpec()),
                Column.ofLong("seed", s -> s.key().seed()),
                Column.ofInt("n_models", Summary::models),
                Column.ofInt("n", Summary::rows),
                Column.ofInt("n_prompts", Summary::prompts),
                Column.ofInt("n_layers", Summary::layers),
                Column.ofInt("failed", Summary::failed),
                Column.ofInt("n_units", Summary::units),
                Column.ofInt("n_versions", Summary::versions),
                Column.ofDouble("nominal_bits", Summary::nominalBits),
                Column.ofDouble("effective_bits", Summary::capturedBits),
                Column.ofDouble("compression_ratio", Summary::compressionRatio)));
    for (PromptLength length : PromptLength.values()) {
      if (length != PromptLength.CAPTURED) {
        columns.add(Column.ofDouble(length.bits().key(), s -> s.effectiveBits(length)));
      }
    }
    columns.add(Column.ofDouble("read_ratio", Summary::readRatio));
    columns.add(Column.ofDouble("kept_mass", Summary::keptMass));
    columns.add(Column.ofInt("n_below_limit", Summary::belowLimit));
    columns.add(Column.ofInt("n_below_logit_limit", Summary::belowLogitLimit));
    for (SummaryMetric metric : SummaryMetric.values()) {
      String name = metric.label();
      columns.add(Column.ofInt(name + "_n", s -> s.metric(metric).n()));
      columns.add(Column.ofBoolean(name + "_compares", s -> s.compares(metric)));
      columns.add(Column.ofDouble(name + "_mean", s -> s.metric(metric).mean()));
      columns.add(Column.ofDouble(name + "_median", s -> s.metric(metric).median()));
      columns.add(Column.ofDouble(name + "_worst", s -> s.metric(metric).worst()));
      columns.add(Column.ofDouble(name + "_geomean", s -> s.metric(metric).geometric().mean()));
      columns.add(Column.ofDouble(name + "_geomean_low", s -> s.metric(metric).geometric().low()));
      columns.add(
          Column.ofDouble(name + "_geomean_high", s -> s.metric(metric).geometric().high()));
      if (MetricRow.HEAD_METRICS.contains(metric.metric())) {
        columns.add(Column.ofDouble(name + "_mean_of_heads", s -> s.metric(metric).meanOfHeads()));
      }
      if (metric == SummaryMetric.NMSE) {
        columns.add(Column.ofDouble("nmse_total", Summary::nmseTotal));
        columns.add(Column.ofString("nmse_worst_model", s -> place(s, Summary.Place::model)));
        columns.add(Column.ofInt("nmse_worst_layer", s -> place(s, Summary.Place::layer)));
        columns.add(Column.ofString("nmse_worst_prompt", s -> place(s, Summary.Place::prompt)));
      }
    }
    return List.copyOf(columns);
  }

  private static <T> T place(Summary line, Function<Summary.Place, T> part) {
    return line.worst() == null ? null : part.apply(line.worst());
  }
}
