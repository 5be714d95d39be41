package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.canonical.Dataset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** One {@code kvsweep calibrate}: every selected model and specification that is not there yet. */
public final class Calibration {
  private final String spec;
  private final List<String> models;
  private final List<String> prompts;
  private final String dataset;
  private final String output;
  private final Configuration conf;

  /**
   * @param spec of a calibrated method, grids allowed
   * @param models globs
   * @param prompts globs
   * @param output folder of artefacts
   */
  public Calibration(
      String spec,
      List<String> models,
      List<String> prompts,
      String dataset,
      String output,
      Configuration conf) {
    this.spec = spec;
    this.models = List.copyOf(models);
    this.prompts = List.copyOf(prompts);
    this.dataset = dataset;
    this.output = output;
    this.conf = conf;
  }

  /**
   * What was done.
   *
   * @param reports of artefacts that were made
   * @param files their files
   * @param present artefacts of the same recipe that were there already
   */
  public record Outcome(List<CalibrationReport> reports, List<String> files, int present) {}

  /**
   * Calibrates. All bad input is found before Spark starts.
   *
   * @param session opens Spark; asked for only if there is something to fit
   * @param progress takes a line per layer
   */
  public Outcome run(Supplier<SparkSession> session, Consumer<String> progress) {
    Dataset opened = Dataset.open(new Path(dataset), conf);
    ArtefactFolder folder = ArtefactFolder.of(output, conf);
    List<CalibrationPlan> pending = new ArrayList<>();
    int present = 0;
    for (CalibrationPlan plan : CalibrationPlan.of(spec, models, prompts, opened.manifest())) {
      if (folder.holds(plan.recipe())) {
        present++;
      } else {
        pending.add(plan);
      }
    }
    List<CalibrationReport> reports = new ArrayList<>();
    List<String> files = new ArrayList<>();
    for (CalibrationPlan plan : pending) {
      SparkSession spark = session.get();
      int tasks = Math.max(2, 4 * spark.sparkContext().defaultParallelism());
      AquaCalibration.Outcome outcome =
          new AquaCalibration(spark, plan, opened.root().toString(), folder, tasks)
              .run(
                  layer ->
                      progress.accept(
                          "%s: layer %d of %d"
                              .formatted(plan.recipe().model(), layer + 1, plan.layers().size())));
      files.add(folder.add(outcome.artefact(), outcome.report().toJson()));
      reports.add(outcome.report());
      folder.dropScratch();
    }
    return new Outcome(reports, files, present);
  }
}
