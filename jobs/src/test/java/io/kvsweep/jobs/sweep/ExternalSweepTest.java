package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.datasets.capture.CaptureWriter;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody else reconstructed, from files to published rows. */
class ExternalSweepTest {
  /** What nobody declares, or what tells that it was declared. */
  private static final Set<ResultColumn> DIFFERENT =
      EnumSet.of(
          ResultColumn.RUN_ID,
          ResultColumn.CELL_ID,
          ResultColumn.METHOD,
          ResultColumn.METHOD_SPEC,
          ResultColumn.FIDELITY,
          ResultColumn.NOMINAL_BITS,
          ResultColumn.EXACT_TOKENS,
          ResultColumn.CODES_BYTES,
          ResultColumn.PARAMETERS_BYTES,
          ResultColumn.BASIS_BYTES,
          ResultColumn.EXACT_BYTES,
          ResultColumn.HEADER_BYTES,
          ResultColumn.EFFECTIVE_BITS_4K,
          ResultColumn.EFFECTIVE_BITS_32K,
          ResultColumn.EFFECTIVE_BITS_128K,
          ResultColumn.ENCODE_NS,
          ResultColumn.DECODE_NS);

  private static final Captures ROPE = Captures.of("rope", 2, 16, 65);

  @TempDir Path folder;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  private SweepBench bench(Captures... captures) throws IOException {
    SweepBench bench = new SweepBench(folder);
    Path files = Files.createDirectories(folder.resolve("captures"));
    for (Captures capture : captures) {
      capture.write(files);
    }
    imported(files, bench.dataset());
    return bench;
  }

  private static void imported(Path captures, Path dataset) {
    SweepBench.Said said =
        SweepBench.run("import", captures.toString(), "--out", dataset.toString());
    assertEquals(0, said.code(), said.err());
  }

  /** A dataset {@code name} with this reconstruction. */
  private void reconstruction(String name, PromptSource source) throws IOException {
    Path files = Files.createDirectories(folder.resolve(name + "-captures"));
    CaptureWriter.write(files.resolve("r.safetensors"), source);
    imported(files, folder.resolve(name));
  }

  private static Map<String, ResultRow> ofMethod(Map<String, ResultRow> rows, String spec) {
    Map<String, ResultRow> out = new TreeMap<>();
    rows.forEach(
        (key, row) -> {
          if (row.get(ResultColumn.METHOD_SPEC).equals(spec)) {
            out.put(key.substring(spec.length()), row);
          }
        });
    return out;
  }

  private static String same(ResultRow row) {
    return same(row, Set.of());
  }

  private static String same(ResultRow row, Set<ResultColumn> but) {
    return Arrays.stream(ResultColumn.values())
        .filter(column -> !DIFFERENT.contains(column) && !but.contains(column))
        .map(
            column -> {
              Object value = row.get(column);
              return column.label()
                  + "="
                  + (value instanceof HeadResult[] heads ? Arrays.toString(heads) : value);
            })
        .collect(Collectors.joining("\n"));
  }

