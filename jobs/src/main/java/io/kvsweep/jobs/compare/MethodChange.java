package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.GroupKey;
import java.util.List;

/**
 * What became of one method, on one model or on {@link GroupKey#ALL_MODELS}.
 *
 * @param changes in the order of {@link Compared}
 * @param verdict worse if any number is, or if something fails that did not; else better if any is;
 *     else the same
 */
record MethodChange(GroupKey key, PairedRows rows, List<Change> changes, Verdict verdict) {

  static MethodChange of(GroupKey key, List<PairedRows> models, double threshold) {
    PairedRows together = PairedRows.together(key, models);
    List<Change> changes = Compared.ALL.stream().map(c -> Change.of(c, models, threshold)).toList();
    Verdict verdict = together.failsNow() > 0 ? Verdict.WORSE : Verdict.SAME;
    for (Change change : changes) {
      verdict = verdict.and(change.verdict());
    }
    return new MethodChange(key, together, changes, verdict);
  }
}
