package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.ChannelSums;
import io.kvsweep.udfs.linalg.NumericalRank;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.metrics.QueryMoments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * The Gaussian sources that the layers of a prompt are held against, as {@link LayerSpectrum} has
 * them of one layer. Each tensor is read once more (keys with queries twice), in runs, when the
 * first cell asks, and one after the other: matrices {@code [channels, channels]} of all layers at
 * once would be larger than all else that stays. What is kept are eigenvalues.
 */
final class CacheSpectra {
  private final CacheSource source;
  private final int runTokens;
  private final Map<TensorOfLayer, Spectrum> known = new HashMap<>();

  CacheSpectra(CacheSource source, int runTokens) {
    this.source = source;
    this.runTokens = runTokens;
  }

  /** The reference for the tensors of a layer that are coded together. */
  GaussianReference reference(int layer, List<TensorKind> kinds) {
    List<Spectrum> spectra = kinds.stream().map(kind -> spectrum(layer, kind)).toList();
    return new GaussianReference(
        LayerSpectrum.descending(spectra.stream().flatMapToDouble(s -> Arrays.stream(s.energies))),
        spectra.stream().mapToDouble(Spectrum::totalEnergy).sum());
  }

  /** The reference for errors of logits; empty without queries and without their moments. */
  Optional<GaussianReference> logitReference(int layer) {
    return spectrum(layer, TensorKind.KEY)
        .logitEnergies()
        .map(energies -> new GaussianReference(energies, 1));
  }

  private Spectrum spectrum(int layer, TensorKind kind) {
    return known.computeIfAbsent(new TensorOfLayer(layer, kind), this::compute);
  }

  private Spectrum compute(TensorOfLayer tensor) {
    TensorShape shape = source.shape(tensor.layer, tensor.kind).orElseThrow();
    Optional<QueryMoments> moments =
        tensor.kind == TensorKind.KEY ? moments(tensor.layer, shape.heads()) : Optional.empty();
    ChannelSums joined = new ChannelSums(shape.channels());
    double energy = 0;
    double[] sums = new double[shape.channels()];
    for (int from = 0; from < shape.tokens(); from += runTokens) {
      TensorView view = run(tensor, shape, from);
      for (float x : view.tensor().data()) {
        energy += (double) x * x;
      }
      joined.add(view.channelMajor(RopeStage.PRE), view.shape().tokens(), 0);
      LayerSpectrum.addTokens(sums, view);
    }
    return new Spectrum(
        NumericalRank.cut(joined.energies()),
        energy,
        moments.map(
            m -> logitEnergies(tensor, shape, m, LayerSpectrum.means(sums, shape.tokens()))));
  }

  private TensorView run(TensorOfLayer tensor, TensorShape shape, int from) {
    int n = Math.min(runTokens, shape.tokens() - from);
    KvTensor run = source.read(tensor.layer, tensor.kind, from, n);
    return tensor.kind == TensorKind.KEY
        ? source.keyView(run)
        : new TensorView(run, Optional.empty());
  }

  /** A pass of its own: what is taken off the keys is known when they have all been seen. */
  private double[] logitEnergies(
      TensorOfLayer tensor, TensorShape shape, QueryMoments moments, double[] means) {
    List<ChannelSums> heads =
        Stream.generate(() -> new ChannelSums(shape.headDim())).limit(shape.heads()).toList();
    for (int from = 0; from < shape.tokens(); from += runTokens) {
      TensorView view = run(tensor, shape, from);
      float[] rotated = LayerSpectrum.centredAndRotated(view, means);
      for (int head = 0; head < heads.size(); head++) {
        heads.get(head).add(rotated, view.shape().tokens(), head * shape.headDim());
      }
    }
    List<double[]> energies = new ArrayList<>();
    for (int head = 0; head < heads.size(); head++) {
      energies.add(heads.get(head).energies(moments.heads()[head]));
    }
    return LayerSpectrum.descending(energies.stream().flatMapToDouble(DoubleStream::of));
  }

  /** Of captured queries; where there are none, as stored. */
  private Optional<QueryMoments> moments(int layer, int kvHeads) {
    return source
        .queries(layer)
        .map(q -> QueryMoments.of(LayerUnit.attentionQueries(source.model(), q), kvHeads))
        .or(
            () ->
                source
                    .queryMoments(layer)
                    .map(m -> QueryMoments.stored(m, kvHeads, source.model().attentionScale())));
  }

  private record TensorOfLayer(int layer, TensorKind kind) {}

  /**
   * @param energies eigenvalues of the centred Gram matrix, before the rotary embedding where it is
   *     known
   * @param totalEnergy squared norm over all tokens
   * @param logitEnergies eigenvalues as queries weigh them, heads apart, after the embedding; of
   *     keys with queries or moments
   */
  private record Spectrum(
      double[] energies, double totalEnergy, Optional<double[]> logitEnergies) {}
}
