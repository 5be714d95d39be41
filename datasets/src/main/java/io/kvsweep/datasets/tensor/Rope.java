package io.kvsweep.datasets.tensor;

/**
 * Parameters of the rotary position embedding (Su et al., arXiv 2104.09864) in the half-split
 * layout: channel {@code i} of a head pairs with {@code i + headDim / 2}, frequency {@code
 * theta^(-2 i / headDim)}.
 *
 * @param theta base of the frequencies, above 1
 */
public record Rope(double theta) {
  public Rope {
    if (!(theta > 1) || Double.isInfinite(theta)) {
      throw new IllegalArgumentException(
          "invalid rope_theta " + theta + ": expected a finite number above 1");
    }
  }
}