  @Test
  void whatOurCodecsDecodedGivesTheirNumbersToTheBit() throws IOException {
    SweepBench bench =
        bench(
            ROPE,
            Captures.of("bf16", 1, 24, 40).dtype(DType.BF16),
            Captures.of("one-token", 2, 16, 1).dtype(DType.F32),
            Captures.of("no-rope", 2, 16, 33).withoutRope(),
            Captures.of("no-queries", 2, 16, 33).withoutQueries(),
            Captures.of("keys-only", 2, 16, 33).keysOnly());
    // In the stage of the capture, in the other one, with a basis, and keys unlike values.
    Map<String, String> specs =
        Map.of(
            "channel", "rtn(bits=3,axis=channel,group=0,symmetric=false,rope=pre)",
            "post", "kivi(bits=2,group=32,residual=0,rope=post)",
            "svd", "svdq(bits=1.25,group=128,levels=midpoints,heads=joint)");
    for (Map.Entry<String, String> spec : specs.entrySet()) {
      Path files = folder.resolve(spec.getKey() + "-captures");
      SweepBench.Said said =
          SweepBench.run(
              "reconstruct",
              bench.dataset().toString(),
              "--method",
              spec.getValue(),
              "--out",
              files.toString());
      assertEquals(0, said.code(), said.err());
      assertEquals(files + ": 6 captures\n", said.out());
      imported(files, folder.resolve(spec.getKey()));
    }
    bench.yaml(
        "kinds: [key, both]",
        "methods: ['"
            + String.join("', '", specs.values())
            + "', 'external(dir=[channel,post,svd])']");
    SweepBench.Said said = bench.sweep("o");
    assertEquals(3, said.code(), said.err()); // there are no values in keys-only
    Map<String, ResultRow> rows = bench.rows("o");
    for (Map.Entry<String, String> spec : specs.entrySet()) {
      Map<String, ResultRow> decoded = ofMethod(rows, spec.getValue());
      Map<String, ResultRow> external = ofMethod(rows, "external(name=" + spec.getKey() + ")");
      assertEquals(6 * 2 * 2, decoded.size(), spec.getValue());
      assertEquals(decoded.keySet(), external.keySet());
      for (String key : decoded.keySet()) {
        assertEquals(same(decoded.get(key)), same(external.get(key)), spec.getKey() + key);
      }
      assertEquals(
          22, external.values().stream().filter(ResultRow::measured).count(), spec.getKey());
    }
    ResultRow row = rows.get("external(name=post) rope/p layer 1 both");
    assertEquals("external", row.get(ResultColumn.METHOD));
    assertEquals("declared", row.get(ResultColumn.FIDELITY));
    assertEquals(row.get(ResultColumn.EFFECTIVE_BITS), row.get(ResultColumn.NOMINAL_BITS));
    assertNull(row.get(ResultColumn.CODES_BYTES));
    assertNull(row.get(ResultColumn.EXACT_TOKENS));
    assertNull(row.get(ResultColumn.EFFECTIVE_BITS_4K));
    assertNull(row.get(ResultColumn.ENCODE_NS));

    SweepBench.Said tables = SweepBench.run("aggregate", bench.output("o").toString());
    assertEquals(3, tables.code(), tables.err());
    String summary = Files.readString(bench.output("o").resolve("tables/summary.csv"));
    String frontier = Files.readString(bench.output("o").resolve("tables/frontier.csv"));
    for (String name : specs.keySet()) {
      assertTrue(summary.contains("external(name=" + name + ")"), summary);
    }
    assertTrue(frontier.contains("external(name="), frontier);
  }

  private SweepBench.Said reconstruct(SweepBench bench, String spec, String out, String... more) {
    List<String> command =
        new ArrayList<>(List.of("reconstruct", bench.dataset().toString(), "--method", spec));
    command.addAll(List.of("--out", folder.resolve(out + "-captures").toString()));
    command.addAll(List.of(more));
    return SweepBench.run(command.toArray(new String[0]));
  }

  @Test
  void capturesOfAnotherMethodAreNotReplacedNorJoined() throws IOException {
    SweepBench bench = new SweepBench(folder).with(SweepBench.small().layers(1));
    String four = Methods.STANDARD.expand("rtn(bits=4)").get(0).toString();
    String two = Methods.STANDARD.expand("rtn(bits=2)").get(0).toString();
    assertEquals(0, reconstruct(bench, "rtn(bits=4)", "x", "--prompts", "b").code());
    Path file = folder.resolve("x-captures/00000-small-b.safetensors");
    byte[] before = Files.readAllBytes(file);
    for (String prompts : List.of("a", "b")) {
      SweepBench.Said said = reconstruct(bench, "rtn(bits=2)", "x", "--prompts", prompts);
      assertEquals(2, said.code());
      assertEquals(
          "kvsweep: %s: is there already, decoded by '%s', expected '%s': give another --out or delete it\n"
              .formatted(file, four, two),
          said.err());
    }
    assertArrayEquals(before, Files.readAllBytes(file));
    SweepBench.Said same = reconstruct(bench, "rtn(bits=4)", "x");
    assertEquals(0, same.code(), same.err());
  }

