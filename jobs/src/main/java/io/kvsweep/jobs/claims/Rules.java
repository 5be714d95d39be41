package io.kvsweep.jobs.claims;

/** Rules that several claims share. */
final class Rules {
  /**
   * A perplexity 1 % worse is a loss of ln 1.01 nats per token. Losing as much in the attention of
   * one layer is the nearest thing that tensors alone can tell.
   */
  static final Rule NEARLY_LOSSLESS =
      Rule.atMost(
          Math.log(1.01),
          "a perplexity 1 % worse is a loss of ln 1.01 = 0.00995 nats; the nearest thing here is that much divergence in the attention of a layer");

  /** The opposite, of methods that are said to lose quality. */
  static final Rule LOSSY =
      Rule.above(Math.log(1.01), "the opposite of nearly lossless, ln 1.01 nats");

  static final Rule SMALLER = Rule.below(1, "less than the baseline, however little");

  private Rules() {}
}
