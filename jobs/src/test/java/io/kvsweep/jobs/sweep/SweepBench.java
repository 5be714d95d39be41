package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.synth.SynthSpec;
import io.kvsweep.datasets.synth.SynthSpecBuilder;
import io.kvsweep.datasets.synth.SyntheticCapture;
import io.kvsweep.jobs.cli.CommandLines;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.config.SweepConfigReader;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** A folder with a dataset, a sweep file and an output, and the commands on them. */
final class SweepBench {
  static final Configuration CONF = new Configuration(false);

  /** What two runs of the same cell may differ in. */
  private static final Set<ResultColumn> OF_THE_RUN =
      EnumSet.of(
          ResultColumn.RUN_ID,
          ResultColumn.CODE_VERSION,
          ResultColumn.ENCODE_NS,
          ResultColumn.DECODE_NS);

  private final Path folder;

  SweepBench(Path folder) {
    this.folder = folder;
  }

  /** What a command said. */
  record Said(int code, String out, String err) {}

  Path dataset() {
    return folder.resolve("dataset");
  }

  Path output(String name) {
    return folder.resolve(name);
  }

  /** Small: 2 layers of 40 tokens, 2 heads of 8 channels; change what matters. */
  static SynthSpecBuilder small() {
    return SynthSpec.builder()
        .model("small")
        .prompts(List.of("a", "b"))
        .layers(2)
        .tokens(40)
        .kvHeads(2)
        .queryHeads(4)
        .headDim(8)
        .queries(5)
        .seed(7);
  }

  SweepBench with(SynthSpecBuilder spec) {
    SyntheticCapture.write(
        spec.build(), new org.apache.hadoop.fs.Path(dataset().toUri()), CONF, line -> {});
    return this;
  }

  DatasetManifest manifest() {
    return Dataset.open(new org.apache.hadoop.fs.Path(dataset().toUri()), CONF).manifest();
  }

  /** Writes a sweep file. */
  Path yaml(String... lines) {
    try {
      return Files.write(folder.resolve("sweep.yaml"), List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a sweep file of these lines, with the dataset. */
  SweepConfig config(MethodRegistry registry, String... lines) {
    return new SweepConfigReader(CONF, registry).read(yaml(lines).toString(), List.of());
  }

  SweepConfig config(String... lines) {
    return config(Methods.STANDARD, lines);
  }

  /** Runs {@code kvsweep sweep} on the sweep file last written. */
  Said sweep(String output, String... more) {
    return run(command(output, more).toArray(new String[0]));
  }

  /** The command of such a sweep. */
  List<String> command(String output, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "sweep",
                folder.resolve("sweep.yaml").toString(),
                "--dataset",
                dataset().toString(),
                "--out",
                output(output).toString()));
    args.addAll(List.of(more));
    return args;
  }

  /** Number of published files so far. */
  int published(String output) throws IOException {
    Path results = output(output).resolve("results");
    if (!Files.isDirectory(results)) {
      return 0;
    }
    try (var files = Files.list(results)) {
      return (int) files.count();
    }
  }

  static Said run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        CommandLines.create()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new Said(code, out.toString(), err.toString());
  }

  ResultStore store(String output) {
    return ResultStore.create(output(output).toString(), CONF);
  }

  /** All published rows; fails if a (cell, unit, layer) is there twice. */
  Map<String, ResultRow> rows(String output) {
    ResultStore store = ResultStore.open(output(output).toString(), CONF);
    List<ResultRow> rows = new ArrayList<>();
    for (org.apache.hadoop.fs.Path file : store.files()) {
      rows.addAll(store.read(file, List.of(ResultColumn.values())));
    }
    return byKey(rows);
  }

  /** Rows by cell, unit and layer, each there once. */
  static Map<String, ResultRow> byKey(List<ResultRow> rows) {
    Map<String, ResultRow> byKey = new TreeMap<>();
    for (ResultRow row : rows) {
      String key =
          "%s %s/%s layer %s %s"
              .formatted(
                  row.get(ResultColumn.METHOD_SPEC),
                  row.get(ResultColumn.MODEL),
                  row.get(ResultColumn.PROMPT),
                  row.get(ResultColumn.LAYER),
                  row.get(ResultColumn.KIND));
      assertEquals(null, byKey.put(key, row), key + " is there twice");
    }
    return byKey;
  }

  /** All columns but those of the run, doubles by their bits. */
  static Map<String, String> values(Map<String, ResultRow> rows) {
    Map<String, String> values = new TreeMap<>();
    rows.forEach((key, row) -> values.put(key, text(row)));
    return values;
  }

  private static String text(ResultRow row) {
    List<String> texts = new ArrayList<>();
    for (ResultColumn column : ResultColumn.values()) {
      if (!OF_THE_RUN.contains(column)) {
        // The shortest decimal of a double tells it from every other double.
        Object value = row.get(column);
        texts.add(
            column.label()
                + "="
                + (value instanceof HeadResult[] heads ? Arrays.toString(heads) : value));
      }
    }
    return String.join("\n", texts);
  }

  /** Files below a folder of the output, relative, sorted. */
  List<String> files(String output) throws IOException {
    try (var files = Files.walk(output(output))) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> output(output).relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
