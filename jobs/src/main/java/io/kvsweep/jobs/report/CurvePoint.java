package io.kvsweep.jobs.report;

/**
 * One configuration in a rate-distortion picture.
 *
 * @param method family; its points share a colour and are joined
 * @param methodSpec canonical spec
 * @param nominalBits bits of the codes only
 * @param effectiveBits all stored bits per value, side information included
 * @param error what the vertical axis shows; 0 for a lossless method
 * @param onFrontier no other configuration has at most its bits and at most its error
 */
public record CurvePoint(
    String method,
    String methodSpec,
    double nominalBits,
    double effectiveBits,
    double error,
    boolean onFrontier) {

  public CurvePoint {
    if (!(effectiveBits > 0) || !(error >= 0) || Double.isInfinite(effectiveBits + error)) {
      throw new IllegalArgumentException(
          "A point needs finite bits > 0 and a finite error >= 0, but "
              + methodSpec
              + " has "
              + effectiveBits
              + " bits and error "
              + error);
    }
  }
}
