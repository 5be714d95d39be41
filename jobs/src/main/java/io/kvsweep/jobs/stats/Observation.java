package io.kvsweep.jobs.stats;

/**
 * One number, and the text and model that it was measured on.
 *
 * @param value finite
 */
public record Observation(String model, String prompt, double value) {
  public Observation {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "expected a finite number, got %s on %s/%s".formatted(value, model, prompt));
    }
  }
}
