package io.kvsweep.jobs.results;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.config.SweepConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What a run was, so that a number can be traced: written when it starts, completed when it ends. A
 * manifest without {@code finished} is of a run that was killed or is under way.
 *
 * @param config as resolved, under the keys of the file
 * @param versions of kvsweep, Java, Spark, Hadoop, Parquet
 * @param host where the driver ran
 * @param kernels linear algebra in use
 * @param started ISO time, UTC
 * @param finished ISO time, UTC, or null
 * @param counts what came out, by name; empty until the end
 * @param cost what it took; null until the end, and in manifests of older versions
 */
@JsonPropertyOrder({
  "run_id",
  "started",
  "finished",
  "counts",
  "cost",
  "config",
  "versions",
  "host",
  "kernels"
})
public record RunManifest(
    String runId,
    Map<String, Object> config,
    Map<String, String> versions,
    HostInfo host,
    String kernels,
    String started,
    String finished,
    Map<String, Long> counts,
    RunCost cost) {
  private static final DateTimeFormatter ID_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          // Other versions may tell more.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /** A manifest of a run that starts now, under a new id; ids sort by time. */
  public static RunManifest start(SweepConfig config, String kernels) {
    Instant now = Instant.now();
    String id = ID_TIME.format(now) + "-" + UUID.randomUUID().toString().substring(0, 8);
    return new RunManifest(
        id,
        config.toMap(),
        Versions.current(),
        HostInfo.current(),
        kernels,
        now.toString(),
        null,
        Map.of(),
        null);
  }

  /** The same, ended now. */
  public RunManifest finish(Map<String, Long> results, RunCost took) {
    return new RunManifest(
        runId,
        config,
        versions,
        host,
        kernels,
        started,
        Instant.now().toString(),
        new TreeMap<>(results),
        took);
  }

  /** Writes it to {@code runs/<run_id>.json}. */
  public void write(ResultStore store) {
    store.writeRun(runId, toJson().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param name of the file, for messages
   * @throws InvalidInputException if it is no manifest
   */
  static RunManifest read(byte[] json, String name) {
    String problem = "run_id, config, versions, host or counts is missing";
    try {
      RunManifest run = JSON.readValue(json, RunManifest.class);
      if (run != null
          && Stream.of(run.runId, run.config, run.versions, run.host, run.counts)
              .allMatch(Objects::nonNull)) {
        return run;
      }
    } catch (IOException e) {
      problem = e.getMessage().lines().findFirst().orElse("damaged");
    }
    throw new InvalidInputException(
        "%s: not the manifest of a run (%s); move it out of runs/, results do not need it"
            .formatted(name, problem));
  }

  /** The configuration on one line. */
  public String configJson() {
    try {
      return JSON.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(config);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a run manifest holds plain values only", e);
    }
  }

  String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a run manifest holds plain values only", e);
    }
  }
}
