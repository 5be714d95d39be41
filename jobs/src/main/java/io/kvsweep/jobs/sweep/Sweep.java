package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.results.CodeVersion;
import io.kvsweep.jobs.results.DoneCells;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.results.RunCost;
import io.kvsweep.jobs.results.RunManifest;
import io.kvsweep.jobs.storage.OutputLock;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.method.Methods;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** One run of a sweep, from its configuration to published results. Resumes by itself. */
public final class Sweep {
  private static final String KERNELS = "scalar";

  private final SweepConfig config;
  private final Configuration conf;
  private final Options options;
  private final Optional<ArtefactFolder> artefacts;
  private final ExternalDatasets external;

  /**
   * What is not in the sweep file.
   *
   * @param artefacts folder of artefacts for calibrated methods
   * @param retryFailed whether to measure again what failed in earlier runs
   */
  public record Options(Optional<String> artefacts, boolean retryFailed) {
    /** No artefacts, and failed cells count as done. */
    public static final Options NONE = new Options(Optional.empty(), false);
  }

  /**
   * @throws InvalidInputException if dataset or output is missing
   */
  public Sweep(SweepConfig config, Options options, Configuration conf) {
    require(config.dataset().isPresent(), "dataset", "--dataset D");
    require(config.output().isPresent(), "output", "--out O");
    this.config = config;
    this.conf = conf;
    this.options = options;
    this.artefacts = options.artefacts().map(folder -> ArtefactFolder.of(folder, conf));
    this.external = new ExternalDatasets(conf);
  }

  private static void require(boolean present, String key, String option) {
    if (!present) {
      throw new InvalidInputException(
          "the sweep has no %s; add '%s: path' to the sweep file or give %s"
              .formatted(key, key, option));
    }
  }

  private SweepPlan plan(Dataset dataset, DoneCells done) {
    return SweepPlan.of(config, dataset.manifest(), Methods.STANDARD, done, artefacts, external);
  }

  /**
   * What a run came to.
   *
   * @param measured cells measured in this run
   * @param failed cells failed in this run
   * @param published cells that earlier runs had published
   * @param failedBefore the failed ones among them
   */
  public record Outcome(
      String runId, long measured, long failed, long published, long failedBefore) {
    /** Failed cells, old and new. */
    public long allFailed() {
      return failed + failedBefore;
    }
  }

  /**
   * Plans, measures what is not published yet, and publishes it. All bad input is found before
   * Spark starts.
   *
   * @param session opens Spark; asked for only when there is something to measure
   * @throws InvalidInputException if dataset, selection or output cannot be used
   */
  public Outcome run(Supplier<SparkSession> session, SweepProgress progress) {
    Dataset dataset = Dataset.open(Storage.of(config.dataset().orElseThrow(), conf).root(), conf);
    // A selection that matches nothing is found before the output is touched.
    plan(dataset, DoneCells.NONE);
    SweepPlan.missingLayers(config, dataset.manifest()).ifPresent(progress::note);
    ResultStore store = ResultStore.create(config.output().orElseThrow(), conf);
    try (OutputLock lock = store.lock()) {
      store.sweepLeftovers();
      progress.phase("planning");
      long planning = System.nanoTime();
      DoneCells done = published(store);
      SweepPlan plan = plan(dataset, options.retryFailed() ? done.measured() : done);
      if (plan.units().isEmpty()) {
        return new Outcome("-", 0, 0, plan.published(), plan.failedBefore());
      }
      double planSeconds = secondsSince(planning);
      progress.phase("starting Spark");
      SparkSession spark = session.get();
      RunManifest manifest = RunManifest.start(config, KERNELS);
      manifest.write(store);
      lock.whenLost(() -> spark.sparkContext().cancelAllJobs());
      lock.requireHeld(); // it may have been lost before there were jobs to cancel
      progress.measuring(plan.pendingCells());
      long measuring = System.nanoTime();
      SweepJob.Work work;
      try {
        work =
            new SweepJob(
                    spark,
                    dataset.root().toString(),
                    store,
                    manifest.runId(),
                    CodeVersion.current())
                .run(plan, progress);
      } finally {
        lock.requireHeld(); // before anything else that may have gone wrong: it follows from that
      }
      double measureSeconds = secondsSince(measuring);
      store.sweepLeftovers();
      SweepPlan rest = plan(dataset, published(store));
      long failed = rest.failedBefore() - plan.failedBefore();
      Outcome outcome =
          new Outcome(
              manifest.runId(),
              plan.pendingCells() - rest.pendingCells() - failed,
              failed,
              plan.published(),
              plan.failedBefore());
      manifest
          .finish(
              Map.of(
                  "measured", outcome.measured(),
                  "failed", outcome.failed(),
                  "published_before", outcome.published()),
              new RunCost(
                  planSeconds,
                  measureSeconds,
                  work.seconds(),
                  work.tasks(),
                  spark.sparkContext().defaultParallelism(),
                  RunCost.peakHeapBytes()))
          .write(store);
      return outcome;
    }
  }

  /** What is published; failures that were mended since are tidied away. */
  private static DoneCells published(ResultStore store) {
    DoneCells done = DoneCells.read(store);
    store.deleteMended(done);
    return done;
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) * 1e-9;
  }
}
