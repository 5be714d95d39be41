package io.kvsweep.jobs.compare;

import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.table.Plural;
import io.kvsweep.jobs.table.ShortSpec;
import io.kvsweep.jobs.table.TextTable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A comparison in words, for a terminal. */
final class CompareText {
  private CompareText() {}

  static String of(Comparison comparison, double threshold) {
    StringBuilder text = new StringBuilder();
    List<PairedRows> rows = comparison.rows();
    text.append(
        "%s in both, %d only in the old output, %d only in the new one\n"
            .formatted(
                Plural.of(rows.stream().mapToInt(PairedRows::inBoth).sum(), "cell"),
                rows.stream().mapToInt(PairedRows::gone).sum(),
                rows.stream().mapToInt(PairedRows::added).sum()));
    comparison.novelty().lines().forEach(line -> text.append(line).append('\n'));
    notes(rows, text);
    text.append('\n').append(table(shown(comparison.methods()))).append('\n');
    text.append(
        ("New over old, geometric mean over layers and prompts of identical tensors; below 1 is"
                + " better. In brackets its 95 %% interval over prompts, where there are several."
                + " worse, better: beyond %s, where all prompts agree or the interval is without 1.\n")
            .formatted(percent(threshold)));
    text.append(conclusion(comparison));
    return text.toString();
  }

  private static String percent(double threshold) {
    BigDecimal percent = BigDecimal.valueOf(threshold).movePointRight(2);
    return percent.stripTrailingZeros().toPlainString() + " %";
  }

  private static void notes(List<PairedRows> rows, StringBuilder text) {
    note(
        text,
        rows.stream().mapToInt(PairedRows::otherVersion).sum(),
        "measured by another version of the method or another calibration");
    note(
        text,
        rows.stream().mapToInt(PairedRows::otherTensors).sum(),
        "not compared: their tensors are others now");
    note(text, rows.stream().mapToInt(PairedRows::failsNow).sum(), "failed now, measured before");
    note(text, rows.stream().mapToInt(PairedRows::worksNow).sum(), "measured now, failed before");
    note(text, rows.stream().mapToInt(PairedRows::failsStill).sum(), "failed in both");
  }

  private static void note(StringBuilder text, int count, String what) {
    if (count > 0) {
      text.append("%d of these %s\n".formatted(count, what));
    }
  }

  /** The line over models, and of the models those that say something else. */
  private static List<MethodChange> shown(List<MethodChange> methods) {
    var over =
        methods.stream()
            .filter(m -> m.key().model().equals(GroupKey.ALL_MODELS))
            .collect(Collectors.toMap(MethodChange::key, m -> m));
    return methods.stream()
        .filter(
            m -> {
              MethodChange all = over.get(m.key().overModels());
              return all == null || all.equals(m) || all.verdict() != m.verdict();
            })
        .toList();
  }

  private static String table(List<MethodChange> methods) {
    boolean severalSeeds = methods.stream().map(m -> m.key().seed()).distinct().count() > 1;
    List<String> headers = new ArrayList<>(List.of("method", "kind", "model"));
    headers.addAll(severalSeeds ? List.of("seed") : List.of());
    headers.add("verdict");
    Compared.ALL.forEach(compared -> headers.add(compared.title()));
    headers.addAll(List.of("cells", "prompts"));
    TextTable table = new TextTable(headers, headers.indexOf("verdict") + 1);
    for (MethodChange method : methods) {
      List<String> cells =
          new ArrayList<>(
              List.of(
                  ShortSpec.STANDARD.of(method.key().methodSpec()),
                  method.key().kind(),
                  method.key().model()));
      cells.addAll(severalSeeds ? List.of(Long.toString(method.key().seed())) : List.of());
      cells.add(method.verdict().label());
      method.changes().forEach(change -> cells.add(ratio(change)));
      cells.add(Integer.toString(method.rows().pairs().size()));
      cells.add(
          Integer.toString(
              method.changes().stream().mapToInt(c -> c.logRatio().prompts()).max().orElse(0)));
      table.row(cells);
    }
    return table.toString();
  }

  private static String ratio(Change change) {
    if (change.lost() > 0) {
      return "not told now";
    }
    if (change.fromZero() > 0) {
      return "was exact";
    }
    if (change.toInfinity() > 0) {
      return "infinite now";
    }
    Estimate ratio = change.logRatio().map(StrictMath::exp);
    if (ratio.mean() == null) {
      return change.toZero() > 0 ? "exact now" : change.fromInfinity() > 0 ? "was infinite" : "-";
    }
    String mean = number(ratio.mean());
    return ratio.low() == null || ratio.low().equals(ratio.high())
        ? mean
        : "%s [%s, %s]".formatted(mean, number(ratio.low()), number(ratio.high()));
  }

  private static String number(double ratio) {
    return TextTable.number(ratio);
  }

  private static String conclusion(Comparison comparison) {
    List<String> worse =
        comparison.methods().stream()
            .filter(m -> m.verdict() == Verdict.WORSE)
            .map(m -> ShortSpec.STANDARD.of(m.key().methodSpec()))
            .distinct()
            .toList();
    return worse.isEmpty()
        ? "no method is worse\n"
        : "worse: %s\n".formatted(String.join("; ", worse));
  }
}
