package io.kvsweep.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every test that {@code docs/reliability.md} names is there, and every promise names one. */
class ReliabilityPageTest {
  private static final Path HOME = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`([A-Za-z]+)#([A-Za-z0-9]+)`");

  private static List<String> promises() throws IOException {
    return Files.readAllLines(HOME.resolve("docs/reliability.md")).stream()
        .filter(line -> line.startsWith("| P"))
        .toList();
  }

  @Test
  void everyPromiseNamesItsTestOrSaysWhyItHasNone() throws IOException {
    List<String> promises = promises();
    assertFalse(promises.isEmpty());
    for (int i = 0; i < promises.size(); i++) {
      String promise = promises.get(i);
      assertTrue(promise.startsWith("| P" + (i + 1) + " | "), promise);
      assertTrue(NAMED.matcher(promise).find() || promise.contains("*not tested here: "), promise);
    }
  }

  @Test
  void everyNamedTestIsThere() throws IOException {
    for (String promise : promises()) {
      for (MatchResult named : NAMED.matcher(promise).results().toList()) {
        String source = source(named.group(1));
        // Annotations, which may go on over lines that are indented further, then the method.
        Pattern test = Pattern.compile("\n(  (@|    )[^\n]*\n)+  void " + named.group(2) + "\\(");
        assertTrue(test.matcher(source).find(), named.group());
      }
    }
  }

  private static String source(String name) throws IOException {
    for (String module : List.of("datasets", "udfs", "jobs")) {
      try (var files = Files.walk(HOME.resolve(module).resolve("src/test/java"))) {
        List<Path> found = files.filter(f -> f.endsWith(name + ".java")).toList();
        if (!found.isEmpty()) {
          assertEquals(1, found.size(), found::toString);
          return Files.readString(found.get(0));
        }
      }
    }
    throw new AssertionError("no test class " + name);
  }
}
