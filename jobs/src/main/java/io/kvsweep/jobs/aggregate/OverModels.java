package io.kvsweep.jobs.aggregate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * A line over models: each model counts once, however many prompts and layers it has. Means,
 * medians, bits and ratio are the mean of the models' own; counts are added; worst is the worst of
 * all.
 */
final class OverModels {
  private OverModels() {}

  /**
   * @param models lines of the same kind, method and seed, one per model
   */
  static Summary of(List<Summary> models) {
    List<Summary> sorted = new ArrayList<>(models);
    sorted.sort(Comparator.comparing(summary -> summary.key().model()));
    List<MetricSummary> metrics = new ArrayList<>();
    for (SummaryMetric metric : SummaryMetric.values()) {
      metrics.add(
          new MetricSummary(
              mean(sorted, summary -> summary.metric(metric).mean()),
              mean(sorted, summary -> summary.metric(metric).median()),
              MetricSummary.of(sorted.stream().map(s -> s.metric(metric).worst()).toList())
                  .worst()));
    }
    return new Summary(
        sorted.get(0).key().overModels(),
        sorted.size(),
        sorted.stream().mapToInt(Summary::rows).sum(),
        sorted.stream().mapToInt(Summary::prompts).sum(),
        sorted.stream().mapToInt(Summary::layers).sum(),
        sorted.stream().mapToInt(Summary::failed).sum(),
        mean(sorted, Summary::nominalBits),
        mean(sorted, Summary::effectiveBits),
        mean(sorted, Summary::compressionRatio),
        List.copyOf(metrics),
        worst(sorted));
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
