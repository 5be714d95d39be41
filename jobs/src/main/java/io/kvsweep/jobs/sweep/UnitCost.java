package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Optional;

/**
 * Estimate of what a unit costs, from shapes alone; the time in which a cell codes and compares one
 * value is 1. It decides nothing but what is started first, so orders of magnitude do; where they
 * come from: {@code docs/scale.md}.
 *
 * @param cell of each cell: values, and products of queries and keys
 * @param shared of the decompositions that cells share
 */
record UnitCost(double cell, double shared) {
  static final UnitCost NOTHING = new UnitCost(0, 0);

  private static final double PRODUCTS = 100;
  private static final double CUBED_CHANNELS = 32;

  /** Of a layer. */
  static UnitCost of(PromptInfo prompt, int layer) {
    return prompt
        .largestCached(layer)
        .map(shape -> of(shape, prompt.tensor(layer, TensorKind.QUERY)))
        .orElse(NOTHING);
  }

  private static UnitCost of(TensorShape shape, Optional<TensorInfo> queries) {
    double channels = shape.channels();
    double products = queries.map(q -> (double) q.shape().values()).orElse(0.0) * shape.tokens();
    return new UnitCost(
        shape.values() + products / PRODUCTS, channels * channels * channels / CUBED_CHANNELS);
  }

  UnitCost plus(UnitCost other) {
    return new UnitCost(cell + other.cell, shared + other.shared);
  }

  double of(int cells) {
    return cell * cells + shared;
  }

  /** Of keys or values of a layer, whichever are more. */
  static long values(PromptInfo prompt, int layer) {
    return prompt.largestCached(layer).map(TensorShape::values).orElse(0).longValue();
  }
}
