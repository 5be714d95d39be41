package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.table.SpecShortener;
import io.kvsweep.jobs.table.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;

/** The summary for people: one table per model and kind, then what is missing. */
final class SummaryText {
  private static final int SHOWN_FAILURES = 20;
  private static final int SHOWN_INCOMPLETE = 20;
  private static final int WIDEST_ERROR = 160;

  private final SummaryTable table;
  private final SpecShortener specs;
  private final boolean severalSeeds;
  private final boolean selectors;

  SummaryText(SummaryTable table) {
    this.table = table;
    List<GroupKey> keys = table.lines().stream().map(Summary::key).toList();
    this.specs = new SpecShortener(keys.stream().map(GroupKey::methodSpec).toList());
    this.severalSeeds = keys.stream().map(GroupKey::seed).distinct().count() > 1;
    this.selectors = keys.stream().anyMatch(GroupKey::hasSelector);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    Map<List<String>, List<Summary>> sections = new LinkedHashMap<>();
    for (Summary line : table.lines()) {
      sections
          .computeIfAbsent(
              List.of(line.key().model(), line.key().kind()), section -> new ArrayList<>())
          .add(line);
    }
    sections.values().forEach(lines -> section(out, lines));
    if (!specs.common().isEmpty()) {
      out.append("In every row: ").append(String.join("; ", specs.common())).append(".\n\n");
    }
    if (selectors) {
      out.append(
              "With a selector, nmse is of the tokens that its codec coded, logit rms and attn KL")
          .append(
              " of those that a step reads: only the\noutput err counts what it dropped, and in")
          .append(" it alone such methods are compared with others.\n\n");
    }
    missing(out);
    incomplete(out);
    mixed(out);
    belowLimit(out);
    if (table.superseded() > 0) {
      out.append(table.superseded())
          .append(" rows are not counted: a later run measured the same layers again, with another")
          .append(" version of the codec, other tensors,\nartefacts or reconstructions.")
          .append(" To see earlier ones again, sweep into another output.\n\n");
    }
    return out.toString();
  }

  private void section(StringBuilder out, List<Summary> lines) {
    Summary first = lines.get(0);
    boolean overModels = first.key().model().equals(GroupKey.ALL_MODELS);
    boolean failures = lines.stream().anyMatch(line -> line.failed() > 0);
    out.append(first.key().model()).append(", ").append(first.key().kind());
    out.append(overModels ? " (mean of the models' numbers; worst of all)\n" : "\n");
    List<String> headers = new ArrayList<>(List.of("method"));
    headers.addAll(severalSeeds ? List.of("seed") : List.of());
    headers.addAll(List.of("bits", "effective", "ratio"));
    headers.addAll(selectors ? List.of("read ratio", "kept mass") : List.of());
    headers.addAll(List.of("nmse mean", "median", "worst"));
    headers.add(overModels ? "models" : "layer");
    headers.addAll(List.of("logit rms", "attn KL", "output err", "rows"));
    headers.addAll(failures ? List.of("failed") : List.of());
    TextTable text = new TextTable(headers, 1);
    lines.forEach(line -> text.row(cells(line, overModels, failures)));
    out.append(text).append('\n');
  }

  private List<String> cells(Summary line, boolean overModels, boolean failures) {
    MetricSummary nmse = line.metric(SummaryMetric.NMSE);
    List<String> cells = new ArrayList<>(List.of(specs.shorten(line.key().methodSpec())));
    if (severalSeeds) {
      cells.add(Long.toString(line.key().seed()));
    }
    cells.add(bits(line.nominalBits()));
    cells.add(TextTable.number(line.capturedBits(), 3));
    cells.add(TextTable.number(line.compressionRatio(), 2));
    if (selectors) {
      cells.add(TextTable.number(line.readRatio(), 2));
      cells.add(TextTable.number(line.keptMass(), 3));
    }
    cells.add(TextTable.number(nmse.mean()));
    cells.add(TextTable.number(nmse.median()));
    cells.add(TextTable.number(nmse.worst()));
    if (overModels) {
      cells.add(Integer.toString(line.models()));
    } else {
      cells.add(line.worst() == null ? "-" : Integer.toString(line.worst().layer()));
    }
    cells.add(TextTable.number(line.metric(SummaryMetric.LOGIT_RMS).mean()));
    cells.add(TextTable.number(line.metric(SummaryMetric.ATTENTION_KL).mean()));
    cells.add(TextTable.number(line.metric(SummaryMetric.OUTPUT_ERROR).mean()));
    cells.add(Integer.toString(line.rows()));
    if (failures) {
      cells.add(Integer.toString(line.failed()));
    }
    return cells;
  }

