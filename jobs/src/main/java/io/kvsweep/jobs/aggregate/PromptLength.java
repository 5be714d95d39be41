package io.kvsweep.jobs.aggregate;

import io.kvsweep.udfs.result.Metric;

/**
 * At what prompt length bits count. Errors are those measured; only what is stored once per prompt
 * weighs less in a longer one.
 */
public enum PromptLength {
  CAPTURED("captured", Metric.EFFECTIVE_BITS),
  TOKENS_4K("4k", Metric.EFFECTIVE_BITS_4K),
  TOKENS_32K("32k", Metric.EFFECTIVE_BITS_32K),
  TOKENS_128K("128k", Metric.EFFECTIVE_BITS_128K);

  private final String label;
  private final Metric bits;

  PromptLength(String label, Metric bits) {
    this.label = label;
    this.bits = bits;
  }

  /** As tables write it. */
  public String label() {
    return label;
  }

  Metric bits() {
    return bits;
  }
}
