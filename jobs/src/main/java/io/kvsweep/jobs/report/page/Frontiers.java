package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.PromptLength;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.stats.ParetoFrontier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * What nothing beats in both bits and error, of the methods whose errors compare. The table {@code
 * frontier} is the same where no method has a selector.
 *
 * @param byPlace points by rising bits
 */
record Frontiers(Map<String, List<Point>> byPlace) {

  /** A measured configuration. */
  record Point(int spec, double bits, double error) {}

  /** Only methods that lack no row which another has compete, as in the table. */
  static Frontiers of(Names names, List<Summaries.Line> lines) {
    Map<String, List<Point>> points = new LinkedHashMap<>();
    for (Summaries.Line line : lines) {
      for (SummaryMetric metric : SummaryMetric.values()) {
        Double error = line.error(metric);
        for (PromptLength length : PromptLength.values()) {
          Double bits = line.bits(length);
          if (line.isComplete()
              && bits != null
              && error != null
              && Names.compares(names.specs().get(line.spec()).selector(), metric)) {
            points
                .computeIfAbsent(
                    place(line.model(), line.scope(), metric.label(), length.label()),
                    k -> new ArrayList<>())
                .add(new Point(line.spec(), bits, error));
          }
        }
      }
    }
    return of(points);
  }

  private static Frontiers of(Map<String, List<Point>> points) {
    points.replaceAll(
        (place, all) ->
            ParetoFrontier.of(
                all, Point::bits, Point::error, Comparator.comparingInt(Point::spec)));
    return new Frontiers(points);
  }

  /**
   * The same, but over models of {@link EveryModel}.
   *
   * @param summary rows of the table
   */
  Frontiers onEveryModel(Names names, List<Row> summary) {
    Map<String, List<Point>> places = new LinkedHashMap<>(byPlace);
    places.keySet().removeIf(place -> place.startsWith(names.overModels() + "/"));
    places.putAll(of(EveryModel.points(names, summary)).byPlace());
    return new Frontiers(places);
  }

  List<Point> at(String place) {
    return byPlace.getOrDefault(place, List.of());
  }

  /** Place of a row of the table {@code budgets}. */
  static String place(Names names, Row row) {
    return place(
        names.model(row.getAs("model")),
        names.scope(row),
        row.getAs("metric"),
        row.getAs("prompt_length"));
  }

  static String place(int model, int scope, String metric, String length) {
    return model + "/" + scope + "/" + metric + "/" + length;
  }
}
