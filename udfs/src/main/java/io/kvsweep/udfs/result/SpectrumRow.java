package io.kvsweep.udfs.result;

/**
 * A row of the table {@code spectra}: what theory says of a measured cell, per layer, and per head
 * where a codec decomposes each alone. Components, those of {@link Subject} among them, are the
 * columns in their order; {@code docs/schemas.md} has their meaning. All but subject and status are
 * null where the diagnosis failed.
 */
public record SpectrumRow(
    Subject subject,
    Integer head,
    Integer tokens,
    Integer channels,
    double[] singularValues,
    Double decay,
    Double decayR2,
    Integer channels99,
    Double nominalBits,
    Double predictedNmse,
    Double predictedNmseGaussian,
    String status,
    String error) {

  /** The row of a diagnosis that failed. */
  public static SpectrumRow failed(Subject subject, String error) {
    return new SpectrumRow(
        subject,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Status.FAILED.label(),
        error);
  }
}
