package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.Optional;
import java.util.function.ToLongFunction;

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
    long channels = largest(prompt, layer, TensorShape::channels);
    long tokens = largest(prompt, layer, TensorShape::tokens);
    Optional<TensorInfo> queries = prompt.tensor(layer, TensorKind.QUERY);
    double products = queries.map(tensor -> (double) tensor.shape().values()).orElse(0.0) * tokens;
    return new UnitCost(
        values(prompt, layer) + products / PRODUCTS,
        (double) channels * channels * channels / CUBED_CHANNELS);
  }

  UnitCost plus(UnitCost other) {
    return new UnitCost(cell + other.cell, shared + other.shared);
  }

  double of(int cells) {
    return cell * cells + shared;
  }

  /** Of keys or values of a layer, whichever are more. */
  static long values(PromptInfo prompt, int layer) {
    return largest(prompt, layer, TensorShape::values);
  }

  private static long largest(PromptInfo prompt, int layer, ToLongFunction<TensorShape> size) {
    return prompt.tensors().stream()
        .filter(tensor -> tensor.layer() == layer && tensor.kind().isCached())
        .map(TensorInfo::shape)
        .mapToLong(size)
        .max()
        .orElse(0);
  }
}
