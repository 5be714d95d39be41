package io.kvsweep.jobs.aggregate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A line over models: each model counts once, however many prompts and layers it has. Means,
 * medians, bits and ratio are the mean of the models' own; counts are added; worst is the worst of
 * all.
 */
final class OverModels {
  private OverModels() {}

  /**
   * @param groups of the same kind, method and seed, one per model
   */
  static Summary of(List<GroupSummary> groups, SectionUnits units) {
    List<GroupSummary> sorted = new ArrayList<>(groups);
    sorted.sort(Comparator.comparing(group -> group.rows().key().model()));
    List<Summary> models = sorted.stream().map(GroupSummary::summary).toList();
    List<GroupRows> rows = sorted.stream().map(GroupSummary::rows).toList();
    GroupKey key = models.get(0).key().overModels();
    boolean onAll = models.size() == units.models(key.section());
    List<MetricSummary> metrics = new ArrayList<>();
    for (SummaryMetric metric : SummaryMetric.values()) {
      metrics.add(
          new MetricSummary(
              models.stream().mapToInt(summary -> summary.metric(metric).n()).sum(),
              onAll && models.stream().allMatch(summary -> summary.metric(metric).complete()),
              mean(models, summary -> summary.metric(metric).mean()),
              mean(models, summary -> summary.metric(metric).median()),
              models.stream()
                  .map(summary -> summary.metric(metric).worst())
                  .filter(worst -> worst != null)
                  .max(Double::compare)
                  .orElse(null),
              mean(models, summary -> summary.metric(metric).meanOfHeads()),
              GeometricMean.of(rows, metric.metric())));
    }
    Map<PromptLength, Double> bits = new EnumMap<>(PromptLength.class);
    for (PromptLength length : PromptLength.values()) {
      bits.put(length, mean(models, summary -> summary.effectiveBits(length)));
    }
    return new Summary(
        key,
        // Where all failed, nothing is in a mean: such a model is not covered.
        (int) models.stream().filter(model -> model.failed() < model.rows()).count(),
        models.stream().mapToInt(Summary::rows).sum(),
        models.stream().mapToInt(Summary::prompts).sum(),
        models.stream().mapToInt(Summary::layers).sum(),
        models.stream().mapToInt(Summary::failed).sum(),
        units.of(key),
        versions(models, rows),
        mean(models, Summary::readRatio),
        mean(models, Summary::keptMass),
        models.stream().mapToInt(Summary::belowLimit).sum(),
        models.stream().mapToInt(Summary::belowLogitLimit).sum(),
        mean(models, Summary::nominalBits),
        bits,
        mean(models, Summary::compressionRatio),
        mean(models, Summary::nmseTotal),
        List.copyOf(metrics),
        worst(models));
  }

  /** Of a method without artefacts, those of all models together. */
  private static int versions(List<Summary> models, List<GroupRows> rows) {
    return rows.get(0).key().isCalibrated()
        ? models.stream().mapToInt(Summary::versions).max().orElse(0)
        : (int) rows.stream().flatMap(group -> group.versions().stream()).distinct().count();
  }

  private static Double mean(List<Summary> models, Function<Summary, Double> value) {
    return MetricSummary.mean(models.stream().map(value).toList());
  }

  private static Summary.Place worst(List<Summary> models) {
    Summary worst = null;
    for (Summary model : models) {
      if (model.worst() != null
          && (worst == null || Double.compare(nmse(model), nmse(worst)) > 0)) {
        worst = model;
      }
    }
    return worst == null ? null : worst.worst();
  }

  private static double nmse(Summary summary) {
    return summary.metric(SummaryMetric.NMSE).worst();
  }
}
