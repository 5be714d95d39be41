package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.metrics.GaussianReference;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/** The Gaussian source that the tensors of a layer are held against. */
final class LayerSpectrum {
  private LayerSpectrum() {}

  /** The reference for tensors that are coded together. */
  static GaussianReference reference(LayerUnit unit, List<TensorKind> kinds) {
    return new GaussianReference(energies(unit, kinds), totalEnergy(unit, kinds));
  }

  /** Squared norm over all tokens, also those kept whole: what the eigenvalues are relative to. */
  private static double totalEnergy(LayerUnit unit, List<TensorKind> kinds) {
    double energy = 0;
    for (TensorKind kind : kinds) {
      for (float x : unit.view(kind).tensor().data()) {
        energy += (double) x * x;
      }
    }
    return energy;
  }

  /** Eigenvalues of the centred Gram matrices, joint over the tensors, descending. */
  private static double[] energies(LayerUnit unit, List<TensorKind> kinds) {
    double[] ascending =
        kinds.stream()
            .map(unit::view)
            .flatMapToDouble(
                view ->
                    DoubleStream.of(
                        view.principalAxes(RopeStage.PRE, 0, view.shape().channels()).energies()))
            .sorted()
            .toArray();
    double[] descending = new double[ascending.length];
    Arrays.setAll(descending, i -> ascending[ascending.length - 1 - i]);
    return descending;
  }
}
