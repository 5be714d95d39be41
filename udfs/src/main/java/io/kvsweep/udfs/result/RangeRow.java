package io.kvsweep.udfs.result;

/**
 * A row of the table {@code ranges}: how wide the numbers of one tensor of a measured cell spread,
 * that is of the matrix that a factoring codec codes or of one of its factors. Components, those of
 * {@link Subject} among them, are the columns in their order; {@code docs/schemas.md} has their
 * meaning. All but subject and status are null where the diagnosis failed.
 */
public record RangeRow(
    Subject subject,
    String variant,
    Integer inner,
    String ropeStage,
    String tensor,
    Integer entries,
    Double iqr,
    Double absmax,
    Double rms,
    Double absmaxOverRms,
    Double kurtosis,
    String status,
    String error) {

  /** The row of a diagnosis that failed. */
  public static RangeRow failed(Subject subject, String error) {
    return new RangeRow(
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
