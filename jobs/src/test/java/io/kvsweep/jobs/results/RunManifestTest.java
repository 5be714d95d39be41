package io.kvsweep.jobs.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.jobs.config.LayerSelection;
import io.kvsweep.jobs.config.MethodEntry;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.udfs.measure.CellKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunManifestTest {
  private static final SweepConfig CONFIG =
      new SweepConfig(
          Optional.of("/data"),
          Optional.empty(),
          List.of("*"),
          List.of("*"),
          LayerSelection.ALL,
          List.of(CellKind.KEY),
          1,
          List.of(new MethodEntry("rtn(bits=[2,4])", "sweep.yaml:2:5", Optional.empty())));

  @TempDir Path folder;

  private JsonNode read(RunManifest manifest) throws Exception {
    return new ObjectMapper()
        .readTree(Files.readAllBytes(folder.resolve("runs/" + manifest.runId() + ".json")));
  }

  @Test
  void writtenAtTheStartAndCompletedAtTheEnd() throws Exception {
    ResultStore store = ResultStore.create(folder.toString(), new Configuration(false));
    RunManifest manifest = RunManifest.start(CONFIG, "scalar");
    manifest.write(store);
    JsonNode started = read(manifest);
    assertTrue(started.get("finished").isNull());
    assertEquals("/data", started.at("/config/dataset").asText());
    assertEquals("rtn(bits=[2,4])", started.at("/config/methods/0").asText());
    assertEquals("all", started.at("/config/layers").asText());
    assertEquals("4.1.3", started.at("/versions/spark").asText());
    for (String name : List.of("kvsweep", "java", "hadoop", "parquet")) {
      assertTrue(started.at("/versions/" + name).isTextual(), name);
    }
    assertEquals("scalar", started.get("kernels").asText());
    assertTrue(started.at("/host/cpus").asInt() > 0);
    assertTrue(started.at("/host/max_heap_bytes").asLong() > 0);
    Instant.parse(started.get("started").asText());

    assertTrue(started.get("cost").isNull());

    RunCost cost = new RunCost(0.5, 10, 19.5, 7, 2, 1 << 20);
    manifest.finish(Map.of("measured", 3L), cost).write(store);
    JsonNode finished = read(manifest);
    Instant.parse(finished.get("finished").asText());
    assertEquals(3, finished.at("/counts/measured").asInt());
    assertEquals(19.5, finished.at("/cost/task_seconds").asDouble());
    assertEquals(1 << 20, finished.at("/cost/driver_peak_heap_bytes").asLong());

    RunManifest back = store.runs().get(0);
    assertEquals(manifest.runId(), back.runId());
    assertEquals(manifest.versions(), back.versions());
    assertEquals(manifest.host(), back.host());
    assertEquals(Map.of("measured", 3L), back.counts());
    assertEquals(cost, back.cost());
    assertTrue(back.configJson().startsWith("{\"dataset\":\"/data\","), back::configJson);
  }

  @Test
  void idsSortByTime() throws Exception {
    String first = RunManifest.start(CONFIG, "scalar").runId();
    Thread.sleep(2);
    String second = RunManifest.start(CONFIG, "scalar").runId();
    assertTrue(first.compareTo(second) < 0, first + " " + second);
  }

  @Test
  void codeVersion() {
    Properties properties = new Properties();
    assertEquals("unknown", CodeVersion.of(properties));
    properties.setProperty("git.commit.id.abbrev", "abc1234");
    assertEquals("abc1234", CodeVersion.of(properties));
    properties.setProperty("git.dirty", "true");
    assertEquals("abc1234-dirty", CodeVersion.of(properties));
  }
}