  /** Nominal bits, which are round numbers more often than not. */
  private static String bits(Double bits) {
    return bits == null
        ? "-"
        : TextTable.number(bits, 3).replaceFirst("0+$", "").replaceFirst("\\.$", "");
  }

  private void belowLimit(StringBuilder out) {
    int rows = ofModels(Summary::belowLimit);
    int logits = ofModels(Summary::belowLogitLimit);
    if (rows > 0) {
      out.append(rows)
          .append(
              " rows lie below the Gaussian reference, which is no floor (bits_above_limit < 0,")
          .append(" n_below_limit in the\nsummary): real keys are easier than a Gaussian source of")
          .append(" their covariance, or the bytes are wrong.\n\n");
    }
    if (logits > 0) {
      out.append(logits)
          .append(" rows lie below the Gaussian reference of logits, which is no floor either")
          .append(" (logit_rms < rd_limit_logit_rms,\nn_below_logit_limit in the summary).\n\n");
    }
  }

  private int ofModels(ToIntFunction<Summary> count) {
    return table.lines().stream()
        .filter(line -> !line.key().section().isOverModels())
        .mapToInt(count)
        .sum();
  }

  /** Methods whose means are of fewer rows than those of the rest. */
  private void incomplete(StringBuilder out) {
    List<Summary> lines = table.incomplete();
    if (lines.isEmpty()) {
      return;
    }
    out.append("not compared: ")
        .append(lines.size())
        .append(" methods lack rows that another of the same model, kind and seed has, so they")
        .append(" are in no frontier and\nno budget\n");
    for (Summary line : lines.stream().limit(SHOWN_INCOMPLETE).toList()) {
      out.append(
          String.format(
              Locale.ROOT, "  %s: %d of %d rows\n", name(line), line.measured(), line.units()));
    }
    int more = lines.size() - SHOWN_INCOMPLETE;
    if (more > 0) {
      out.append("  and ").append(more).append(" more; see n, failed and n_units in the summary\n");
    }
    if (lines.stream().anyMatch(line -> line.key().isCalibrated())) {
      out.append(
              "A calibrated method is not run on the prompts that it was fitted on: compare it by")
          .append(" its pairs, or sweep all\nmethods on the other prompts into another output.\n");
    }
    out.append('\n');
  }

  /** Methods whose means are of rows of several versions. */
  private void mixed(StringBuilder out) {
    List<Summary> lines = table.mixed();
    if (lines.isEmpty()) {
      return;
    }
    out.append("not compared: ")
        .append(lines.size())
        .append(" methods have rows of several versions of the method or its calibration; run the")
        .append(" same sweep again, with all\nmodels, prompts and layers, which measures those of")
        .append(" the older ones anew\n");
    lines.stream()
        .limit(SHOWN_INCOMPLETE)
        .forEach(line -> out.append("  ").append(name(line)).append('\n'));
    int more = lines.size() - SHOWN_INCOMPLETE;
    if (more > 0) {
      out.append("  and ").append(more).append(" more; see n_versions in the summary\n");
    }
    out.append('\n');
  }

  private String name(Summary line) {
    return "%s on %s, %s%s"
        .formatted(
            specs.shorten(line.key().methodSpec()),
            line.key().model(),
            line.key().kind(),
            severalSeeds ? ", seed " + line.key().seed() : "");
  }

  private void missing(StringBuilder out) {
    if (table.failures().isEmpty()) {
      return;
    }
    out.append("missing: ").append(table.failures().size()).append(" rows failed\n");
    for (Failure failure : table.failures().stream().limit(SHOWN_FAILURES).toList()) {
      String error = failure.error().lines().findFirst().orElse("");
      out.append(
          String.format(
              Locale.ROOT,
              "  %s on %s/%s, layer %d, %s: %s\n",
              specs.shorten(failure.key().methodSpec()),
              failure.key().model(),
              failure.prompt(),
              failure.layer(),
              failure.key().kind(),
              error.length() <= WIDEST_ERROR ? error : error.substring(0, WIDEST_ERROR) + "..."));
    }
    int more = table.failures().size() - SHOWN_FAILURES;
    if (more > 0) {
      out.append("  and ").append(more).append(" more; see status and error in the results\n");
    }
    out.append('\n');
  }
}
