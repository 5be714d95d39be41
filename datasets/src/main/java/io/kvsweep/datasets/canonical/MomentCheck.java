package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import java.util.Locale;

/**
 * Checks that matrices can be means of {@code q q^T}: in float32, no negative diagonal, symmetric,
 * no entry beyond what its two diagonal entries allow (Cauchy and Schwarz), and no direction with a
 * negative mean square, each within rounding. Holds the whole tensor and a matrix; costs {@code
 * headDim^3 / 3} per head.
 */
final class MomentCheck {
  /**
   * A program that sums 2^16 rows one by one in float32 errs by about sqrt(2^16) 2^-24 of sqrt(M_ii
   * M_jj); programs that sum in blocks err by less. What is stored is off by half a unit more.
   * Twice that, as both entries of a pair may be off, or an entry and its diagonal.
   */
  private static final double RELATIVE = 2 * (0x1p-24 + 0x1p-16);

  private final TensorSpec tensor;
  private final String place;
  private final int headDim;
  private final float[] data; // [row, head, column]

  /**
   * @param tensor finite, {@code [headDim, heads, headDim]}
   * @throws InvalidInputException unless it is float32
   */
  MomentCheck(TensorSpec tensor, String place) {
    if (tensor.dtype() != DType.F32) {
      throw new InvalidInputException(
          "%s: tensor '%s' is %s; expected f32: where one channel is large, the weak directions of a shorter number are rounding alone. Store query_moment as F32"
              .formatted(place, tensor.name(), tensor.dtype().label()));
    }
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
    for (int head = 0; head < tensor.shape().heads(); head++) {
      for (int i = 0; i < headDim; i++) {
        if (at(head, i, i) < 0) {
          throw refused(head, i, i, "a mean of squares, 0 or more");
        }
        for (int j = 0; j < i; j++) {
          double bound = Math.sqrt(at(head, i, i) * at(head, j, j));
          double slack = RELATIVE * bound;
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
      checkDirections(head);
    }
  }

  /**
   * With every channel scaled to a mean square of 1, each entry is off by RELATIVE at most, and so
   * a direction by headDim times that (the norm of such a matrix). Raised by so much, the matrix
   * has a Cholesky factor; where it has none, the pivot that fails shows a direction.
   */
  private void checkDirections(int head) {
    double slack = RELATIVE * headDim;
    double[][] factor = new double[headDim][];
    for (int i = 0; i < headDim; i++) {
      double[] row = new double[i + 1];
      double pivot = 1 + slack;
      for (int j = 0; j < i; j++) {
        double entry = correlation(head, i, j);
        for (int k = 0; k < j; k++) {
          entry -= row[k] * factor[j][k];
        }
        row[j] = entry / factor[j][j];
        pivot -= row[j] * row[j];
      }
      if (!(pivot > 0)) {
        throw new InvalidInputException(
            "%s: tensor '%s' at head %d has a negative eigenvalue in rows and columns 0 to %d: a direction with a mean square below 0, beyond rounding. It must be the mean of q q^T over queries"
                .formatted(place, tensor.name(), head, i));
      }
      row[i] = Math.sqrt(pivot);
      factor[i] = row;
    }
  }

  private double correlation(int head, int i, int j) {
    double bound = Math.sqrt(at(head, i, i) * at(head, j, j));
    return bound == 0 ? 0 : (at(head, i, j) + at(head, j, i)) / 2 / bound;
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
}
