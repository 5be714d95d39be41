package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/schedule/nightly.sh} as cron runs it, its kvsweep being this build's. */
class NightlyTest {
  private static final Path SCRIPT = Path.of("..", "docs", "schedule", "nightly.sh");

  @TempDir Path folder;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  /** Runs the script's steps in this JVM: a fake kvsweep notes them and takes the given codes. */
  private SweepBench.Said nightly(SweepBench bench) throws IOException, InterruptedException {
    Path steps = Files.createDirectories(folder.resolve("steps"));
    Path fake = folder.resolve("kvsweep");
    // The script's process asks, this one answers: a JVM and a Spark for each step would take
    // minutes.
    Files.writeString(
        fake,
        """
        #!/usr/bin/env bash
        n=$(ls "%1$s" | grep -c asked || true)
        printf '%%s\\n' "$@" >"%1$s/$n.part"
        mv "%1$s/$n.part" "%1$s/$n.asked"
        while [[ ! -e %1$s/$n.code ]]; do sleep 0.05; done
        cat "%1$s/$n.out"
        exit "$(<"%1$s/$n.code")"
        """
            .formatted(steps));
    assertTrue(fake.toFile().setExecutable(true));
    Path said = folder.resolve("said.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash",
            SCRIPT.toString(),
            folder.resolve("sweep.yaml").toString(),
            bench.dataset().toString(),
            bench.output("o").toString());
    builder.environment().put("KVSWEEP", fake.toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    StringBuilder err = new StringBuilder();
    for (int n = count(steps); process.isAlive(); ) {
      Path asked = steps.resolve(n + ".asked");
      if (Files.exists(asked)) {
        SweepBench.Said answer = SweepBench.run(Files.readAllLines(asked).toArray(new String[0]));
        err.append(answer.err());
        Files.writeString(steps.resolve(n + ".out"), answer.out());
        Path code = Files.writeString(steps.resolve(n + ".c"), Integer.toString(answer.code()));
        Files.move(code, steps.resolve(n + ".code"), StandardCopyOption.ATOMIC_MOVE);
        n++;
      }
      Thread.sleep(10);
    }
    return new SweepBench.Said(
        process.waitFor(), Files.readString(said, StandardCharsets.UTF_8), err.toString());
  }

  private static int count(Path steps) throws IOException {
    try (var files = Files.list(steps)) {
      return (int) files.filter(file -> file.toString().endsWith(".asked")).count();
    }
  }

  @Test
  void onlyNewCellsRunAndWhatChangedIsNamed() throws Exception {
    SweepBench bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml("methods: ['rtn(bits=2)', 'kivi(bits=2)']", "kinds: [key]");
    SweepBench.Said first = nightly(bench);
    assertEquals(0, first.code(), first.out() + first.err());
    assertTrue(
        first.out().startsWith("8 cells measured, 0 failed, 0 were there already\n"), first.out());
    Map<String, ResultRow> before = bench.rows("o");

    SweepBench.Said second = nightly(bench);
    assertEquals(0, second.code(), second.out() + second.err());
    assertTrue(
        second.out().startsWith("0 cells measured, 0 failed, 8 were there already\n"),
        second.out());
    assertTrue(
        second
            .out()
            .contains("8 cells in both, 0 only in the old output, 0 only in the new one\n\n"),
        second.out());
    assertTrue(second.out().contains("\nno method is worse\n"), second.out());

    bench.with(SweepBench.small().model("other").prompts(List.of("a")));
    bench.yaml("methods: ['rtn(bits=2)', 'kivi(bits=2)', 'higgs(bits=2)']", "kinds: [key]");
    SweepBench.Said third = nightly(bench);
    assertEquals(0, third.code(), third.out() + third.err());
    // 4 layers x prompts of a new method on the old model, 2 layers x 3 methods on the new one.
    assertTrue(
        third.out().startsWith("10 cells measured, 0 failed, 8 were there already\n"), third.out());
    assertTrue(
        third.out().contains("8 cells in both, 0 only in the old output, 10 only in the new one\n"),
        third.out());
    assertTrue(third.out().contains("new model: other (6 rows)\n"), third.out());
    assertTrue(third.out().contains("\nnew method: higgs(bits=2) (6 rows)\n"), third.out());
    Map<String, ResultRow> now = bench.rows("o");
    before.forEach(
        (key, row) ->
            assertEquals(row.get(ResultColumn.RUN_ID), now.get(key).get(ResultColumn.RUN_ID), key));
  }

  @Test
  void failedRowsAreComparedAndOtherTensorsAreNot() throws Exception {
    SweepBench bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml("methods: ['rtn(bits=2)']", "kinds: [key]", "prompts: [a]", "layers: 0");
    Files.move(bench.dataset().resolve("tensors"), folder.resolve("tensors"));
    SweepBench.Said first = nightly(bench);
    assertEquals(3, first.code(), first.out() + first.err());
    SweepBench.Said second = nightly(bench);
    assertEquals(3, second.code(), second.out() + second.err());
    assertTrue(second.out().contains("\n1 of these failed in both\n"), second.out());
    assertTrue(second.out().contains("\nno method is worse\n"), second.out());

    Files.move(bench.dataset(), folder.resolve("before"));
    bench.with(SweepBench.small().seed(8));
    SweepBench.Said other = nightly(bench);
    assertEquals(2, other.code(), other.out() + other.err());
    assertTrue(other.err().contains("1 whose tensors are others now; "), other.err());
    assertTrue(
        other
            .out()
            .endsWith(
                "nightly.sh: %s stays; where the change is wanted, delete it, and the next night begins anew\n"
                    .formatted(bench.output("o.good"))),
        other.out());
  }

  /**
   * Runs the script with a kvsweep that makes nothing but a result, and tells what it compares
   * with.
   */
  private String alone(Path out, String path) throws IOException, InterruptedException {
    Path fake = folder.resolve("kvsweep");
    Files.writeString(
        fake,
        """
        #!/usr/bin/env bash
        case $1 in
          sweep) mkdir -p "${@: -1}"/{results,tables} && echo new >"${@: -1}/results/a" ;;
          compare) echo "compared with $(cat "$2"/results/*)" ;;
        esac
        """);
    assertTrue(fake.toFile().setExecutable(true));
    ProcessBuilder builder =
        new ProcessBuilder("bash", SCRIPT.toString(), "sweep.yaml", "dataset", out.toString());
    builder.environment().put("KVSWEEP", fake.toString());
    builder.environment().merge("PATH", path, (old, first) -> first + ":" + old);
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertEquals("new\n", Files.readString(out.resolveSibling("o.good").resolve("results/a")));
    try (var left = Files.list(folder)) {
      assertEquals(
          List.of("kvsweep", "o", "o.good"),
          left.map(f -> f.getFileName().toString())
              .filter(f -> !f.equals("bin"))
              .sorted()
              .toList());
    }
    return said;
  }

  private void results(String name, String file, String text) throws IOException {
    Files.writeString(
        Files.createDirectories(folder.resolve(name).resolve("results")).resolve(file), text);
  }

  /** Wherever it was killed. */
  @Test
  void resultsToCompareWithAreNeverLost() throws Exception {
    Path out = folder.resolve("o");
    assertEquals("", alone(out, "/nowhere"));
    assertEquals("compared with new\n", alone(out, "/nowhere"));
    // While it copied.
    results("o.next", "half", "half of a copy");
    assertEquals("compared with new\n", alone(out, "/nowhere"));
    // Before the old ones were deleted, while they were, and after.
    for (String old : List.of("old", "half", "")) {
      for (String part : List.of("o.good/results/a", "o.good/results", "o.good")) {
        Files.delete(folder.resolve(part));
      }
      if (!old.isEmpty()) {
        results("o.good", old, old);
      }
      results("o.ready", "a", "last");
      assertEquals("compared with last\n", alone(out, "/nowhere"));
    }
  }

  /** A file system without links, or with too few of them, when some are there already. */
  @Test
  void copiesWhereLinksFail() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path cp = bin.resolve("cp");
    Files.writeString(
        cp, "#!/bin/sh\nPATH=${PATH#*:}\ncp \"$@\"\nif [ \"$1\" = -Rl ]; then exit 1; fi\n");
    assertTrue(cp.toFile().setExecutable(true));
    assertEquals("", alone(folder.resolve("o"), bin.toString()));
  }

