package io.kvsweep.jobs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.results.ResultStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class CommandLinesTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  private CommandLine commandLine() {
    return CommandLines.create()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true));
  }

  private int run(String... args) {
    return commandLine().execute(args);
  }

  @Command(name = "fails")
  static final class Fails implements Callable<Integer> {
    private final RuntimeException exception;

    Fails(RuntimeException exception) {
      this.exception = exception;
    }

    @Override
    public Integer call() {
      throw exception;
    }
  }

  private int fail(RuntimeException exception) {
    Failures failures = new Failures();
    return commandLine()
        .addSubcommand(
            new CommandLine(new Fails(exception))
                .setExecutionExceptionHandler(failures)
                .setErr(new PrintWriter(err, true)))
        .execute("fails");
  }

  @Test
  void bugsShowAStackTrace() {
    assertEquals(1, fail(new IllegalStateException("oops")));
    assertTrue(err.toString().startsWith("kvsweep: this is a bug of kvsweep; please report it"));
    assertTrue(err.toString().contains("java.lang.IllegalStateException: oops\n\tat "));
  }

  @Test
  void invalidInputIsAMessage() {
    assertEquals(
        2, fail(new RuntimeException("task", new InvalidInputException("x: bad; mend it"))));
    assertEquals("kvsweep: x: bad; mend it\n", err.toString());
  }

  @Test
  void usage() {
    assertEquals(2, run("import"));
    assertTrue(err.toString().startsWith("kvsweep: Missing required"), err.toString());
    assertTrue(err.toString().endsWith("Try 'kvsweep import --help'.\n"), err.toString());
    assertEquals(2, run("agregate", "x"));
    assertEquals(2, run("verify"));
    assertEquals(2, run());
    assertEquals(0, run("--help"));
    assertEquals(0, run("aggregate", "--help"));
    assertEquals(0, run("--version"));
    assertTrue(out.toString().contains("Usage: kvsweep aggregate"), out.toString());
  }

  /** The list of commands shows the first paragraph; picocli breaks lines itself. */
  @Test
  void descriptionsAreWholeSentences() {
    assertEquals(13, commandLine().getSubcommands().size() - 1, "and help");
    commandLine()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (name.equals("help")) {
                return; // picocli's own
              }
              String[] description = command.getCommandSpec().usageMessage().description();
              for (String paragraph : description) {
                assertTrue(paragraph.endsWith("."), name + ": " + paragraph);
              }
              assertTrue(description[0].length() <= 90, name + ": " + description[0]);
              assertTrue(description[0].indexOf(". ") < 0, name + ": " + description[0]);
            });
  }

  /** Before Spark and before the rows are gathered, which takes a minute. */
  @Test
  void aReferenceThatWasNotMeasuredIsRefusedAtOnce() {
    ResultStore store = ResultStore.create(folder.toString(), new Configuration(false));
    store.publish(
        "r", TestRows.unit("m", "p", 0), List.of(TestRows.measured("c", "m", "p", 0, 0.5, 4)));
    assertEquals(2, run("aggregate", folder.toString(), "--reference", "rtn(bits=4)"));
    assertEquals(
        "kvsweep: the reference 'rtn(bits=4)' was not measured; there are results of rtn(bits=2)\n",
        err.toString());
    assertEquals("", out.toString());
    err.getBuffer().setLength(0);
    assertEquals(
        0, run("aggregate", folder.toString(), "--reference", "rtn(bits=2)"), err::toString);
  }

  @Test
  void synthThenVerify() throws Exception {
    String dataset = folder.resolve("set").toString();
    String[] synth = {
      "synth",
      "--out",
      dataset,
      "--layers",
      "2",
      "--tokens",
      "17",
      "--kv-heads",
      "3",
      "--query-heads",
      "6",
      "--head-dim",
      "10",
      "--dtype",
      "bf16",
      "--spectrum",
      "exponential:0.1",
      "--prompts",
      "a,b",
      "--queries",
      "4",
      "--rope-theta",
      "0"
    };
    assertEquals(0, run(synth), err.toString());
    assertTrue(out.toString().startsWith(dataset + ": 2 prompts added, 0 unchanged, "));
    assertEquals(0, run(synth), err.toString());
    assertTrue(out.toString().contains(": 0 prompts added, 2 unchanged"), out.toString());
    assertEquals(0, run("verify", dataset), err.toString());
    assertTrue(out.toString().contains(": all well"), out.toString());
    try (var files = Files.walk(folder.resolve("set/tensors"))) {
      Path file = files.filter(Files::isRegularFile).findFirst().orElseThrow();
      Files.write(file, new byte[] {1, 2, 3});
    }
    assertEquals(2, run("verify", dataset));
    assertTrue(err.toString().contains(dataset + ": "), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
  }

  @Test
  void badValues() {
    String dataset = folder.resolve("set").toString();
    assertEquals(2, run("synth", "--out", dataset, "--dtype", "f8"));
    assertTrue(
        err.toString().contains("unknown dtype 'f8': expected f16, bf16 or f32"), err.toString());
    assertEquals(2, run("synth", "--out", dataset, "--spectrum", "flat"));
    assertTrue(err.toString().contains("'flat' is no spectrum: expected power-law:RATE"));
    assertEquals(2, run("synth", "--out", dataset, "--layers", "0"));
    assertTrue(err.toString().contains("synth: layers is 0; expected 1 to"), err.toString());
    assertEquals(2, run("synth", "--out", dataset, "--head-dim", "7"));
    assertTrue(
        err.toString().contains("synth: head-dim is 7; expected an even number"), err.toString());
    assertEquals(2, run("import", folder.resolve("none.safetensors").toString(), "--out", dataset));
    assertFalse(err.toString().contains("\tat "), err.toString());
    assertFalse(Files.exists(Path.of(dataset, "dataset.json")));
  }

  @Test
  void aggregate() {
    ResultStore store = ResultStore.create(folder.toString(), new Configuration(false));
    assertEquals(2, run("aggregate", folder.toString()));
    assertTrue(err.toString().startsWith("kvsweep: no results in " + folder), err.toString());
    store.publish(
        "r", TestRows.unit("m", "p", 0), List.of(TestRows.measured("c", "m", "p", 0, 0.5, 4)));
    assertEquals(0, run("aggregate", folder.toString()), err.toString());
    assertTrue(
        out.toString().contains("written: " + folder + "/tables/summary.parquet, .csv, .md\n"));
    store.publish(
        "r", TestRows.unit("m", "p", 1), List.of(TestRows.failed("c", "m", "p", 1, "no")));
    assertEquals(3, run("aggregate", folder.toString()), err.toString());
    assertTrue(out.toString().contains("missing: 1 row failed"), out.toString());
  }
}
