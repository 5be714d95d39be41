package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.ClusterBootstrap;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.stats.Observation;
import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.List;

/** Geometric means of errors, with intervals over prompts. */
final class GeometricMean {
  private GeometricMean() {}

  /**
   * Of one method on one or more models.
   *
   * @return {@link Estimate#NONE} where one of the errors is 0 or infinite: leaving it out would
   *     make a method worse for being exact somewhere
   */
  static Estimate of(List<GroupRows> models, Metric metric) {
    List<Observation> logs = new ArrayList<>();
    for (GroupRows model : models) {
      for (MetricRow row : model.measured()) {
        Double value = row.metric(metric);
        if (value == null) {
          continue;
        }
        if (!hasLog(value)) {
          return Estimate.NONE;
        }
        logs.add(new Observation(model.key().model(), row.prompt(), StrictMath.log(value)));
      }
    }
    return ClusterBootstrap.STANDARD.mean(logs).map(StrictMath::exp);
  }

  static boolean hasLog(double value) {
    return value > 0 && value < Double.POSITIVE_INFINITY;
  }
}
