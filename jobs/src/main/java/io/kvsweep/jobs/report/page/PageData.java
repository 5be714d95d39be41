package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.report.CurveStyle;
import io.kvsweep.jobs.report.CurveStyles;
import io.kvsweep.jobs.report.RoundingLevel;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * What the script of the page selects from, as plain data. Names are told once and referred to by
 * index; numbers have six digits.
 */
final class PageData {
  private final ReportData report;
  private final Names names;

  PageData(ReportData report) {
    this.report = report;
    this.names = report.names();
  }

  Map<String, Object> all() {
    Map<String, Object> data = new TreeMap<>();
    data.put("models", names.models());
    data.put("overModels", names.overModels());
    data.put("scopes", names.scopes());
    data.put("specs", names.specs());
    data.put("curves", names.curves());
    data.put("families", names.families());
    data.put("phrases", Phrase.all());
    data.put("metrics", metrics());
    data.put("lengths", Arrays.stream(PromptLength.values()).map(PromptLength::label).toList());
    data.put("budgets", report.sizes());
    data.put("cells", cells());
    data.put("frontier", frontier());
    data.put("everyModel", everyModel());
    data.put("curvesAtBudgets", curves());
    data.put("answers", answers());
    data.put("paired", paired());
    data.put("heads", report.heads().data());
    data.put("spectra", Spectra.data(names, report.spectra()));
    data.put("fixed", fixed());
    data.put("charts", ChartOptions.all());
    data.put("styles", styles());
    data.put(
        "first",
        Map.of(
            "model", report.firstModel(),
            "scope", 0,
            "metric", report.firstMetric().ordinal(),
            "length", ReportData.FIRST_LENGTH.ordinal(),
            "budget", report.firstBudget()));
    return data;
  }

  /** What can be saved of the tables that are the same in every view, by name. */
  private Map<String, Object> fixed() {
    Map<String, Object> tables = new TreeMap<>();
    if (!report.failures().isEmpty()) {
      tables.put("failed", FailedPart.data(report));
    }
    if (report.claims().isPresent()) {
      tables.put("claims", ClaimsPart.data(report));
    }
    return tables;
  }

  private static List<Object> metrics() {
    List<Object> metrics = new ArrayList<>();
    for (SummaryMetric metric : SummaryMetric.values()) {
      metrics.add(
          Map.of(
              "key", metric.label(),
              "title", metric.metric().title(),
              "unit", metric.metric().unit(),
              "attention", metric.metric().group() == Metric.Group.ATTENTION,
              "head", Heads.METRICS.indexOf(metric.metric()),
              "limit", limit(metric),
              "rounding", RoundingLevel.of(metric),
              "kinds", kinds(metric),
              "selectors", Names.compares(CellKind.KEY.label(), true, metric)));
    }
    return metrics;
  }

  /** What may be compressed for methods to compare by it. */
  private static List<String> kinds(SummaryMetric metric) {
    return Arrays.stream(CellKind.values())
        .map(CellKind::label)
        .filter(kind -> Names.compares(kind, false, metric))
        .toList();
  }

  /** Of each curve: among other families, and with its own alone. */
  private Object styles() {
    return Map.of(
        "baseline", CurveStyles.BASELINE,
        "amongOthers", styles(CurveStyles.amongOthers(names.drawn())),
        "alone", styles(CurveStyles.alone(names.drawn())));
  }

  private List<CurveStyle> styles(Map<String, CurveStyle> byName) {
    return names.curves().stream().map(curve -> byName.get(curve.shortName())).toList();
  }

  /** Column of the Gaussian reference, where theory has one. */
  private static String limit(SummaryMetric metric) {
    return switch (metric) {
      case NMSE -> "limit_nmse";
      case LOGIT_RMS -> "limit_logit_rms";
      default -> "";
    };
  }

