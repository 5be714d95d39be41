package io.kvsweep.jobs.aggregate;

import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.table.Plural;
import io.kvsweep.jobs.table.ShortSpec;
import io.kvsweep.jobs.table.TextTable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The summary for people: per model, kind and seed its methods and how they compare at equal bits,
 * then what is missing.
 */
final class SummaryText {
  private static final int SHOWN_FAILURES = 20;
  private static final int SHOWN_INCOMPLETE = 20;
  private static final int WIDEST_ERROR = 160;

  /** More than fit a look; the tables have them all. */
  private static final int SHOWN_SECTIONS = 6;

  private static final Map<SummaryMetric, String> TITLES =
      Map.of(
          SummaryMetric.NMSE, "nmse",
          SummaryMetric.ATTENTION_KL, "attn KL",
          SummaryMetric.OUTPUT_ERROR, "output err");
  private static final List<SummaryMetric> SHOWN =
      List.of(SummaryMetric.NMSE, SummaryMetric.ATTENTION_KL, SummaryMetric.OUTPUT_ERROR);

  private final SummaryTable table;
  private final List<BudgetTable.Line> budgets;
  private final boolean severalSeeds;
  private final boolean selectors;

  /**
   * @param budgets of the same summary
   */
  SummaryText(SummaryTable table, List<BudgetTable.Line> budgets) {
    this.table = table;
    this.budgets = budgets;
    List<GroupKey> keys = table.lines().stream().map(Summary::key).toList();
    this.severalSeeds = keys.stream().map(GroupKey::seed).distinct().count() > 1;
    this.selectors = keys.stream().anyMatch(GroupKey::hasSelector);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    Map<Section, List<Summary>> sections = new LinkedHashMap<>();
    for (Summary line : table.lines()) {
      sections.computeIfAbsent(line.key().section(), section -> new ArrayList<>()).add(line);
    }
    long overModels = sections.keySet().stream().filter(Section::isOverModels).count();
    long room = Math.max(1, SHOWN_SECTIONS - overModels);
    long models = sections.size() - overModels;
    sections.entrySet().stream()
        .filter(section -> !section.getKey().isOverModels())
        .limit(room)
        .forEach(section -> section(out, section.getKey(), section.getValue()));
    if (models > room) {
      out.append("And ")
          .append(models - room)
          .append(
              " more of other models, kinds or seeds: tables/summary.md, tables/budgets.md.\n\n");
    }
    sections.entrySet().stream()
        .filter(section -> section.getKey().isOverModels())
        .limit(SHOWN_SECTIONS)
        .forEach(section -> section(out, section.getKey(), section.getValue()));
    out.append(
            "Means over rows; the interval, over prompts, is of the geometric mean of the last error.")
        .append(
            " * is the least error at a\nbudget, between two measured points of a curve or at an end")
        .append(" within 1.5 % of it. tables/ has medians, worst cases,\nlogit errors and all")
        .append(" intervals.\n\n");
    if (selectors) {
      out.append(
              "With a selector, nmse and attn KL are of the tokens that stay and compare with nothing:")
          .append(
              " the output err counts what it\ndropped, and in it alone such methods are compared")
          .append(" with others.\n\n");
    }
    missing(out);
    incomplete(out);
    lacking(out);
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

  private void section(StringBuilder out, Section section, List<Summary> lines) {
    boolean overModels = section.isOverModels();
    boolean failures = lines.stream().anyMatch(line -> line.failed() > 0);
    List<SummaryMetric> shown =
        SHOWN.stream()
            .filter(
                metric ->
                    metric == SummaryMetric.NMSE
                        || lines.stream().anyMatch(line -> !mean(line, metric).equals("-")))
            .toList();
    // That of attention outputs, where there are queries: it compares all methods.
    SummaryMetric last = shown.get(shown.size() - 1);
    out.append(section.model()).append(", ").append(section.kind());
    out.append(severalSeeds ? ", seed " + section.seed() : "");
    out.append(overModels ? " (mean of the models' numbers)\n" : "\n");
    List<String> headers = new ArrayList<>(List.of("method", "bits", "effective", "ratio"));
    headers.addAll(selectors ? List.of("read ratio", "kept mass") : List.of());
    headers.addAll(shown.stream().map(TITLES::get).toList());
    headers.add("95 % interval");
    headers.addAll(overModels ? List.of("models") : List.of());
    headers.add("prompts");
    headers.addAll(failures ? List.of("failed") : List.of());
    TextTable text = new TextTable(headers, 1);
    lines.forEach(line -> text.row(cells(line, shown, overModels, failures)));
    out.append(text).append('\n');
    String atBudgets = BudgetText.of(section, last, budgets);
    if (!atBudgets.isEmpty()) {
      out.append(TITLES.get(last))
          .append(" of ")
          .append(section.model())
          .append(", ")
          .append(section.kind())
          .append('\n')
          .append(atBudgets)
          .append('\n');
    }
  }

  private List<String> cells(
      Summary line, List<SummaryMetric> shown, boolean overModels, boolean failures) {
    List<String> cells = new ArrayList<>(List.of(ShortSpec.STANDARD.of(line.key().methodSpec())));
    cells.add(bits(line.nominalBits()));
    cells.add(TextTable.number(line.capturedBits(), 3));
    cells.add(TextTable.number(line.compressionRatio(), 2));
    if (selectors) {
      cells.add(TextTable.number(line.readRatio(), 2));
      cells.add(TextTable.number(line.keptMass(), 3));
    }
    shown.forEach(metric -> cells.add(mean(line, metric)));
    SummaryMetric last = shown.get(shown.size() - 1);
    Estimate interval = line.metric(last).geometric();
    cells.add(
        interval.low() == null || mean(line, last).equals("-")
            ? "-"
            : short3(interval.low()) + " to " + short3(interval.high()));
    if (overModels) {
      cells.add(Integer.toString(line.models()));
    }
    cells.add(Integer.toString(line.prompts()));
    if (failures) {
      cells.add(Integer.toString(line.failed()));
    }
    return cells;
  }

  /** A dash where it says nothing of the kind, or of other tokens than those of other methods. */
  private static String mean(Summary line, SummaryMetric metric) {
    GroupKey key = line.key();
    return SummaryMetric.tells(metric.metric(), key.kind())
            && (metric == SummaryMetric.OUTPUT_ERROR || !key.hasSelector())
        ? TextTable.number(line.metric(metric).mean())
        : "-";
  }

  private static String short3(double value) {
    return value < 1e-3 || value >= 1000
        ? String.format(Locale.ROOT, "%.1e", value)
        : new BigDecimal(value).round(new MathContext(3)).toPlainString();
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

  /** Methods that have an error in fewer rows than the rest. */
  private void lacking(StringBuilder out) {
    for (SummaryMetric metric : SummaryMetric.values()) {
      List<Summary> lines = table.lacking(metric);
      if (lines.isEmpty()) {
        continue;
      }
      out.append("not compared by ")
          .append(metric.label())
          .append(": ")
          .append(lines.size())
          .append(" methods have it in fewer rows than another of the same model, kind and seed\n");
      for (Summary line : lines.stream().limit(SHOWN_INCOMPLETE).toList()) {
        out.append(
            String.format(
                Locale.ROOT,
                "  %s: in %d of %d rows\n",
                name(line),
                line.metric(metric).n(),
                line.units()));
      }
      int more = lines.size() - SHOWN_INCOMPLETE;
      if (more > 0) {
        out.append("  and ")
            .append(more)
            .append(" more; see ")
            .append(metric.label())
            .append("_n and _compares in the summary\n");
      }
      out.append('\n');
    }
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
            ShortSpec.STANDARD.of(line.key().methodSpec()),
            line.key().model(),
            line.key().kind(),
            severalSeeds ? ", seed " + line.key().seed() : "");
  }

  private void missing(StringBuilder out) {
    if (table.failures().isEmpty()) {
      return;
    }
    out.append("missing: ").append(Plural.of(table.failures().size(), "row")).append(" failed\n");
    for (Failure failure : table.failures().stream().limit(SHOWN_FAILURES).toList()) {
      String error = failure.error().lines().findFirst().orElse("");
      out.append(
          String.format(
              Locale.ROOT,
              "  %s on %s/%s, layer %d, %s: %s\n",
              ShortSpec.STANDARD.of(failure.key().methodSpec()),
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
