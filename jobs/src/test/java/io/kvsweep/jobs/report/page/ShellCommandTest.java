package io.kvsweep.jobs.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.config.SweepConfigReader;
import io.kvsweep.udfs.method.Methods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

class ShellCommandTest {
  private static final List<String> WORDS =
      List.of(
          "plain",
          "a b",
          "it's",
          "\"q\"",
          "$HOME `id` \\",
          "wow!",
          "a'b!c",
          "*",
          "",
          "\t",
          "\u00e9",
          Fixture.HOSTILE);

  /** Words of a command line, as a shell splits it. */
  static List<String> words(String command) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder("/bin/sh", "-c", "printf '%s\\0' " + command)
            .redirectErrorStream(true)
            .start();
    String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, shell.waitFor(), out);
    return List.of(out.substring(0, out.length() - 1).split("\0", -1));
  }

  @Test
  void aShellReadsTheWordsBack() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh here");
    assertEquals(WORDS, words(ShellCommand.of(WORDS)));
    assertEquals(
        "./kvsweep --set \"kinds=[key]\"",
        ShellCommand.of(List.of("./kvsweep", "--set", "kinds=[key]")));
  }

  @Test
  void aSweepReadsTheListsBack() {
    List<String> names =
        List.of("it's", "a\"b", "x: y", "#no", "\tq\n\u0085", "[z]", "{}", Fixture.HOSTILE);
    SweepConfig config =
        new SweepConfigReader(new Configuration(false), Methods.STANDARD)
            .of(List.of("methods=['rtn(bits=2)']", "models=" + ShellCommand.yamlList(names)));
    assertEquals(names, config.models());
  }
}
