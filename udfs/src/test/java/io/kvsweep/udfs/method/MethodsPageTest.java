package io.kvsweep.udfs.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of methods in the README and the registry say the same. */
class MethodsPageTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(\\w+)( \\\\\\| codec)?` \\| (.*) \\|$");
  private static final Pattern ARXIV = Pattern.compile("arxiv\\.org/abs/([0-9.]+)\\)");

  /** The method's name, and its line. */
  private static Map<String, String> rows() throws IOException {
    String readme =
        Files.readString(
            Path.of(System.getProperty("basedir", ""))
                .toAbsolutePath()
                .resolveSibling("README.md"));
    int from = readme.indexOf("\n| method | what | parameters");
    Map<String, String> rows = new LinkedHashMap<>();
    Matcher matcher = ROW.matcher(readme.substring(from, readme.indexOf("\n\n", from)));
    while (matcher.find()) {
      rows.put(matcher.group(1), matcher.group());
    }
    return rows;
  }

  private static String row(Map<String, String> rows, Method method) {
    return Objects.requireNonNull(
        rows.get(method.name()),
        () -> "README.md has no row of '" + method.name() + "' in its table of methods");
  }

  @Test
  void readmeHasEveryMethodInOrder() throws IOException {
    assertEquals(
        Methods.STANDARD.methods().stream().map(Method::name).toList(),
        List.copyOf(rows().keySet()));
  }

  @Test
  void readmeHasEveryParameterWithItsDefault() throws IOException {
    Map<String, String> rows = rows();
    for (Method method : Methods.STANDARD.methods()) {
      String row = row(rows, method);
      boolean composed = method instanceof Method.OfTokens || method instanceof Method.OfTransform;
      assertEquals(composed, row.startsWith("| `" + method.name() + " \\| codec`"), row);
      for (Parameter parameter : method.parameters()) {
        // The default of a backbone is spelt out where it is canonical, and named in the README.
        String value = parameter.defaultValue().orElse("").replaceFirst("\\(.*", "");
        String written =
            value.isEmpty()
                ? "\\b" + parameter.name() + "\\b"
                : "\\b" + parameter.name() + "=" + Pattern.quote(value) + "(?!\\w|\\.\\w)";
        assertTrue(Pattern.compile(written).matcher(row).find(), written + " is not in " + row);
      }
    }
  }

  @Test
  void readmeLinksThePapers() throws IOException {
    Map<String, String> rows = rows();
    for (Method method : Methods.STANDARD.methods()) {
      List<String> linked = new ArrayList<>();
      Matcher matcher = ARXIV.matcher(row(rows, method));
      while (matcher.find()) {
        linked.add(matcher.group(1));
      }
      // The nearest; what else a method cites is in 'kvsweep methods'.
      assertEquals(
          method.papers().stream().limit(1).map(Paper::arxiv).toList(), linked, method.name());
    }
  }

  @Test
  void whatAMethodSaysOfItselfIsWhole() {
    for (Method method : Methods.STANDARD.methods()) {
      assertFalse(method.summary().isBlank(), method::name);
      assertTrue(method.example().matches(".*\\b" + method.name() + "\\b.*"), method::example);
      assertEquals(1, Methods.STANDARD.expand(method.example()).size(), method::example);
      assertEquals(method.papers().isEmpty(), method.deviations().isBlank(), method::name);
      for (Parameter parameter : method.parameters()) {
        assertFalse(parameter.range().isBlank() || parameter.meaning().isBlank(), method::name);
      }
    }
  }

  @Test
  void papersAreWhole() {
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class, () -> new Paper("Title", List.of("A, B"), 2024, "x"));
    assertEquals("a paper has title, authors and arXiv id: Title", thrown.getMessage());
  }
}
