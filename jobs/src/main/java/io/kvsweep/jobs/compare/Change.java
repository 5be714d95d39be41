package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.MetricRow;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.stats.ClusterBootstrap;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.stats.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What became of one number.
 *
 * @param logRatio of new over old, over the pairs of which both have a logarithm; 0 where both are
 *     the same, also where both are exact or have no more than rounding leaves
 * @param fromZero pairs that were exact and are not any more
 * @param toInfinity pairs that were finite, but not exact, and are infinite now
 * @param toZero pairs that are exact now and were not
 * @param fromInfinity pairs that were infinite and are finite now, but not exact
 * @param lost pairs that have no such number any more
 */
record Change(
    Compared compared,
    Estimate logRatio,
    int fromZero,
    int toInfinity,
    int toZero,
    int fromInfinity,
    int lost,
    Verdict verdict) {

  /**
   * @param models each with its pairs
   */
  static Change of(Compared compared, List<PairedRows> models, double threshold) {
    List<Observation> logs = new ArrayList<>();
    int fromZero = 0;
    int toInfinity = 0;
    int toZero = 0;
    int fromInfinity = 0;
    int lost = 0;
    double rounding = compared.rounding();
    for (PairedRows model : models) {
      for (PairedRows.Pair pair : model.pairs()) {
        Double x = value(model, pair.before(), compared);
        Double y = value(model, pair.now(), compared);
        if (x == null || y == null) {
          lost += x == null ? 0 : 1;
        } else if (x.equals(y) || Math.max(x, y) <= rounding) {
          logs.add(new Observation(model.key().model(), pair.now().prompt(), 0));
        } else if (x == 0) {
          fromZero++;
        } else if (y == 0) {
          toZero++;
        } else if (y == Double.POSITIVE_INFINITY) {
          toInfinity++;
        } else if (x == Double.POSITIVE_INFINITY) {
          fromInfinity++;
        } else {
          double log = StrictMath.log(y) - StrictMath.log(x);
          logs.add(new Observation(model.key().model(), pair.now().prompt(), log));
        }
      }
    }
    Estimate estimate = ClusterBootstrap.STANDARD.mean(logs);
    Verdict verdict = Verdict.of(estimate, agree(logs), threshold);
    if (fromZero + toInfinity + lost > 0) {
      verdict = Verdict.WORSE;
    } else if (toZero + fromInfinity > 0) {
      verdict = verdict.and(Verdict.BETTER);
    }
    return new Change(
        compared, estimate, fromZero, toInfinity, toZero, fromInfinity, lost, verdict);
  }

  private static boolean agree(List<Observation> logs) {
    return logs.stream()
            .collect(
                Collectors.groupingBy(
                    log -> List.of(log.model(), log.prompt()),
                    Collectors.averagingDouble(Observation::value)))
            .values()
            .stream()
            .map(Math::signum)
            .distinct()
            .count()
        == 1;
  }

  private static Double value(PairedRows model, MetricRow row, Compared compared) {
    boolean tells = SummaryMetric.tells(compared.metric(), model.key().kind());
    return tells ? row.metric(compared.metric()) : null;
  }
}
