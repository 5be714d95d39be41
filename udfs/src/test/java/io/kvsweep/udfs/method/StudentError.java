package io.kvsweep.udfs.method;

import java.util.Random;

/**
 * The error of rounding groups of numbers that follow Student's t with four degrees of freedom,
 * relative to their energy, without waiting for samples to show its tail. The fourth moment is
 * infinite, so the error of a sample, which goes with the squared range of its groups, hardly
 * converges: but given the least and the greatest of a group the others are bounded.
 *
 * <p>With {@code u = (x / 2) / sqrt(1 + x^2 / 4)}, from -1 to 1, the distribution function is
 * {@code 1/2 + 3/4 (u - u^3/3)}, and the integrals of {@code x f} and {@code x^2 f} are {@code -1/2
 * (1 - u^2)^(3/2)} and {@code u^3}. Sums over a grid in u take in the whole line; what they sum is
 * bounded there.
 */
final class StudentError {
  private static final double VARIANCE = 2;

  private final int bits;
  private final int group;
  private final boolean symmetric;

  StudentError(int bits, int group, boolean symmetric) {
    this.bits = bits;
    this.group = group;
    this.symmetric = symmetric;
  }

  private static double x(double u) {
    return 2 * u / Math.sqrt(1 - u * u);
  }

  private static double u(double x) {
    return x / 2 / Math.sqrt(1 + x * x / 4);
  }

  private static double below(double u) {
    return 0.5 + 0.75 * (u - u * u * u / 3);
  }

  private static double density(double u) {
    return 0.75 * (1 - u * u);
  }

  /** Squared distance to a level, integrated with the density between two numbers. */
  private static double squared(double level, double from, double to) {
    double a = u(from);
    double b = u(to);
    double first = -(Math.pow(1 - b * b, 1.5) - Math.pow(1 - a * a, 1.5)) / 2;
    double second = b * b * b - a * a * a;
    return second - 2 * level * first + level * level * (below(b) - below(a));
  }

  /** Squared error of rounding to levels from one number to another, both levels themselves. */
  private static double rounding(double from, double to, int steps) {
    double step = (to - from) / steps;
    double error = 0;
    for (int k = 0; k <= steps; k++) {
      double level = from + k * step;
      error += squared(level, Math.max(from, level - step / 2), Math.min(to, level + step / 2));
    }
    return error;
  }

  /**
   * By numerical integration over the least and the greatest number of a group (over the greatest
   * magnitude, where the levels are symmetric); scales not rounded.
   *
   * @param nodes of the grid in each direction
   */
  double integral(int nodes) {
    double sum = 0;
    double total = 0;
    for (Ends ends : ends(nodes)) {
      int others = symmetric ? group - 1 : group - 2;
      int steps = symmetric ? (1 << bits) - 2 : (1 << bits) - 1;
      sum += ends.weight * others * rounding(ends.from, ends.to, steps) / ends.inside;
      total += ends.weight;
    }
    return sum / total / group / VARIANCE;
  }

  /**
   * The ends of groups and how likely they are.
   *
   * @param inside probability of lying between them
   */
  private record Ends(double from, double to, double inside, double weight) {}

  /** Nodes in u, as far from 1 as the square of an even grid: errors there go with the root. */
  private static double end(int node, int nodes) {
    return 1 - root(node, nodes) * root(node, nodes);
  }

  private static double root(int node, int nodes) {
    return (node + 0.5) / nodes;
  }

  private Ends[] ends(int nodes) {
    Ends[] out = new Ends[symmetric ? nodes : nodes * nodes];
    for (int i = 0; i < nodes; i++) {
      double b = end(i, nodes);
      double likely = density(b) * root(i, nodes);
      if (symmetric) {
        double inside = 2 * below(b) - 1;
        out[i] = new Ends(-x(b), x(b), inside, likely * Math.pow(inside, group - 1));
        continue;
      }
      // A group of one sign has the probability 2^(1 - group) and is left out.
      for (int j = 0; j < nodes; j++) {
        double a = -end(j, nodes);
        double both = likely * density(a) * root(j, nodes);
        double inside = below(b) - below(a);
        out[i * nodes + j] = new Ends(x(a), x(b), inside, both * Math.pow(inside, group - 2));
      }
    }
    return out;
  }

  /** Groups with the ends of a grid, the numbers between drawn as they are distributed there. */
  float[] groups(int nodes, Random random) {
    Ends[] ends = ends(nodes);
    float[] out = new float[ends.length * group];
    for (int i = 0; i < ends.length; i++) {
      int at = i * group;
      out[at] = (float) (symmetric && random.nextBoolean() ? ends[i].from : ends[i].to);
      if (!symmetric) {
        out[at + 1] = (float) ends[i].from;
      }
      double from = below(u(ends[i].from));
      for (int k = symmetric ? 1 : 2; k < group; k++) {
        out[at + k] = (float) quantile(from + ends[i].inside * random.nextDouble());
      }
    }
    return out;
  }

  /** The root of {@code u^3 - 3 u + 2 (2 p - 1)} from -1 to 1: {@code sin 3t} in {@code sin t}. */
  private static double quantile(double probability) {
    return x(2 * Math.sin(Math.asin(2 * probability - 1) / 3));
  }

  /** The error of such groups after bytes and back, each as likely as its ends. */
  double measured(int nodes, float[] groups, float[] decoded) {
    Ends[] ends = ends(nodes);
    double sum = 0;
    double total = 0;
    for (int i = 0; i < ends.length; i++) {
      for (int k = i * group; k < (i + 1) * group; k++) {
        double error = (double) decoded[k] - groups[k];
        sum += ends[i].weight * error * error;
      }
      total += ends[i].weight;
    }
    return sum / total / group / VARIANCE;
  }
}
