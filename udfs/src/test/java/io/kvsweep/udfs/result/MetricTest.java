package io.kvsweep.udfs.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricTest {
  @Test
  void everyNumberOfARowIsDefinedOnce() {
    Set<ResultColumn> expected =
        Arrays.stream(ResultColumn.values())
            .filter(column -> column.type() == ResultColumn.Type.DOUBLE)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(ResultColumn.class)));
    expected.add(ResultColumn.ENCODE_NS);
    expected.add(ResultColumn.DECODE_NS);
    assertEquals(
        expected,
        Arrays.stream(Metric.values())
            .map(Metric::column)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(ResultColumn.class))));
    assertEquals(expected.size(), Metric.values().length);
  }

  @Test
  void everyDefinitionIsWhole() {
    for (Metric metric : Metric.values()) {
      assertFalse(metric.title().isBlank(), metric::key);
      assertFalse(metric.unit().isBlank(), metric::key);
      assertFalse(metric.formula().isBlank(), metric::key);
      assertFalse(metric.meaning().isBlank(), metric::key);
      assertEquals(metric.name(), metric.column().name());
    }
  }

  /** Write it anew: {@code mvn -pl datasets,udfs test -Dtest=MetricTest -Dkvsweep.write=true}. */
  @Test
  void thePageSaysWhatTheCodeSays() throws IOException {
    Path page =
        Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .resolveSibling("docs/metrics.md");
    String written = Files.readString(page);
    if (Boolean.getBoolean("kvsweep.write")) {
      Files.writeString(page, MetricsPage.of(written));
    } else {
      assertEquals(
          MetricsPage.of(written),
          written,
          "docs/metrics.md is stale; write it anew: mvn -pl datasets,udfs test -Dtest=MetricTest"
              + " -Dsurefire.failIfNoSpecifiedTests=false -Dkvsweep.write=true");
    }
  }
}