  @Test
  void aRegressionIsExitCode4() throws Exception {
    SweepBench bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml("methods: ['rtn(bits=4)']", "kinds: [key]");
    assertEquals(0, bench.sweep("old").code());
    // The same rows, as a worse version of the method would have written them.
    Files.createDirectories(bench.output("new"));
    var store = bench.store("new");
    for (var rows : byUnit(bench.rows("old").values())) {
      store.publish("worse", (String) rows.get(0).get(ResultColumn.UNIT_ID), rows);
    }
    SweepBench.Said said =
        SweepBench.run("compare", bench.output("old").toString(), bench.output("new").toString());
    assertEquals(4, said.code(), said.out() + said.err());
    assertTrue(said.out().contains("4 of these measured by another version"), said.out());
    assertTrue(said.out().contains("\nworse: rtn(bits=4)"), said.out());
    assertTrue(Files.exists(bench.output("new").resolve("tables/compare.csv")));
    SweepBench.Said other =
        SweepBench.run("compare", bench.output("new").toString(), bench.output("old").toString());
    assertEquals(0, other.code(), other.out() + other.err());
    assertTrue(other.out().contains(" better "), other.out());
  }

  private static List<List<ResultRow>> byUnit(Iterable<ResultRow> rows) {
    List<List<ResultRow>> units = new ArrayList<>();
    for (ResultRow row : rows) {
      ResultRow.Builder worse = ResultRow.builder();
      for (ResultColumn column : ResultColumn.values()) {
        worse.set(column, row.get(column));
      }
      worse.set(ResultColumn.CELL_ID, "version-2");
      worse.set(ResultColumn.NMSE, 1.5 * (double) row.get(ResultColumn.NMSE));
      units.add(List.of(worse.build()));
    }
    return units;
  }

  @Test
  void wrongInput() {
    SweepBench bench = new SweepBench(folder).with(SweepBench.small());
    bench.yaml("methods: [none]", "kinds: [key]");
    assertEquals(0, bench.sweep("o").code());
    String o = bench.output("o").toString();
    SweepBench.Said missing = SweepBench.run("compare", o, folder.resolve("no").toString());
    assertEquals(2, missing.code());
    assertTrue(missing.err().startsWith("kvsweep: no results in "), missing.err());
    SweepBench.Said same = SweepBench.run("compare", o, o);
    assertEquals(2, same.code());
    assertEquals(
        "kvsweep: OLD and NEW are the same folder, "
            + o
            + "; keep a copy of results/ from before to compare with\n",
        same.err());
    SweepBench.Said threshold = SweepBench.run("compare", o, o, "--threshold", "0");
    assertEquals(2, threshold.code());
    assertEquals(
        "kvsweep: --threshold is 0.0: expected a relative change above 0, as 0.01 for 1 %\n",
        threshold.err());
  }
}