  private Object cells() {
    List<String> columns =
        new ArrayList<>(List.of("n", "n_units", "n_versions", "n_prompts", "n_layers", "failed"));
    columns.addAll(List.of("nominal_bits", "compression_ratio", "effective_bits"));
    columns.addAll(List.of("effective_bits_4k", "effective_bits_32k", "effective_bits_128k"));
    for (SummaryMetric metric : SummaryMetric.values()) {
      for (String part :
          List.of("_n", "_compares", "_mean", "_geomean", "_geomean_low", "_geomean_high")) {
        columns.add(metric.label() + part);
      }
    }
    List<String> groupColumns =
        List.of(
            "codes_bytes",
            "parameters_bytes",
            "basis_bytes",
            "exact_bytes",
            "header_bytes",
            "total_bytes",
            "artefact_bytes",
            "limit_nmse",
            "limit_logit_rms");
    Index<String> starts = new Index<>();
    Index<String> places = new Index<>();
    String[] method = new String[names.specs().size()];
    List<Object> rows = new ArrayList<>();
    for (Summaries.Line line : report.lines()) {
      List<Object> row = new ArrayList<>(List.of(line.model(), line.scope(), line.spec()));
      columns.forEach(column -> row.add(Rows.data(line.row(), column)));
      groupColumns.forEach(
          column -> row.add(line.group() == null ? null : Rows.data(line.group(), column)));
      row.add(line.group() == null ? null : line.group().<String>getAs("fidelity"));
      row.add(line.rerun() == null ? null : starts.of(line.rerun().start()));
      row.add(line.rerun() == null ? null : places.of(line.rerun().place()));
      if (line.rerun() != null) {
        method[line.spec()] = line.rerun().method();
      }
      rows.add(row);
    }
    List<String> all = new ArrayList<>(List.of("model", "scope", "spec"));
    all.addAll(columns);
    all.addAll(groupColumns);
    all.addAll(List.of("fidelity", "start", "place"));
    return Map.of(
        "columns", all,
        "rows", rows,
        "starts", starts.values(),
        "places", places.values(),
        "methods", Arrays.asList(method));
  }

  /** By model, scope, metric and length the specifications on it. */
  private Object frontier() {
    Map<String, List<Integer>> frontier = new LinkedHashMap<>();
    report
        .frontiers()
        .byPlace()
        .forEach(
            (place, points) ->
                frontier.put(place, points.stream().map(Frontiers.Point::spec).toList()));
    return frontier;
  }

  /** By place of the line over models what answers there are of: specification, bits, error. */
  private Object everyModel() {
    Map<String, List<Object>> places = new LinkedHashMap<>();
    report
        .everyModel()
        .forEach(
            (place, points) -> places.put(place, points.stream().map(PageData::point).toList()));
    return places;
  }

  /** By model, scope, metric and length: curve, span, points, and the error at each budget. */
  private Object curves() {
    Map<String, Map<Integer, List<Object>>> places = new LinkedHashMap<>();
    for (Row row : report.budgets()) {
      Names.Curve named = names.curves().get(names.curve(row.getAs("curve")));
      if (!Names.compares(row.getAs("kind"), named.selector(), metric(row))) {
        continue;
      }
      places
          .computeIfAbsent(Frontiers.place(names, row), k -> new LinkedHashMap<>())
          .computeIfAbsent(
              names.curve(row.getAs("curve")),
              curve ->
                  new ArrayList<>(
                      List.of(
                          curve,
                          Rows.data(row, "from_bits"),
                          Rows.data(row, "to_bits"),
                          row.<Integer>getAs("n_points"))))
          .add(Rows.data(row, "error"));
    }
    Map<String, Object> lists = new LinkedHashMap<>();
    places.forEach((place, curves) -> lists.put(place, new ArrayList<>(curves.values())));
    return lists;
  }

  private Object answers() {
    Map<String, List<Object>> places = new LinkedHashMap<>();
    for (Answers.Answer answer : report.answers()) {
      Answers.Question question = answer.question();
      List<Object> data = new ArrayList<>();
      data.add(answer.curves());
      data.add(Rows.data(answer.error()));
      data.add(answer.compared());
      data.add(answer.below() == null ? null : point(answer.below()));
      data.add(answer.above().stream().map(PageData::point).toList());
      data.add(answer.kind().name());
      data.add(Rows.data(answer.at()));
      data.add(answer.carried());
      data.add(answer.isAtEnd());
      places
          .computeIfAbsent(
              Frontiers.place(
                  question.model(), question.scope(), question.metric(), question.length()),
              k -> new ArrayList<>())
          .add(data);
    }
    return places;
  }

  private static Object point(Frontiers.Point point) {
    return List.of(point.spec(), Rows.data(point.bits()), Rows.data(point.error()));
  }

  private Object paired() {
    List<Object> rows = new ArrayList<>();
    for (Row row : report.paired()) {
      if (!Paired.compares(names, row)) {
        continue;
      }
      List<Object> line = new ArrayList<>();
      line.add(names.model(row.getAs("model")));
      line.add(names.scope(row));
      line.add(metric(row).ordinal());
      line.add(names.spec(row.getAs("method_spec")));
      line.add(names.spec(row.getAs("reference")));
      for (String column : Paired.NUMBERS) {
        line.add(Rows.data(row, column));
      }
      rows.add(line);
    }
    return rows;
  }

  static SummaryMetric metric(Row row) {
    String key = row.getAs("metric");
    for (SummaryMetric metric : SummaryMetric.values()) {
      if (metric.label().equals(key)) {
        return metric;
      }
    }
    throw new IllegalStateException("no such metric: " + key);
  }
}
