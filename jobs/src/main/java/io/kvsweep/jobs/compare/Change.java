package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.MetricRow;
import io.kvsweep.jobs.stats.ClusterBootstrap;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.stats.Observation;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of one number.
 *
 * @param logRatio of new over old, over the pairs of which both have a logarithm; 0 where both are
 *     the same, also where both are exact
 * @param fromZero pairs that were exact and are not any more
 * @param toZero pairs that are exact now, or were infinite
 * @param lost pairs that have no such number any more
 */
record Change(
    Compared compared, Estimate logRatio, int fromZero, int toZero, int lost, Verdict verdict) {

  /**
   * @param models each with its pairs
   */
  static Change of(Compared compared, List<PairedRows> models, double threshold) {
    List<Observation> logs = new ArrayList<>();
    int fromZero = 0;
    int toZero = 0;
    int lost = 0;
    for (PairedRows model : models) {
      for (PairedRows.Pair pair : model.pairs()) {
        Double x = value(pair.before(), compared);
        Double y = value(pair.now(), compared);
        if (x == null || y == null) {
          lost += x == null ? 0 : 1;
        } else if (x.equals(y)) {
          logs.add(new Observation(model.key().model(), pair.now().prompt(), 0));
        } else if (x == 0 || y == Double.POSITIVE_INFINITY) {
          fromZero++;
        } else if (y == 0 || x == Double.POSITIVE_INFINITY) {
          toZero++;
        } else {
          double log = StrictMath.log(y) - StrictMath.log(x);
          logs.add(new Observation(model.key().model(), pair.now().prompt(), log));
        }
      }
    }
    Estimate estimate = ClusterBootstrap.STANDARD.mean(logs);
    Verdict verdict = Verdict.of(estimate, threshold);
    if (fromZero + lost > 0) {
      verdict = Verdict.WORSE;
    } else if (toZero > 0) {
      verdict = verdict.and(Verdict.BETTER);
    }
    return new Change(compared, estimate, fromZero, toZero, lost, verdict);
  }

  private static Double value(MetricRow row, Compared compared) {
    return row.metric(compared.metric());
  }
}