  @Test
  void whatAMethodCannotEncodeIsNamed() {
    // Steps of rtn are f16.
    SweepBench bench =
        new SweepBench(folder)
            .with(SweepBench.small().layers(1).dtype(DType.F32).outlierScale(1e4).sinkScale(1e4));
    SweepBench.Said said = reconstruct(bench, "rtn(bits=3,axis=channel)", "x");
    assertEquals(2, said.code(), said.err());
    assertTrue(
        said.err().startsWith("kvsweep: small/a, layers.0.key: the method cannot encode it: "),
        said.err());
    assertTrue(
        said.err().endsWith("; give --prompts or --models without it, or another method\n"),
        said.err());
  }

  /** Across layers too: bytes of both tensors of each layer, and what attention makes of them. */
  @Test
  void whatAnArtefactPredictedGivesItsNumbersToTheBit() throws IOException {
    SweepBench bench =
        new SweepBench(folder).with(SweepBench.small().layers(3).layerCorrelation(0.9));
    String artefacts = folder.resolve("artefacts").toString();
    // Sinks are exact and not in nmse, of which whoever declares a tensor says nothing.
    Map<String, String> specs =
        Map.of(
            "all", "aqua(bits=2,sinks=0,backbone=rtn(group=8))",
            "sinks", "aqua(bits=2,sinks=4,backbone=rtn(group=8))");
    Map<String, String> canonical = new TreeMap<>();
    for (Map.Entry<String, String> spec : specs.entrySet()) {
      SweepBench.Said made =
          SweepBench.run(
              "calibrate",
              spec.getValue(),
              "--dataset",
              bench.dataset().toString(),
              "--prompts",
              "a",
              "--out",
              artefacts);
      assertEquals(0, made.code(), made.err());
      SweepBench.Said said =
          reconstruct(
              bench, spec.getValue(), spec.getKey(), "--artefacts", artefacts, "--prompts", "b");
      assertEquals(0, said.code(), said.err());
      imported(folder.resolve(spec.getKey() + "-captures"), folder.resolve(spec.getKey()));
      canonical.put(spec.getKey(), Methods.STANDARD.expand(spec.getValue()).get(0).toString());
    }
    bench.yaml(
        "prompts: [b]",
        "kinds: [key, value, both]",
        "methods: ['" + String.join("', '", specs.values()) + "', 'external(dir=[all,sinks])']");
    assertEquals(0, bench.sweep("o", "--artefacts", artefacts).code());
    Map<String, ResultRow> rows = bench.rows("o");
    Map<String, ResultRow> all = ofMethod(rows, canonical.get("all"));
    Map<String, ResultRow> external = ofMethod(rows, "external(name=all)");
    assertEquals(3 * 3, all.size());
    assertEquals(all.keySet(), external.keySet());
    for (String key : all.keySet()) {
      // Energies of keys and values are summed in another order where they are streamed.
      Set<ResultColumn> unequal =
          key.endsWith("both")
              ? EnumSet.of(ResultColumn.RD_LIMIT_NMSE, ResultColumn.BITS_ABOVE_LIMIT)
              : EnumSet.noneOf(ResultColumn.class);
      unequal.add(ResultColumn.ARTEFACT_BYTES);
      unequal.add(ResultColumn.UNIT_ID); // a prompt, and a layer of it
      assertEquals(same(all.get(key), unequal), same(external.get(key), unequal), key);
    }
    Map<String, ResultRow> sinks = ofMethod(rows, canonical.get("sinks"));
    for (Map.Entry<String, ResultRow> declared :
        ofMethod(rows, "external(name=sinks)").entrySet()) {
      ResultRow row = sinks.get(declared.getKey());
      assertEquals(4, row.get(ResultColumn.EXACT_TOKENS));
      assertEquals(
          (Double) declared.getValue().get(ResultColumn.BITS_ABOVE_LIMIT),
          (Double) row.get(ResultColumn.BITS_ABOVE_LIMIT),
          1e-12,
          "of all tokens, whoever counts");
      assertTrue(
          (Double) declared.getValue().get(ResultColumn.NMSE)
              < (Double) row.get(ResultColumn.NMSE));
    }

    SweepBench.Said fitted =
        reconstruct(bench, specs.get("all"), "fitted", "--artefacts", artefacts);
    assertEquals(2, fitted.code());
    assertTrue(
        fitted.err().contains("prompt 'small/a' was used to calibrate '" + canonical.get("all")),
        fitted.err());
    SweepBench.Said missing = reconstruct(bench, specs.get("all"), "missing", "--prompts", "b");
    assertEquals(2, missing.code());
    assertTrue(missing.err().contains("and no --artefacts is given"), missing.err());
    assertFalse(Files.exists(folder.resolve("fitted-captures")), "nothing was written");
    assertFalse(Files.exists(folder.resolve("missing-captures")), "nothing was written");
  }

