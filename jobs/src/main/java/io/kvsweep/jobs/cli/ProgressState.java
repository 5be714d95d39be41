package io.kvsweep.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How far a sweep is.
 *
 * @param planned cells of this run; 0 before the plan is known
 * @param startedAt nanoseconds, when counting began
 */
record ProgressState(
    String phase, long planned, long done, long failed, long values, long startedAt) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double NANOS = 1e9;

  static ProgressState start(String phase, long now) {
    return new ProgressState(phase, 0, 0, 0, 0, now);
  }

  ProgressState phase(String text) {
    return new ProgressState(text, planned, done, failed, values, startedAt);
  }

  ProgressState planned(long cells) {
    return new ProgressState(phase, cells, done, failed, values, startedAt);
  }

  ProgressState add(long moreDone, long moreFailed, long moreValues) {
    return new ProgressState(
        phase, planned, done + moreDone, failed + moreFailed, values + moreValues, startedAt);
  }

  String text(long now) {
    double seconds = (now - startedAt) / NANOS;
    if (planned == 0) {
      return String.format(Locale.ROOT, "%s, %.0f s", phase, seconds);
    }
    String line =
        String.format(
            Locale.ROOT,
            "%s: %d of %d cells, %.2f M values/s, ",
            phase,
            done,
            planned,
            rate(seconds) / 1e6);
    Long eta = eta(seconds);
    String time = eta == null ? "ETA unknown" : done >= planned ? "done" : "ETA " + duration(eta);
    return line + time + ", " + duration(Math.round(seconds)) + " gone, " + failed + " failed";
  }

  String json(long now) {
    double seconds = (now - startedAt) / NANOS;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("phase", phase);
    fields.put("cells_done", done);
    fields.put("cells_planned", planned);
    fields.put("cells_failed", failed);
    fields.put("values_per_second", Math.round(rate(seconds)));
    fields.put("seconds", Math.round(seconds * 1e3) / 1e3);
    fields.put("eta_seconds", eta(seconds));
    return json(fields);
  }

  static String noteJson(String text) {
    return json(Map.of("note", text));
  }

  private static String json(Map<String, Object> fields) {
    try {
      return JSON.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("progress holds plain values only", e);
    }
  }

  private double rate(double seconds) {
    return seconds <= 0 ? 0 : values / seconds;
  }

  /** Seconds to go at the speed so far; null before the first cell. */
  private Long eta(double seconds) {
    return done == 0 ? null : (Long) Math.round(seconds * Math.max(0, planned - done) / done);
  }

  private static String duration(long seconds) {
    return seconds < 60
        ? seconds + " s"
        : seconds < 3600
            ? "%d min %d s".formatted(seconds / 60, seconds % 60)
            : "%d h %d min".formatted(seconds / 3600, seconds % 3600 / 60);
  }
}
