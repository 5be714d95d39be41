package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.EChartsSvg;
import io.kvsweep.jobs.results.ResultStore;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Writes {@code report.html} and {@code rate-distortion.svg} into an output folder. */
public final class Report {
  private Report() {}

  /**
   * Paths of what was written, for people.
   *
   * @param picture empty where nothing that can be compared was measured
   */
  public record Written(String page, Optional<String> picture) {}

  /**
   * Writes page and picture from the tables of the folder; makes these first where they are missing
   * or older than the results. The same results give the same bytes.
   *
   * @param output the folder as the user gave it, for the commands on the page
   * @throws io.kvsweep.datasets.InvalidInputException naming a file that cannot be read
   */
  public static Written write(
      SparkSession spark, ResultStore store, String output, EChartsSvg engine) {
    return write(spark, store, output, engine::render);
  }

  static Written write(
      SparkSession spark, ResultStore store, String output, Figures.Pictures engine) {
    ReportData report = ReportData.read(spark, store, output);
    String page = write(store, "report.html", ReportPage.html(report, engine));
    Optional<String> picture =
        RateDistortionFigure.picture(report)
            .map(drawn -> engine.render(drawn.option(), drawn.width(), drawn.height()))
            .map(svg -> write(store, "rate-distortion.svg", svg));
    return new Written(page, picture);
  }

  private static String write(ResultStore store, String name, String text) {
    return store.writePicture(name, text.getBytes(StandardCharsets.UTF_8));
  }
}