  @Test
  void contentDecidesWhatIsMeasuredAgainAndNoPath() throws IOException {
    SweepBench bench = bench(ROPE);
    String[] sweep = {
      "kinds: [key, value, both]", "methods: ['external(bits=2,dir=first/../DIR,name=mine)']"
    };
    reconstruction("partial", DeclaredSource.of(ROPE.source(), 100).onlyLayer(0));
    reconstruction("whole", DeclaredSource.of(ROPE.source(), 100));
    reconstruction("moved", DeclaredSource.of(ROPE.source(), 100));
    reconstruction("other", DeclaredSource.of(ROPE.source(), 100).with("layers.1.key", 99));

    bench.yaml(sweep[0], sweep[1].replace("DIR", "partial"));
    String partial = bench.sweep("o").out();
    assertTrue(partial.startsWith("3 cells measured, 3 failed, 0 were there already;"), partial);
    List<String> errors =
        bench.rows("o").values().stream()
            .filter(row -> !row.measured())
            .map(row -> row.get(ResultColumn.ERROR).toString())
            .toList();
    assertEquals(3, errors.size());
    assertTrue(
        errors.stream()
            .allMatch(
                error ->
                    error.contains("partial has no layers.1.")
                        && error.contains(
                            " of rope/p: reconstruct it too and import it with 'kvsweep import RECONSTRUCTED... --out ")),
        errors.toString());

    bench.yaml(sweep[0], sweep[1].replace("DIR", "whole"));
    assertEquals(
        "3 cells measured, 0 failed, 3 were there already\n", bench.sweep("o").out(), "layer 1");
    bench.yaml(sweep[0], sweep[1].replace("DIR", "moved"));
    assertEquals("0 cells measured, 0 failed, 6 were there already\n", bench.sweep("o").out());
    bench.yaml(sweep[0], sweep[1].replace("DIR", "other"));
    assertEquals(
        "2 cells measured, 0 failed, 4 were there already\n", bench.sweep("o").out(), "key, both");

    SweepBench.Said tables = SweepBench.run("aggregate", bench.output("o").toString());
    assertEquals(0, tables.code(), tables.err());
    List<String> summary =
        Files.readAllLines(bench.output("o").resolve("tables/summary.csv")).stream()
            .filter(line -> line.startsWith("rope,key,"))
            .toList();
    assertEquals(1, summary.size(), "what was measured later counts: " + summary);
    // 100 and 99 bytes of 2 x 65 x 32 values.
    double bits = 8.0 * 199 / (2 * 65 * 32);
    assertTrue(summary.get(0).contains("," + bits + ","), summary.get(0));
  }

