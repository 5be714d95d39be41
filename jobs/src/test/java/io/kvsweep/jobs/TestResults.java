package io.kvsweep.jobs;

import io.kvsweep.jobs.aggregate.AggregateOptions;
import io.kvsweep.jobs.aggregate.AggregateTables;
import io.kvsweep.jobs.config.LayerSelection;
import io.kvsweep.jobs.config.MethodEntry;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.results.RunCost;
import io.kvsweep.jobs.results.RunManifest;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A small finished output folder: models {@code ma} and {@code mb}, two prompts and two layers of
 * each. SVDq takes 1.5 bits on {@code ma}; on {@code mb} 3, and there it loses on layer 1 to rtn at
 * 2. KIVI failed on one layer and was not tried on the others.
 */
public final class TestResults {
  public static final String SVDQ = canonical("svdq(bits=1.25)");
  public static final String RTN2 = canonical("rtn(bits=2,axis=channel)");
  public static final String RTN4 = canonical("rtn(bits=4,axis=channel)");
  public static final String KIVI = canonical("kivi(bits=2)");

  private TestResults() {}

  private static String canonical(String spec) {
    return Methods.STANDARD.expand(spec).get(0).toString();
  }

  /** Writes and aggregates it; returns the id of its run. */
  public static String write(Path folder) {
    String run = publish(folder);
    ResultStore store = ResultStore.open(folder.toString(), new Configuration(false));
    AggregateTables.write(TestSpark.session(), store, AggregateOptions.DEFAULT);
    return run;
  }

  /** The same without tables. */
  public static String publish(Path folder) {
    ResultStore store = ResultStore.create(folder.toString(), new Configuration(false));
    RunManifest run = RunManifest.start(config(), "scalar");
    run.finish(
            Map.of("measured", 24L, "failed", 1L, "published_before", 0L),
            new RunCost(0.1, 2, 3, 8, 2, 1 << 26))
        .write(store);
    for (String model : List.of("ma", "mb")) {
      for (String prompt : List.of("p1", "p2")) {
        for (int layer = 0; layer < 2; layer++) {
          store.publish(
              run.runId(),
              TestRows.unit(model, prompt, layer),
              rows(run.runId(), model, prompt, layer));
        }
      }
    }
    return run.runId();
  }

  private static List<ResultRow> rows(String run, String model, String prompt, int layer) {
    boolean loses = model.equals("mb") && layer == 1;
    double factor = prompt.equals("p1") ? 1 : 1.25; // else intervals over prompts have no width
    List<ResultRow> rows = new ArrayList<>();
    rows.add(
        row(
            SVDQ,
            run,
            model,
            prompt,
            layer,
            factor * (loses ? 0.2 : 0.01),
            model.equals("mb") ? 6 : 3));
    rows.add(row(RTN2, run, model, prompt, layer, 0.1, 4));
    rows.add(row(RTN4, run, model, prompt, layer, 0.001, 8));
    if (model.equals("ma") && prompt.equals("p1") && layer == 0) {
      ResultRow failed = TestRows.failed(KIVI, model, prompt, layer, "out of \"heap\",\nsay more");
      rows.add(identity(failed, KIVI, run));
    }
    return rows;
  }

  private static ResultRow row(
      String spec, String run, String model, String prompt, int layer, double nmse, long bytes) {
    ResultRow row = TestRows.measured(spec, model, prompt, layer, nmse, bytes);
    return identity(row, spec, run)
        .with()
        .set(ResultColumn.EFFECTIVE_BITS, 8.0 * bytes / 16)
        .set(ResultColumn.ENCODE_NS, 1000L)
        .set(ResultColumn.DECODE_NS, 500L)
        .build();
  }

  private static ResultRow identity(ResultRow row, String spec, String run) {
    return row.with()
        .set(ResultColumn.RUN_ID, run)
        .set(ResultColumn.METHOD, spec.replaceFirst("\\(.*", ""))
        .set(ResultColumn.METHOD_SPEC, spec)
        .build();
  }

  private static SweepConfig config() {
    return new SweepConfig(
        Optional.of("/data"),
        Optional.empty(),
        List.of("*"),
        List.of("*"),
        LayerSelection.ALL,
        List.of(CellKind.KEY),
        1,
        List.of(new MethodEntry("svdq(bits=1.25)", "sweep.yaml:2:5", Optional.empty())));
  }
}
