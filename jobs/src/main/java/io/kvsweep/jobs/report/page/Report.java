package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.EChartsSvg;
import io.kvsweep.jobs.results.ResultStore;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.SparkSession;

/** Writes {@code report.html} into an output folder. */
public final class Report {
  private Report() {}

  /**
   * Writes the page from the tables of the folder; makes these first where they are missing or
   * older than the results. The same results give the same bytes.
   *
   * @param output the folder as the user gave it, for the commands on the page
   * @return path of the page, for people
   * @throws io.kvsweep.datasets.InvalidInputException naming a file that cannot be read
   */
  public static String write(
      SparkSession spark, ResultStore store, String output, EChartsSvg engine) {
    return write(spark, store, output, engine::render);
  }

  static String write(
      SparkSession spark, ResultStore store, String output, Figures.Pictures engine) {
    ReportData report = ReportData.read(spark, store, output);
    return store.writePicture(
        "report.html", ReportPage.html(report, engine).getBytes(StandardCharsets.UTF_8));
  }
}
