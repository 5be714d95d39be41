package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures cross-layer cells on one prompt, streamed in runs of tokens: of each run one layer is in
 * memory at a time, read once for all cells; per cell and layer only running sums and online
 * attention states stay. A second pass, again once for all cells, takes the Gaussian references
 * ({@link CacheSpectra}). One row per (cell, layer).
 */
public final class CacheMeasurement {
  /** Tokens of a run: enough to amortise a read, little beside the states that stay. */
  static final int RUN_TOKENS = 4096;

  private final MethodRegistry registry;
  private final Artefacts artefacts;
  private final int runTokens;

  /** Without calibrated methods. */
  public CacheMeasurement(MethodRegistry registry) {
    this(registry, RUN_TOKENS);
  }

  public CacheMeasurement(MethodRegistry registry, Artefacts artefacts) {
    this(registry, artefacts, RUN_TOKENS);
  }

  CacheMeasurement(MethodRegistry registry, int runTokens) {
    this(registry, Artefacts.NONE, runTokens);
  }

  CacheMeasurement(MethodRegistry registry, Artefacts artefacts, int runTokens) {
    this.registry = registry;
    this.artefacts = artefacts;
    this.runTokens = runTokens;
  }

  /** Measures all cells; their rows in the order of cells, then layers. */
  public List<ResultRow> measure(UnitKey unit, CacheSource source, List<Cell> cells) {
    List<CacheCell> states = new ArrayList<>();
    Optional<String> unfit = unfit(source, unit);
    CacheSpectra spectra = new CacheSpectra(source, runTokens);
    for (Cell cell : cells) {
      CacheCell state = new CacheCell(registry, unit, source, spectra, cell, runTokens);
      unfit.ifPresentOrElse(state::fail, () -> state.open(artefacts));
      states.add(state);
    }
    if (unfit.isEmpty()) {
      try {
        stream(source, runTokens, run -> states.forEach(state -> state.add(run)));
      } catch (RuntimeException e) {
        states.forEach(state -> state.fail(e)); // the prompt could not be read to its end
      }
    }
    return states.stream().flatMap(state -> state.rows().stream()).toList();
  }

  /** Why the prompt cannot be coded across layers, if so. */
  static Optional<String> unfit(CacheSource source, UnitKey unit) {
    List<Integer> layers = source.layers();
    for (int i = 1; i < layers.size(); i++) {
      if (layers.get(i) != layers.get(i - 1) + 1) {
        return Optional.of(
            "%s: no layer between %d and %d was captured; a cross-layer method needs them without a gap"
                .formatted(unit, layers.get(i - 1), layers.get(i)));
      }
    }
    Optional<TensorShape> first = source.shape(layers.get(0), TensorKind.KEY);
    for (int layer : layers) {
      for (TensorKind kind : List.of(TensorKind.KEY, TensorKind.VALUE)) {
        Optional<TensorShape> shape = source.shape(layer, kind);
        if (shape.isEmpty() || !shape.equals(first)) {
          return Optional.of(
              "%s: %s of layer %d has shape %s, expected %s as in layer %d; a cross-layer method needs keys and values of one shape"
                  .formatted(
                      unit,
                      kind.label(),
                      layer,
                      shape.map(TensorShape::toString).orElse("none"),
                      first.map(TensorShape::toString).orElse("some"),
                      layers.get(0)));
        }
      }
    }
    return Optional.empty();
  }

  /** Reads keys and values of a prompt that fits, run by run, in each layer by layer. */
  static void stream(CacheSource source, int runTokens, Consumer<LayerRun> sink) {
    List<Integer> layers = source.layers();
    int tokens = source.shape(layers.get(0), TensorKind.KEY).orElseThrow().tokens();
    for (int from = 0; from < tokens; from += runTokens) {
      int n = Math.min(runTokens, tokens - from);
      for (int i = 0; i < layers.size(); i++) {
        KvTensor keys = source.read(layers.get(i), TensorKind.KEY, from, n);
        KvTensor values = source.read(layers.get(i), TensorKind.VALUE, from, n);
        sink.accept(new LayerRun(i, from, tokens, layers.size(), source.keyView(keys), values));
      }
    }
  }

  /**
   * A run of tokens of one layer.
   *
   * @param index of the layer among those captured, from 0
   * @param firstToken index of the first token in the prompt
   */
  record LayerRun(
      int index, int firstToken, int promptTokens, int layers, TensorView keys, KvTensor values) {
    boolean firstLayer() {
      return index == 0;
    }

    CacheCodec.Run codecRun() {
      return new CacheCodec.Run(firstToken, keys.shape(), promptTokens, layers, keys.dtype());
    }

    float[] keysAsCaptured() {
      return keys.tensor().data();
    }

    float[] rotatedKeys() {
      return keys.data(RopeStage.POST);
    }
  }
}
