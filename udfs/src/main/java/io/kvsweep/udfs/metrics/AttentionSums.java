package io.kvsweep.udfs.metrics;

import java.util.Arrays;

/** Sums over attention rows: queries of one head, of a KV head's group, or of all. */
final class AttentionSums {
  private double[] divergences = new double[16];
  private int rows;
  private double logitMeanSquare;
  private double divergence;
  private double recall;
  private double keptMass;
  private double outputError;
  private double outputEnergy;

  void add(
      double rowLogitMeanSquare,
      double rowDivergence,
      double rowRecall,
      double rowKeptMass,
      double rowOutputError,
      double rowOutputEnergy) {
    if (rows == divergences.length) {
      divergences = Arrays.copyOf(divergences, 2 * rows);
    }
    divergences[rows++] = rowDivergence;
    logitMeanSquare += rowLogitMeanSquare;
    divergence += rowDivergence;
    recall += rowRecall;
    keptMass += rowKeptMass;
    outputError += rowOutputError;
    outputEnergy += rowOutputEnergy;
  }

  double logitRms() {
    return Math.sqrt(logitMeanSquare / rows);
  }

  double kl() {
    return divergence / rows;
  }

  double klP999() {
    return Quantile.of(Arrays.copyOf(divergences, rows), 0.999);
  }

  double recall() {
    return recall / rows;
  }

  double keptMass() {
    return keptMass / rows;
  }

  /** Undefined where the exact output is zero and the other is not. */
  double outputErrorOfHead() {
    return outputError > 0 && outputEnergy == 0 ? Double.NaN : outputError();
  }

  /** An error of nothing relative to nothing is none. */
  double outputError() {
    return outputError == 0 ? 0 : outputError / outputEnergy;
  }
}
