package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.GroupRows;
import io.kvsweep.jobs.aggregate.MetricRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One method on one model in both outputs.
 *
 * @param inBoth (prompt, layer) that both outputs have
 * @param pairs measured in both, on the same tensors
 * @param otherVersion how many of the pairs have another cell id: another version of the codec or
 *     another calibration
 * @param otherTensors (prompt, layer) whose tensors are others now: not compared
 * @param failsNow measured before, failed now
 * @param worksNow failed before, measured now
 * @param failsStill failed before and now
 * @param gone in the old output alone
 * @param added in the new output alone
 */
record PairedRows(
    GroupKey key,
    int inBoth,
    List<Pair> pairs,
    int otherVersion,
    int otherTensors,
    int failsNow,
    int worksNow,
    int failsStill,
    int gone,
    int added) {

  /** Whether there is something on the same tensors in both outputs, be it a failure. */
  boolean compared() {
    return !pairs.isEmpty() || failsNow + worksNow + failsStill > 0;
  }

  /** The same (model, prompt, layer, method, kind, seed) before and now. */
  record Pair(MetricRow before, MetricRow now) {}

  /**
   * @param before null where the old output has no such group
   * @param now null where the new one has none
   */
  static PairedRows of(GroupKey key, GroupRows before, GroupRows now) {
    Map<MetricRow.Cell, MetricRow> a = byCell(before);
    Map<MetricRow.Cell, MetricRow> b = byCell(now);
    List<Pair> pairs = new ArrayList<>();
    int otherVersion = 0;
    int otherTensors = 0;
    int failsNow = 0;
    int worksNow = 0;
    int failsStill = 0;
    TreeSet<MetricRow.Cell> both = new TreeSet<>(a.keySet());
    both.retainAll(b.keySet());
    for (MetricRow.Cell cell : both) {
      MetricRow x = a.get(cell);
      MetricRow y = b.get(cell);
      if (!x.unitId().equals(y.unitId())) {
        otherTensors++;
      } else if (x.failed() || y.failed()) {
        failsNow += !x.failed() ? 1 : 0;
        worksNow += !y.failed() ? 1 : 0;
        failsStill += x.failed() && y.failed() ? 1 : 0;
      } else {
        pairs.add(new Pair(x, y));
        otherVersion += x.cellId().equals(y.cellId()) ? 0 : 1;
      }
    }
    return new PairedRows(
        key,
        both.size(),
        List.copyOf(pairs),
        otherVersion,
        otherTensors,
        failsNow,
        worksNow,
        failsStill,
        a.size() - both.size(),
        b.size() - both.size());
  }

  private static Map<MetricRow.Cell, MetricRow> byCell(GroupRows group) {
    Map<MetricRow.Cell, MetricRow> rows = new TreeMap<>();
    if (group != null) {
      group.rows().forEach(row -> rows.put(row.cell(), row));
    }
    return rows;
  }

  /** The same method on several models. */
  static PairedRows together(GroupKey key, List<PairedRows> models) {
    return new PairedRows(
        key,
        models.stream().mapToInt(PairedRows::inBoth).sum(),
        models.stream().flatMap(m -> m.pairs().stream()).toList(),
        models.stream().mapToInt(PairedRows::otherVersion).sum(),
        models.stream().mapToInt(PairedRows::otherTensors).sum(),
        models.stream().mapToInt(PairedRows::failsNow).sum(),
        models.stream().mapToInt(PairedRows::worksNow).sum(),
        models.stream().mapToInt(PairedRows::failsStill).sum(),
        models.stream().mapToInt(PairedRows::gone).sum(),
        models.stream().mapToInt(PairedRows::added).sum());
  }
}
