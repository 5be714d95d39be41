package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.Row;

/** Singular values, a line per layer: of one prompt, because prompts have different ones. */
final class Spectra {
  /** Values drawn of a line; more cannot be told apart. */
  private static final int VALUES = 64;

  private Spectra() {}

  /**
   * Per model, kind, layer and head the first prompt by name and the first method by name: methods
   * decompose the same tensor.
   *
   * @param table rows of the table {@code spectra}, sorted
   */
  static List<Row> few(List<Row> table, PointBudget points) {
    Map<String, Row> first = new LinkedHashMap<>();
    for (Row row : table) {
      if ("measured".equals(row.getAs("status")) && row.getAs("singular_values") != null) {
        first.putIfAbsent(layer(row) + row.getAs("head"), row);
      }
    }
    // Where heads were decomposed together, and each alone too, together.
    List<Row> few =
        first.values().stream()
            .filter(row -> row.getAs("head") == null || !first.containsKey(layer(row) + null))
            .toList();
    return points.fits(
            (long) few.size() * VALUES,
            String.format(Locale.ROOT, "The singular values of %,d layers are", few.size()),
            "SELECT model, kind, layer, singular_values FROM " + points.table("spectra"))
        ? few
        : List.of();
  }

  private static String layer(Row row) {
    return "%s\n%s\n%s\n"
        .formatted(row.getAs("model"), row.getAs("kind"), row.<Integer>getAs("layer"));
  }

  /** One map per line, with the indexes (from 1) that are drawn. */
  static Object data(Names names, List<Row> rows) {
    List<Object> lines = new ArrayList<>();
    for (Row row : rows) {
      List<Double> values = Rows.list(row, "singular_values");
      List<Object> drawn = new ArrayList<>();
      for (int index : indexes(values.size())) {
        drawn.add(List.of(index, Rows.data(values.get(index - 1))));
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("model", names.model(row.getAs("model")));
      line.put("kind", row.getAs("kind"));
      line.put("prompt", row.getAs("prompt"));
      line.put("layer", row.getAs("layer"));
      line.put("head", row.getAs("head"));
      line.put("channels", row.getAs("channels"));
      line.put("channels99", row.getAs("channels_99"));
      line.put("decay", Rows.data(row, "decay"));
      line.put("decayR2", Rows.data(row, "decay_r2"));
      line.put("spec", names.spec(row.getAs("method_spec")));
      line.put("predicted", Rows.data(row, "predicted_nmse"));
      line.put("measured", Rows.data(row, "measured_nmse"));
      line.put("values", drawn);
      lines.add(line);
    }
    return lines;
  }

  /** From 1, all of a short line, else evenly spaced by ratio; first and last among them. */
  static TreeSet<Integer> indexes(int count) {
    TreeSet<Integer> indexes = new TreeSet<>();
    for (int i = 0; i < Math.min(count, VALUES); i++) {
      double at = count <= VALUES ? i + 1 : StrictMath.pow(count, (double) i / (VALUES - 1));
      indexes.add((int) Math.round(at));
    }
    return indexes;
  }
}