  @Test
  void sizesAtOtherLengthsAreThoseDeclared() throws IOException {
    SweepBench bench = bench(ROPE);
    DeclaredSource without = DeclaredSource.of(ROPE.source(), 100);
    reconstruction("without", without);
    DeclaredSource some =
        without
            .at("4k", "layers.0.key", 5000)
            .at("4k", "layers.0.value", 3000)
            .at("128k", "layers.0.key", 70_000);
    reconstruction("some", some);
    bench.yaml("kinds: [key, value, both]", "methods: ['external(dir=without,name=mine)']");
    assertEquals(0, bench.sweep("o").code());
    bench.yaml("kinds: [key, value, both]", "methods: ['external(dir=some,name=mine)']");
    assertEquals(
        "3 cells measured, 0 failed, 3 were there already\n", bench.sweep("o").out(), "of layer 0");
    assertEquals(0, bench.sweep("p").code());
    Map<String, String> declared = new TreeMap<>();
    for (ResultRow row : bench.rows("p").values()) {
      declared.put(
          row.get(ResultColumn.LAYER) + " " + row.get(ResultColumn.KIND),
          row.get(ResultColumn.EFFECTIVE_BITS_4K)
              + " "
              + row.get(ResultColumn.EFFECTIVE_BITS_32K)
              + " "
              + row.get(ResultColumn.EFFECTIVE_BITS_128K));
    }
    assertEquals(
        Map.of(
            "0 key",
            8 * 5000 / (4096 * 32.0) + " null " + 8 * 70_000 / (131_072 * 32.0),
            "0 value",
            8 * 3000 / (4096 * 32.0) + " null null",
            "0 both",
            8 * 8000 / (2 * 4096 * 32.0) + " null null",
            "1 key",
            "null null null",
            "1 value",
            "null null null",
            "1 both",
            "null null null"),
        declared);
  }

  private void refused(SweepBench bench, String methods, String... parts) throws IOException {
    bench.yaml("methods: [" + methods + "]");
    SweepBench.Said said = bench.sweep("refused");
    assertEquals(2, said.code(), said.out() + said.err());
    for (String part : parts) {
      assertTrue(said.err().contains(part), said.err());
    }
    assertFalse(Files.exists(bench.output("refused").resolve("results")), "work was done");
  }

  @Test
  void whatCannotBeScoredIsFoundBeforeAnyWork() throws IOException {
    SweepBench bench = bench(ROPE);
    reconstruction("good", DeclaredSource.of(ROPE.source(), 10));
    Files.createDirectories(folder.resolve("sub"));
    reconstruction("sub/good", DeclaredSource.of(ROPE.source(), 11));
    reconstruction("undeclared", new DeclaredSource(ROPE.source(), tensor -> true, Map.of()));
    reconstruction("shorter", DeclaredSource.of(Captures.of("rope", 2, 16, 64).source(), 10));
    reconstruction(
        "unrotated", DeclaredSource.of(Captures.of("rope", 2, 16, 65).withoutRope().source(), 10));
    reconstruction("stranger", DeclaredSource.of(Captures.of("stranger", 2, 16, 65).source(), 10));

    refused(bench, "'external(dir=nowhere)'", "sweep.yaml:1:11: dir=nowhere: ", "no such dataset");
    refused(bench, "'external(dir=captures)'", "no dataset, dataset.json is missing");
    refused(
        bench, "'external(name=x)'", "names no dataset of reconstructions; write external(dir=");
    refused(
        bench,
        "'external(dir=[good,sub/good])'",
        "are both external(name=good) in tables; tell them apart with name=WORD or bits=NUMBER");
    refused(
        bench,
        "'external(dir=undeclared)'",
        "undeclared: layers.0.key of rope/p declares no size; write",
        "'declared_bytes.layers.0.key'");
    refused(
        bench,
        "'external(dir=shorter)'",
        "shorter: layers.0.key of rope/p has shape [64, 2, 16], the capture has [65, 2, 16]");
    refused(
        bench,
        "'external(dir=unrotated)'",
        "layers.0.key of rope/p has rotary stage none, the capture has pre");
    refused(
        bench,
        "'external(dir=stranger)'",
        "stranger: the dataset has no prompt of the sweep, such as 'rope/p'; it has 'stranger/p'");
    refused(bench, "'pair(key=external(dir=good),value=none)'", "cannot stand in a pair");
    refused(bench, "'knorm(budget=4) | external(dir=good)'", "it stands alone, without '|'");
  }

