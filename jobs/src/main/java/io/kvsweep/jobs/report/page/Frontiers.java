package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.stats.ParetoFrontier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * What nothing beats in both bits and error, of the methods whose errors compare.
 *
 * @param byPlace points by rising bits
 */
record Frontiers(Map<String, List<Point>> byPlace) {

  /** A measured configuration. */
  record Point(int spec, double bits, double error) {}

  /**
   * As the table has them.
   *
   * @param rows of the table {@code frontier}
   */
  static Frontiers of(Names names, List<Row> rows) {
    Map<String, List<Point>> points = new LinkedHashMap<>();
    for (Row row : rows) {
      points
          .computeIfAbsent(place(names, row), k -> new ArrayList<>())
          .add(
              new Point(
                  names.spec(row.getAs("method_spec")),
                  Rows.number(row, "effective_bits"),
                  Rows.number(row, "error")));
    }
    return new Frontiers(points);
  }

  /**
   * The same, but over models of {@link EveryModel}.
   *
   * @param points of it, by place
   */
  Frontiers onEveryModel(Names names, Map<String, List<Point>> points) {
    Map<String, List<Point>> places = new LinkedHashMap<>(byPlace);
    places.keySet().removeIf(place -> place.startsWith(names.overModels() + "/"));
    points.forEach(
        (place, all) ->
            places.put(
                place,
                ParetoFrontier.of(
                    all, Point::bits, Point::error, Comparator.comparingInt(Point::spec))));
    return new Frontiers(places);
  }

  List<Point> at(String place) {
    return byPlace.getOrDefault(place, List.of());
  }

  /** Place of a row of the table {@code budgets} or {@code frontier}. */
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
