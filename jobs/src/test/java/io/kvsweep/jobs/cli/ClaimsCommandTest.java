package io.kvsweep.jobs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.SpectrumRow;
import io.kvsweep.udfs.result.Subject;
import io.kvsweep.udfs.sql.RecordRows;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsCommandTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  private int run(String... args) {
    return CommandLines.create()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private static ResultRow row(String spec, int layer, double nmse) {
    String canonical = Methods.STANDARD.expand(spec).get(0).toString();
    return TestRows.measured(spec, "m", "p", layer, nmse, 4)
        .with()
        .set(ResultColumn.METHOD_SPEC, canonical)
        .build();
  }

  private void store() {
    ResultStore store = ResultStore.create(folder.toString(), new Configuration(false));
    for (int layer = 0; layer < 2; layer++) {
      List<ResultRow> rows =
          List.of(
              row("svdq(bits=1.25)", layer, 0.01),
              row("svdq(bits=2)", layer, 0.001),
              row("rtn(bits=2,axis=channel)", layer, 0.1));
      String unit = TestRows.unit("m", "p", layer);
      // Of the first layer the theory is right, of the second it is not.
      List<Row> spectra = List.of(RecordRows.toRow(spectrum(rows.get(0), 0.011 * (1 + layer))));
      store.publishBeside("spectra", "run-1", unit, rows, Diagnostic.SPECTRA.parquet(spectra));
      store.publish("run-1", unit, rows);
    }
  }

  private static SpectrumRow spectrum(ResultRow row, double predicted) {
    Subject subject =
        new Subject(
            "run-1",
            (String) row.get(ResultColumn.CELL_ID),
            (String) row.get(ResultColumn.UNIT_ID),
            "m",
            "p",
            (Integer) row.get(ResultColumn.LAYER),
            "key",
            (String) row.get(ResultColumn.METHOD_SPEC),
            1);
    return new SpectrumRow(
        subject, null, 4, 4, null, null, null, 4, 2.0, predicted, null, "measured", null);
  }

  @Test
  void theTableIsWrittenWhateverTheVerdicts() {
    store();
    assertEquals(0, run("claims", folder.toString()), err.toString());
    assertTrue(out.toString().contains("written: " + folder + "/tables/claims.md"));
    assertTrue(Files.exists(folder.resolve("tables/claims.csv")));
    List<Row> rows =
        TestSpark.session()
            .read()
            .parquet(folder.resolve("tables/claims.parquet").toString())
            .select("claim", "measured", "verdict", "value", "n")
            .collectAsList();
    assertEquals(
        rows.size(),
        out.toString().lines().filter(l -> l.matches("(holds|does not|not meas).*")).count());
    assertEquals("holds", find(rows, "quantisation at 2 nominal bits").getString(2));
    assertEquals(0.01, find(rows, "quantisation at 2 nominal bits").getDouble(3), 1e-12);
    assertEquals(2, find(rows, "quantisation at 2 nominal bits").getInt(4));
    assertEquals("does not hold", find(rows, "Latent channels decay fast").getString(2));
    assertEquals("100.0 %", find(rows, "Latent channels decay fast").getString(1));
    // From what lies beside the results, without an aggregation.
    assertEquals(0.5, find(rows, "(theory): of layers, at 1.25 bits").getDouble(3));
    assertEquals(2, find(rows, "(theory): of layers, at 1.25 bits").getInt(4));
    assertEquals("not measurable here", find(rows, "the five named schedules").getString(2));
    Row ranges = find(rows, "The large tensor has a narrower range");
    assertEquals("not measurable here", ranges.getString(2));
    assertTrue(ranges.isNullAt(3));
  }

  private static Row find(List<Row> rows, String part) {
    return rows.stream().filter(row -> row.getString(0).contains(part)).findFirst().orElseThrow();
  }

  @Test
  void badInput() throws IOException {
    assertEquals(2, run("claims", folder.toString()));
    assertTrue(err.toString().startsWith("kvsweep: no results in " + folder), err.toString());
    store();
    assertEquals(2, run("claims", folder.toString(), "--artefacts", folder + "/none"));
    assertTrue(
        err.toString()
            .endsWith(
                folder + "/none: no such folder; expected what 'kvsweep calibrate --out' wrote\n"),
        err.toString());
    Path artefacts = Files.createDirectory(folder.resolve("artefacts"));
    Files.writeString(artefacts.resolve("old.json"), "{\"model\": \"m\"}");
    assertEquals(2, run("claims", folder.toString(), "--artefacts", artefacts.toString()));
    assertTrue(
        err.toString().contains(artefacts + "/old.json: not the report of a calibration ("),
        err.toString());
    Files.writeString(folder.resolve("spectra/damaged.parquet"), "no Parquet");
    assertEquals(2, run("claims", folder.toString()));
    assertTrue(
        err.toString().contains("damaged.parquet: not a readable Parquet file ("), err.toString());
    Files.writeString(folder.resolve("results/bad.parquet"), "no Parquet");
    assertEquals(2, run("claims", folder.toString()));
    assertTrue(
        err.toString().contains("bad.parquet: not a readable Parquet file ("), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
    assertEquals(0, run("claims", "--help"));
    assertTrue(out.toString().contains("Exit code 0 whatever the verdicts."), out.toString());
  }
}