  @Test
  void reconstructRefusesWhatItCannotDecodeAlone() throws IOException {
    SweepBench bench = bench(ROPE);
    for (String spec :
        List.of("knorm(budget=4) | none", "knorm(budget=4) | aqua(bits=2)", "external(name=x)")) {
      SweepBench.Said said =
          SweepBench.run(
              "reconstruct",
              bench.dataset().toString(),
              "--method",
              spec,
              "--out",
              folder.resolve("r").toString());
      assertEquals(2, said.code());
      assertTrue(said.err().contains("cannot be reconstructed"), said.err());
    }
    SweepBench.Said grid =
        SweepBench.run(
            "reconstruct", bench.dataset().toString(), "--method", "rtn(bits=[2,4])", "--out", "r");
    assertEquals(2, grid.code());
    assertTrue(grid.err().contains("stands for 2 methods; reconstruct takes one"), grid.err());
  }

  @Test
  void theExampleScriptIsScoredLikeTheSameMethodHere() throws Exception {
    String python = System.getProperty("kvsweep.python", "python3");
    assumeTrue(
        run(folder, python, "-c", "import numpy, safetensors.numpy") == 0,
        "skipped: no "
            + python
            + " with numpy and safetensors; name one with -Dkvsweep.python=...");
    SweepBench bench = bench(ROPE);
    Path script =
        Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .getParent()
            .resolve("datasets/score_external.py");
    Path out = folder.resolve("numpy-captures");
    assertEquals(
        0,
        run(
            folder,
            python,
            script.toString(),
            "--bits",
            "3",
            "--out",
            out.toString(),
            folder.resolve("captures/rope.safetensors").toString()));
    imported(out, folder.resolve("numpy"));
    bench.yaml(
        "methods: ['rtn(bits=3,axis=channel)', 'external(bits=3,dir=numpy,name=numpy-rtn)']");
    assertEquals(0, bench.sweep("o").code());
    Map<String, ResultRow> rows = bench.rows("o");
    Map<String, ResultRow> script3 = ofMethod(rows, "external(bits=3,name=numpy-rtn)");
    Map<String, ResultRow> ours =
        ofMethod(rows, "rtn(bits=3,axis=channel,group=0,symmetric=false,rope=pre)");
    assertEquals(4, ours.size());
    assertEquals(ours.keySet(), script3.keySet());
    for (String key : ours.keySet()) {
      ResultRow a = ours.get(key);
      ResultRow b = script3.get(key);
      assertEquals(
          (Long) a.get(ResultColumn.TOTAL_BYTES) - (Long) a.get(ResultColumn.HEADER_BYTES),
          b.get(ResultColumn.TOTAL_BYTES),
          "all but our header");
      assertEquals(3.0, b.get(ResultColumn.NOMINAL_BITS));
      // The same formula in float32: codes differ only where a quotient rounds to a tie.
      for (ResultColumn metric : List.of(ResultColumn.NMSE, ResultColumn.OUTPUT_ERROR)) {
        double ratio = (Double) b.get(metric) / (Double) a.get(metric);
        assertEquals(
            1, ratio, 0.01, () -> String.format(Locale.ROOT, "%s of %s", metric.label(), key));
      }
    }
  }

  private static int run(Path folder, String... command) throws Exception {
    Path log = folder.resolve("python.log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return process.waitFor();
    } catch (IOException e) {
      return -1; // there is no such program
    }
  }
}
