package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.WeightedSpectrum;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.metrics.QueryMoments;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/** The Gaussian source that the tensors of a layer are held against. */
public final class LayerSpectrum {
  private LayerSpectrum() {}

  /** The reference for tensors that are coded together. */
  public static GaussianReference reference(List<TensorView> tensors) {
    return new GaussianReference(energies(tensors), totalEnergy(tensors));
  }

  /**
   * The reference for keys whose errors count as errors of the logits of the captured queries, or
   * of those whose moments are stored; heads apart, one water level for all. Shared by the cells of
   * the unit.
   */
  static GaussianReference logitReference(LayerUnit unit) {
    TensorView keys = unit.view(TensorKind.KEY);
    return keys.share(new LogitReference(), () -> logitReference(unit, keys));
  }

  private record LogitReference() {}

  private static GaussianReference logitReference(LayerUnit unit, TensorView keys) {
    TensorShape shape = keys.shape();
    QueryMoments moments =
        unit.moments()
            .orElseGet(() -> QueryMoments.of(unit.queries().orElseThrow(), shape.heads()));
    float[] rotated = keys.channelMajor(RopeStage.POST);
    DoubleStream energies = DoubleStream.empty();
    for (int head = 0; head < shape.heads(); head++) {
      energies =
          DoubleStream.concat(
              energies,
              DoubleStream.of(
                  WeightedSpectrum.energies(
                      moments.heads()[head],
                      rotated,
                      shape.tokens(),
                      head * shape.headDim(),
                      shape.headDim())));
    }
    return new GaussianReference(descending(energies), 1);
  }

  static double[] descending(DoubleStream energies) {
    double[] ascending = energies.sorted().toArray();
    double[] descending = new double[ascending.length];
    Arrays.setAll(descending, i -> ascending[ascending.length - 1 - i]);
    return descending;
  }

  /** Squared norm over all tokens, also those kept whole: what the eigenvalues are relative to. */
  private static double totalEnergy(List<TensorView> tensors) {
    double energy = 0;
    for (TensorView view : tensors) {
      for (float x : view.tensor().data()) {
        energy += (double) x * x;
      }
    }
    return energy;
  }

  /**
   * Eigenvalues of the centred Gram matrices, which are squared singular values, before the rotary
   * embedding where it is known; joint over the tensors, descending, a new array.
   */
  public static double[] energies(List<TensorView> tensors) {
    return descending(
        tensors.stream()
            .flatMapToDouble(
                view ->
                    DoubleStream.of(
                        view.principalAxes(RopeStage.PRE, 0, view.shape().channels()).energies())));
  }
}
