package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.NumericalRank;
import io.kvsweep.udfs.linalg.Transpose;
import io.kvsweep.udfs.linalg.WeightedSpectrum;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.metrics.QueryMoments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/** The Gaussian source that the tensors of a layer are held against. */
public final class LayerSpectrum {
  private LayerSpectrum() {}

  /** The reference for tensors that are coded together. */
  public static GaussianReference reference(List<TensorView> tensors) {
    List<double[]> energies = new ArrayList<>();
    for (TensorView view : tensors) {
      energies.add(NumericalRank.cut(energies(List.of(view))));
    }
    return new GaussianReference(
        descending(energies.stream().flatMapToDouble(DoubleStream::of)), totalEnergy(tensors));
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
    double[] sums = new double[shape.channels()];
    addTokens(sums, keys);
    float[] rotated = centredAndRotated(keys, means(sums, shape.tokens()));
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

  /**
   * Keys without their channel means, which are taken before the rotary embedding, after it: the
   * embedding turns the means, so that after it they would count as variance, and a codec that
   * stores them and nothing else would lie below the reference.
   *
   * @param means per channel, before the embedding where it is known
   * @return {@code [channels, tokens]}
   */
  static float[] centredAndRotated(TensorView keys, double[] means) {
    if (keys.stage(RopeStage.PRE) == keys.stage(RopeStage.POST)) {
      return keys.channelMajor(RopeStage.POST); // never turned: to centre the Gram matrix is enough
    }
    float[] data = keys.data(RopeStage.PRE);
    float[] centred = new float[data.length];
    for (int i = 0; i < data.length; i++) {
      centred[i] = (float) (data[i] - means[i % means.length]);
    }
    return Transpose.of(
        keys.convert(centred, RopeStage.PRE, RopeStage.POST),
        keys.shape().tokens(),
        keys.shape().channels());
  }

  /** Adds tokens to sums per channel, before the rotary embedding where it is known. */
  static void addTokens(double[] sums, TensorView view) {
    float[] data = view.data(RopeStage.PRE);
    for (int i = 0; i < data.length; i++) {
      sums[i % sums.length] += data[i];
    }
  }

  static double[] means(double[] sums, int tokens) {
    return Arrays.stream(sums).map(sum -> sum / tokens).toArray();
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
