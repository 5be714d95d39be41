package io.kvsweep.jobs.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.datasets.canonical.CaptureImporter;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.cli.CommandLines;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AQUA-KV on real captures: one prompt held out, predictors fitted on the others. */
class AquaCapturesTest {
  private static final Path CAPTURES = Path.of("../../shared/captures");
  private static final String HELD_OUT = "dracula";

  @TempDir Path folder;

  @BeforeAll
  static void needsCaptures() {
    assumeTrue(Files.isDirectory(CAPTURES), "skipped: no captures in ../shared/captures");
    TestSpark.session();
  }

  @Test
  void llamaBeatsDirectQuantisationOnEveryLayerAboveTheFirst() throws Exception {
    check("books-llama-13m", "leviathan,moby-dick,on-the-origin-of-species", 0.02, 0.03);
  }

  @Test
  void qwenBeatsDirectQuantisationOnEveryLayerAboveTheFirst() throws Exception {
    assumeTrue(
        Boolean.getBoolean("kvsweep.full"),
        "skipped: half a minute of the same on a second model; run with -Pfull");
    check("books-qwen3-13m", "moby-dick,on-the-origin-of-species", 0.035, 0.02);
  }

  private void check(String model, String prompts, double keys, double values) throws Exception {
    String dataset = folder.resolve("dataset").toString();
    new CaptureImporter(new org.apache.hadoop.fs.Path(dataset), new Configuration(), line -> {})
        .importPaths(List.of(CAPTURES.resolve(model + "__*.safetensors").toString()));
    String artefacts = folder.resolve("artefacts").toString();
    String made =
        run(
            "calibrate",
            "aqua(bits=2)",
            "--dataset",
            dataset,
            "--prompts",
            prompts,
            "--out",
            artefacts);
    Path config =
        Files.writeString(
            folder.resolve("sweep.yaml"),
            "prompts: [" + HELD_OUT + "]\nmethods: ['aqua(bits=2)', 'higgs(bits=2)']\n");
    String out = folder.resolve("out").toString();
    run("sweep", config.toString(), "--dataset", dataset, "--out", out, "--artefacts", artefacts);
    ResultStore store = ResultStore.open(out, new Configuration());
    StringBuilder table = new StringBuilder(made);
    int above = 0;
    for (org.apache.hadoop.fs.Path file : store.files()) {
      for (ResultRow row : store.read(file, List.of(ResultColumn.values()))) {
        assertEquals(
            "measured", row.get(ResultColumn.STATUS), () -> "" + row.get(ResultColumn.ERROR));
        double nmse = (Double) row.get(ResultColumn.NMSE);
        int layer = (Integer) row.get(ResultColumn.LAYER);
        String kind = (String) row.get(ResultColumn.KIND);
        boolean aqua = "aqua".equals(row.get(ResultColumn.METHOD));
        table.append(
            String.format(
                Locale.ROOT,
                "%s %s %s layer %d nmse %.5f bits %.4f (32k %.4f) kl %s%n",
                model,
                row.get(ResultColumn.METHOD),
                kind,
                layer,
                nmse,
                (Double) row.get(ResultColumn.EFFECTIVE_BITS),
                (Double) row.get(ResultColumn.EFFECTIVE_BITS_32K),
                row.get(ResultColumn.ATTENTION_KL)));
        if (aqua && layer > 0) {
          above++;
          double limit = kind.equals("key") ? keys : values;
          assertTrue(nmse < limit, () -> "%s layer %d: %f".formatted(kind, layer, nmse));
        }
      }
    }
    assertEquals(10, above, "five layers above the first, keys and values");
    Files.writeString(Path.of("target", "aqua-" + model + ".txt"), table); // to look at
  }

  private static String run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        CommandLines.create()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    assertEquals(0, code, err::toString);
    return out.toString();
  }
}
