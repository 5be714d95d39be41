package io.kvsweep.udfs.method.aqua;

import java.io.Serializable;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * Sums for the least-squares fit of {@code y = x W + b}: {@code Z^T [Z, Y]} with {@code Z = [x,
 * 1]}, in double. Partial sums of disjoint rows add up; floating-point addition depends on the
 * order, so whoever adds partial sums keeps to one order. Memory {@code 8 (inputs + 1)(inputs + 1 +
 * outputs)} bytes, time {@code rows (inputs + 1)(inputs / 2 + outputs)}.
 */
public final class NormalEquations implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Added to the diagonal, relative to its mean absolute value, the bias included. */
  public static final double RIDGE = 1e-3;

  private static final int TILE = 32; // rows that pass over the sums together

  private final int inputs;
  private final int outputs;
  private double energy; // sum of squares of y
  // [inputs + 1, inputs + 1 + outputs], left part: upper triangle. A row is an array of its own,
  // which the JIT makes vector code of: nearly three times as fast (see MatrixProduct).
  private final double[][] sums;

  public NormalEquations(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.sums = new double[inputs + 1][inputs + 1 + outputs];
  }

  /**
   * Adds rows.
   *
   * @param y {@code [rows, outputs]}
   * @param parts whose rows, joined, are the rows of {@code x}; all of one width
   */
  public void add(int rows, float[] y, float[]... parts) {
    for (int i = 0; i < rows * outputs; i++) {
      energy += (double) y[i] * y[i];
    }
    int width = inputs + 1 + outputs;
    double[][] tile = new double[TILE][width];
    for (int r0 = 0; r0 < rows; r0 += TILE) {
      for (int r = 0; r < TILE; r++) {
        fill(tile[r], r0 + r, rows, y, parts);
      }
      for (int i = 0; i <= inputs; i++) {
        for (int r = 0; r < TILE; r += 4) {
          addFour(sums[i], i, tile[r], tile[r + 1], tile[r + 2], tile[r + 3]);
        }
      }
    }
  }

  /** Row of {@code [x, 1, y]}; zeros behind the last. */
  private void fill(double[] out, int row, int rows, float[] y, float[]... parts) {
    if (row >= rows) {
      Arrays.fill(out, 0);
      return;
    }
    int part = inputs / parts.length;
    for (int i = 0; i < inputs; i++) {
      out[i] = parts[i / part][row * part + i % part];
    }
    out[inputs] = 1;
    for (int i = 0; i < outputs; i++) {
      out[inputs + 1 + i] = y[row * outputs + i];
    }
  }

  private static void addFour(
      double[] sum, int i, double[] z0, double[] z1, double[] z2, double[] z3) {
    double a0 = z0[i];
    double a1 = z1[i];
    double a2 = z2[i];
    double a3 = z3[i];
    for (int j = i; j < sum.length; j++) {
      sum[j] += a0 * z0[j] + a1 * z1[j] + a2 * z2[j] + a3 * z3[j];
    }
  }

  /** Adds the sums of other rows. */
  public void add(NormalEquations other) {
    energy += other.energy;
    for (int i = 0; i < sums.length; i++) {
      for (int j = i; j < sums[i].length; j++) {
        sums[i][j] += other.sums[i][j];
      }
    }
  }

  /**
   * Solves {@code (Z^T Z + r I) [W; b] = Z^T Y} with {@code r = ridge * mean |diagonal|} by
   * Cholesky's decomposition.
   *
   * @throws ArithmeticException if the matrix is singular, which no positive ridge leaves it
   */
  public Solution solve(double ridge) {
    int n = inputs + 1;
    DMatrixRMaj a = left();
    DMatrixRMaj b = right();
    double diagonal = 0;
    for (int i = 0; i < n; i++) {
      diagonal += Math.abs(a.get(i, i));
    }
    for (int i = 0; i < n; i++) {
      a.add(i, i, ridge * diagonal / n);
    }
    LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.chol(n);
    if (!solver.setA(a)) {
      throw new ArithmeticException(
          "the %dx%d normal equations are singular: too few tokens and no ridge".formatted(n, n));
    }
    DMatrixRMaj x = new DMatrixRMaj(n, outputs);
    solver.solve(b, x);
    double[] weights = Arrays.copyOf(x.data, inputs * outputs);
    double[] bias = Arrays.copyOfRange(x.data, inputs * outputs, n * outputs);
    return new Solution(inputs, outputs, weights, bias);
  }

  /** {@code Z^T Z}. */
  private DMatrixRMaj left() {
    int n = inputs + 1;
    DMatrixRMaj a = new DMatrixRMaj(n, n);
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        double sum = sums[i][j];
        a.set(i, j, sum);
        a.set(j, i, sum);
      }
    }
    return a;
  }

  /** {@code Z^T Y}. */
  private DMatrixRMaj right() {
    int n = inputs + 1;
    DMatrixRMaj b = new DMatrixRMaj(n, outputs);
    for (int i = 0; i < n; i++) {
      System.arraycopy(sums[i], n, b.data, i * outputs, outputs);
    }
    return b;
  }

  /**
   * {@code ||Z W - Y||^2 / ||Y||^2} over the rows added, from the sums alone; 0 if there is nothing
   * to predict.
   */
  public double relMse(Predictor predictor) {
    int n = inputs + 1;
    DMatrixRMaj w = new DMatrixRMaj(n, outputs);
    for (int i = 0; i < inputs * outputs; i++) {
      w.data[i] = predictor.weights()[i];
    }
    for (int i = 0; i < outputs; i++) {
      w.data[inputs * outputs + i] = predictor.bias()[i];
    }
    DMatrixRMaj aw = new DMatrixRMaj(n, outputs);
    CommonOps_DDRM.mult(left(), w, aw);
    DMatrixRMaj b = right();
    double error = energy;
    for (int i = 0; i < w.data.length; i++) {
      error += w.data[i] * (aw.data[i] - 2 * b.data[i]);
    }
    return energy == 0 ? 0 : Math.max(0, error) / energy;
  }

  /**
   * @param weights {@code [inputs, outputs]}
   * @param bias {@code [outputs]}
   */
  public record Solution(int inputs, int outputs, double[] weights, double[] bias) {
    /** As it will be stored. */
    public Predictor rounded() {
      return Predictor.rounded(inputs, outputs, weights, bias);
    }
  }
}
