package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A prompt as the blocks of a cross-layer cell, cut into the runs of its measurement, which come
 * back layer after layer. Memory: the blocks, and keys and values of one layer as the codec
 * remembers them and as they are handed out. Not thread-safe.
 */
public final class CodedCache {
  private final RopeStage rope;
  private final List<Integer> layers;
  private final List<CodedRun> runs;
  private final int values; // of one tensor
  private int decoded; // layers so far
  private float[] keys;
  private float[] others;

  private CodedCache(RopeStage rope, List<Integer> layers, List<CodedRun> runs, int values) {
    this.rope = rope;
    this.layers = layers;
    this.runs = runs;
    this.values = values;
  }

  /**
   * Encodes keys and values of all layers.
   *
   * @param cell of a method that codes all layers together, without a selector
   * @throws InvalidInputException if the prompt does not suit such a method or its artefact
   */
  public static CodedCache of(
      MethodRegistry registry, Cell cell, Artefacts artefacts, UnitKey unit, CacheSource source) {
    return of(registry, cell, artefacts, unit, source, CacheMeasurement.RUN_TOKENS);
  }

  static CodedCache of(
      MethodRegistry registry,
      Cell cell,
      Artefacts artefacts,
      UnitKey unit,
      CacheSource source,
      int runTokens) {
    Optional<String> unfit = CacheMeasurement.unfit(source, unit);
    if (unfit.isPresent()) {
      throw new InvalidInputException(unfit.get());
    }
    CacheCodec codec = BoundCodec.open(registry, cell, artefacts, unit, source.layers()).codec();
    Encoder encoder = new Encoder(codec);
    CacheMeasurement.stream(source, runTokens, encoder::add);
    int first = source.layers().get(0);
    return new CodedCache(
        codec.rope(),
        source.layers(),
        encoder.runs,
        source.shape(first, TensorKind.KEY).orElseThrow().values());
  }

  /** Rotary stage of decoded keys, where the model rotates. */
  public RopeStage rope() {
    return rope;
  }

  /** Length of all blocks of a tensor: what a result row of that kind counts. */
  public long bytes(int layer, TensorKind kind) {
    int index = layers.indexOf(layer);
    return runs.stream().mapToLong(run -> run.block(index, kind).length).sum();
  }

  /**
   * Keys or values of a layer, row-major {@code [tokens, heads, headDim]}.
   *
   * @param layer the one asked for last, or a later one
   */
  public float[] decode(int layer, TensorKind kind) {
    int index = layers.indexOf(layer);
    if (index < 0 || index + 1 < decoded) {
      throw new IllegalStateException(
          "layer %d of %s after %d layers: they come in ascending order"
              .formatted(layer, layers, decoded));
    }
    while (decoded <= index) {
      decodeNext();
    }
    return kind == TensorKind.KEY ? keys : others;
  }

  private void decodeNext() {
    keys = new float[values];
    others = new float[values];
    int at = 0;
    for (CodedRun run : runs) {
      CacheCodec.Decoded part = run.decoder.next(run.layers.get(decoded));
      int length = part.keys().data().length;
      System.arraycopy(part.keys().data(), 0, keys, at, length);
      System.arraycopy(part.values().data(), 0, others, at, length);
      at += length;
    }
    decoded++;
  }

  /** The blocks of a run of tokens, one layer after the other. */
  private record CodedRun(CacheCodec.DecodingPass decoder, List<CacheCodec.Blocks> layers) {
    byte[] block(int layer, TensorKind kind) {
      CacheCodec.Blocks blocks = layers.get(layer);
      return kind == TensorKind.KEY ? blocks.keys() : blocks.values();
    }
  }

  private static final class Encoder {
    private final CacheCodec codec;
    private final List<CodedRun> runs = new ArrayList<>();
    private CacheCodec.EncodingPass pass;

    Encoder(CacheCodec codec) {
      this.codec = codec;
    }

    void add(CacheMeasurement.LayerRun run) {
      if (run.firstLayer()) {
        pass = codec.encode(run.codecRun());
        runs.add(new CodedRun(codec.decode(run.codecRun()), new ArrayList<>()));
      }
      runs.get(runs.size() - 1)
          .layers
          .add(
              pass.next(
                  new CacheCodec.KeysAndValues(
                      run.keys().data(codec.rope()), run.values().data())));
    }
  }
}
