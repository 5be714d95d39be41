package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import java.util.Locale;

/**
 * Checks that matrices can be means of {@code q q^T}: no negative diagonal, symmetric, and no entry
 * beyond what its two diagonal entries allow (Cauchy and Schwarz), each within rounding. Holds the
 * whole tensor.
 */
final class MomentCheck {
  /**
   * A program that sums 2^16 rows one by one in float32 errs by about sqrt(2^16) 2^-24 of sqrt(M_ii
   * M_jj); programs that sum in blocks err by less.
   */
  private static final double SUMMED = 0x1p-16;

  private final TensorSpec tensor;
  private final String place;
  private final int headDim;
  private final float[] data; // [row, head, column]

  /**
   * @param tensor finite, {@code [headDim, heads, headDim]}
   */
  MomentCheck(TensorSpec tensor, String place) {
    this.tensor = tensor;
    this.place = place;
    this.headDim = tensor.shape().headDim();
    this.data = new float[tensor.shape().values()];
  }

  /** Takes rows in. */
  void add(byte[] bytes, int row, int rows) {
    int channels = tensor.shape().channels();
    tensor.dtype().decode(bytes, 0, data, row * channels, rows * channels);
  }

  /**
   * Checks all rows.
   *
   * @throws InvalidInputException naming tensor, head and entry
   */
  void finish() {
    // Both entries of a pair may be off by half a unit in the last place, and by their sums.
    double relative = 2 * (halfUnit(tensor.dtype()) + SUMMED);
    // Below the normal numbers of binary16 half a unit is 2^-25, however small the entry is.
    double absolute = tensor.dtype() == DType.F16 ? 0x1p-24 : 0;
    for (int head = 0; head < tensor.shape().heads(); head++) {
      for (int i = 0; i < headDim; i++) {
        if (at(head, i, i) < 0) {
          throw refused(head, i, i, "a mean of squares, 0 or more");
        }
        for (int j = 0; j < i; j++) {
          double bound = Math.sqrt(at(head, i, i) * at(head, j, j));
          double slack = relative * bound + absolute;
          if (Math.abs(at(head, i, j) - at(head, j, i)) > slack) {
            throw refused(
                head,
                i,
                j,
                String.format(
                    Locale.ROOT,
                    "%s as at row %d, column %d: the matrix is symmetric",
                    (float) at(head, j, i),
                    j,
                    i));
          }
          if (Math.abs(at(head, i, j)) > bound + slack) {
            throw refused(
                head,
                i,
                j,
                String.format(
                    Locale.ROOT,
                    "at most %s, the root of the product of its diagonal entries",
                    (float) bound));
          }
        }
      }
    }
  }

  private double at(int head, int row, int column) {
    return data[(row * tensor.shape().heads() + head) * headDim + column];
  }

  private InvalidInputException refused(int head, int row, int column, String expected) {
    return new InvalidInputException(
        String.format(
            Locale.ROOT,
            "%s: tensor '%s' holds %s at head %d, row %d, column %d; expected %s. It must be the mean of q q^T over queries",
            place,
            tensor.name(),
            (float) at(head, row, column),
            head,
            row,
            column,
            expected));
  }

  /** Largest relative error of rounding to a number format. */
  private static double halfUnit(DType dtype) {
    return switch (dtype) {
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case F32 -> 0x1p-24;
    };
  }
}
