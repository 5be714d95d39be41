package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.kvsweep.datasets.canonical.CaptureImporter;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.testkit.Captures;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a task slot needs for the largest unit there is, one layer of 12,288 tokens and 1,024 joined
 * channels, in fresh JVMs with one core.
 */
class MemoryPerSlotTest {
  /** Half of what the launcher gives by default. */
  private static final int STATED_MB = 1024;

  private static final int STEP_MB = 64;

  /** Every layer-local method with its defaults, and parameters that change what is held. */
  private static final List<String> SPECS =
      List.of(
          "none",
          "rtn(bits=4)",
          "rtn(bits=2,axis=channel)",
          "kivi(bits=2)",
          "svdq(bits=1.25)",
          "svdq(bits=2,group=0,levels=endpoints)",
          "svdq(bits=auto:1.25)",
          "svdq(effective_bits=3)",
          "svdq(bits=2,heads=separate)",
          "svdq(bits=2,tail=frozen:64)",
          "decoquant(bits=4)",
          "decoquant(bits=4,variant=b)",
          "decoquant(bits=4,block=1000)",
          "higgs(bits=2)",
          "higgs(bits=4,group=128,signs=true)",
          "hadamard | rtn(bits=4)");

  @TempDir static Path folder;

  @Test
  void everyLayerLocalMethodOfTheRegistryIsThere() {
    for (Method method : Methods.STANDARD.methods()) {
      boolean layerLocal =
          method instanceof Method.OfTensor || method instanceof Method.OfTransform;
      assertTrue(
          !layerLocal || SPECS.stream().anyMatch(spec -> spec.startsWith(method.name())),
          () -> "no specification of " + method.name());
    }
  }

  /** Keys and values by every specification in one task, as a sweep of all of them would. */
  @Test
  @EnabledIfSystemProperty(
      named = "kvsweep.full",
      matches = "true",
      disabledReason = "skipped: two minutes of eigenvectors; run with -Pfull")
  void everyLayerLocalMethodFitsTheStatedHeapAtOnce() throws Exception {
    assertTrue(runs(dataset(), SPECS, STATED_MB), () -> "does not fit into " + STATED_MB + " MB");
  }

  /** Makes the table of docs/costs.md: the least heap of each, in steps. */
  @Test
  @EnabledIfSystemProperty(
      named = "kvsweep.memory",
      matches = "true",
      disabledReason = "skipped: some fifty JVMs, half an hour; run with -Dkvsweep.memory=true")
  void leastHeapOfEachMethod() throws Exception {
    String dataset = dataset();
    StringBuilder table = new StringBuilder("| method | heap, MB |\n|---|---|\n");
    int heap = 9 * STEP_MB;
    for (String spec : SPECS) {
      heap = least(dataset, List.of(spec), heap);
      table.append(String.format(Locale.ROOT, "| `%s` | %d |%n", spec.replace("|", "\\|"), heap));
      assertTrue(heap <= STATED_MB, spec);
      Files.writeString(Path.of("target", "memory-per-slot.md"), table); // to look at
    }
  }

  private static String dataset() {
    List<Path> files =
        Captures.shared().stream().filter(f -> f.toString().contains("188m")).toList();
    assumeFalse(files.isEmpty(), "skipped: no 188m capture in ../shared/captures");
    String dataset = folder.resolve("dataset").toString();
    new CaptureImporter(new org.apache.hadoop.fs.Path(dataset), new Configuration(), line -> {})
        .importPaths(List.of(files.get(0).toString()));
    return dataset;
  }

  /** Least heap in MB, searched from a guess on. */
  private static int least(String dataset, List<String> specs, int guess) throws Exception {
    int heap = guess;
    if (runs(dataset, specs, heap)) {
      while (heap > STEP_MB && runs(dataset, specs, heap - STEP_MB)) {
        heap -= STEP_MB;
      }
      return heap;
    }
    do {
      heap += STEP_MB;
    } while (heap <= STATED_MB && !runs(dataset, specs, heap));
    return heap;
  }

  private static boolean runs(String dataset, List<String> specs, int heapMb) throws Exception {
    Path log = folder.resolve("log");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMb + "m",
                "-XX:ActiveProcessorCount=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Slot.class.getName(),
                dataset));
    command.addAll(specs);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(20, TimeUnit.MINUTES), () -> specs + " in " + heapMb + " MB");
    String said = Files.readString(log, StandardCharsets.UTF_8);
    assertTrue(
        process.exitValue() == 0
            || (process.exitValue() == 3 && said.contains("java.lang.OutOfMemoryError")),
        () -> specs + " in " + heapMb + " MB: exit " + process.exitValue() + "\n" + said);
    return process.exitValue() == 0;
  }

  /** One task: a unit with the cells of some methods, keys and values. */
  static final class Slot {
    private Slot() {}

    public static void main(String[] args) {
      Configuration conf = new Configuration();
      Dataset dataset = Dataset.open(new org.apache.hadoop.fs.Path(args[0]), conf);
      PromptInfo prompt = dataset.manifest().prompts().get(0);
      UnitKey unit =
          UnitKey.ofLayer(dataset.manifest().model(prompt.model()), prompt, prompt.layers().get(0));
      List<Cell> cells =
          Arrays.stream(args)
              .skip(1)
              .map(spec -> Methods.STANDARD.expand(spec).get(0))
              .flatMap(
                  spec ->
                      Stream.of(CellKind.KEY, CellKind.VALUE)
                          .map(kind -> Cell.of(Methods.STANDARD, spec, kind, 1)))
              .toList();
      List<ResultRow> rows =
          new UnitMeasurement(Methods.STANDARD)
              .measure(() -> new UnitReader(new TensorReader(dataset)), unit, cells);
      for (ResultRow row : rows) {
        if (!row.measured()) {
          throw new IllegalStateException(
              row.get(ResultColumn.METHOD_SPEC) + ": " + row.get(ResultColumn.ERROR));
        }
      }
    }
  }
}
