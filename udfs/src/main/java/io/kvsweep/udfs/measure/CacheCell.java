package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.metrics.AttentionFidelity;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One cross-layer cell while its prompt streams by. */
final class CacheCell {
  private final MethodRegistry registry;
  private final UnitKey unit;
  private final CacheSource source;
  private final Cell cell;
  private final CellMethod method;
  private final int runTokens;
  private CacheCodec codec;
  private Optional<Artefact> artefact = Optional.empty();
  private final List<LayerState> layers = new ArrayList<>();
  private CacheCodec.EncodingPass encoder;
  private CacheCodec.DecodingPass decoder;
  private String failure;

  CacheCell(MethodRegistry registry, UnitKey unit, CacheSource source, Cell cell, int runTokens) {
    this.registry = registry;
    this.unit = unit;
    this.source = source;
    this.cell = cell;
    this.method = CellMethod.of(registry, cell);
    this.runTokens = runTokens;
    this.codec = (CacheCodec) method.pipelines().get(0).codec();
  }

  /** Opens the artefact, if the cell has one. */
  void open(Artefacts artefacts) {
    try {
      artefact = cell.artefact().map(artefacts::open);
      if (artefact.isPresent()) {
        requireLayers(artefact.get());
        codec = (CacheCodec) CellMethod.of(registry, cell, artefact).pipelines().get(0).codec();
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void requireLayers(Artefact calibrated) {
    if (!calibrated.recipe().layers().equals(source.layers())) {
      throw new CellFailure(
          "%s: captured layers are %s, '%s' was calibrated on layers %s; calibrate on captures with the same layers"
              .formatted(unit, source.layers(), cell.spec(), calibrated.recipe().layers()));
    }
  }

  void fail(String reason) {
    failure = reason;
  }

  void fail(RuntimeException e) {
    fail(Failures.describe(cell, unit, e));
    layers.clear();
  }

  void add(CacheMeasurement.LayerRun run) {
    if (failure != null) {
      return;
    }
    try {
      if (run.firstLayer()) {
        encoder = codec.encode(run.codecRun());
        decoder = codec.decode(run.codecRun());
      }
      if (layers.size() == run.index()) {
        layers.add(new LayerState(run));
      }
      layers.get(run.index()).add(run);
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  List<ResultRow> rows() {
    List<ResultRow> rows = new ArrayList<>();
    for (int i = 0; i < source.layers().size(); i++) {
      int layer = source.layers().get(i);
      rows.add(
          failure == null
              ? layers.get(i).row(layer)
              : RowWriter.failed(registry, unit, layer, cell, failure));
    }
    return rows;
  }

  /** What stays of one layer from run to run. */
  private final class LayerState {
    private final TensorShape shape; // of the whole prompt
    private final DType dtype;
    private final RopeStage captured;
    private final Distortion distortion;
    private final Optional<AttentionFidelity> attention;
    private ByteCount bytes = ByteCount.NONE;
    private long encodeNanos;
    private long decodeNanos;
    private int exactTokens;

    LayerState(CacheMeasurement.LayerRun run) {
      int layer = source.layers().get(run.index());
      this.shape = source.shape(layer, TensorKind.KEY).orElseThrow();
      this.dtype = run.keys().dtype();
      this.captured = run.keys().tensor().ropeStage();
      int tensors = method.kinds().size();
      this.distortion =
          new Distortion(
              tensors,
              shape.heads(),
              shape.headDim(),
              (long) tensors * shape.tokens() * shape.heads());
      this.attention =
          source
              .queries(layer)
              .map(
                  queries ->
                      new AttentionFidelity(
                          LayerUnit.attentionQueries(source.model(), queries),
                          shape.heads(),
                          shape.headDim(),
                          List.of(Optional.empty())));
    }

    void add(CacheMeasurement.LayerRun run) {
      float[] keys = run.keys().data(codec.rope());
      long start = System.nanoTime();
      CacheCodec.Blocks blocks =
          encoder.next(new CacheCodec.KeysAndValues(keys, run.values().data()));
      long encoded = System.nanoTime();
      CacheCodec.Decoded decoded = decoder.next(blocks);
      decodeNanos += System.nanoTime() - encoded;
      encodeNanos += encoded - start;
      boolean codesKeys = method.kinds().contains(TensorKind.KEY);
      boolean codesValues = method.kinds().contains(TensorKind.VALUE);
      if (codesKeys) {
        bytes = bytes.plus(ByteCount.of(blocks.keys()));
        float[] captured = run.keys().convert(decoded.keys().data(), codec.rope(), RopeStage.NONE);
        compare(0, run.keysAsCaptured(), captured, decoded.keys());
      }
      if (codesValues) {
        bytes = bytes.plus(ByteCount.of(blocks.values()));
        compare(codesKeys ? 1 : 0, run.values().data(), decoded.values().data(), decoded.values());
      }
      exactTokens +=
          Math.max(
              codesKeys ? decoded.keys().exactTokens() : 0,
              codesValues ? decoded.values().exactTokens() : 0);
      attention.ifPresent(fidelity -> attend(fidelity, run, decoded, codesKeys, codesValues));
    }

    private void compare(int tensor, float[] exact, float[] decoded, Reconstruction kept) {
      int tokens = exact.length / shape.channels();
      distortion.add(tensor, exact, decoded, kept.exactPrefix(), tokens - kept.exactSuffix());
    }

    private void attend(
        AttentionFidelity fidelity,
        CacheMeasurement.LayerRun run,
        CacheCodec.Decoded decoded,
        boolean codesKeys,
        boolean codesValues) {
      float[] rotated = run.rotatedKeys();
      float[] values = run.values().data();
      fidelity.add(
          new AttentionFidelity.Run(
              run.firstToken(),
              run.keys().tensor().firstPosition(),
              run.keys().shape().tokens(),
              rotated,
              values),
          List.of(
              new AttentionFidelity.Candidate(
                  codesKeys
                      ? run.keys().convert(decoded.keys().data(), codec.rope(), RopeStage.POST)
                      : rotated,
                  codesValues ? decoded.values().data() : values)));
    }

    ResultRow row(int layer) {
      Distortion.Result quality = distortion.result();
      long values = (long) method.kinds().size() * shape.values();
      int index = source.layers().indexOf(layer);
      RowWriter row = new RowWriter(unit, layer, cell);
      for (int i = 0; i < LayerCell.PROJECTED_TOKENS.length; i++) {
        row.set(
            LayerCell.PROJECTED_COLUMNS[i], projectedBits(index, LayerCell.PROJECTED_TOKENS[i]));
      }
      return row.method(method)
          .tensor(shape, dtype, captured, exactTokens)
          .bytes(bytes, codec.nominalBits(index, shape, dtype), values, values * dtype.bytes())
          .set(ResultColumn.ARTEFACT_BYTES, artefact.map(a -> (long) a.bytes().length).orElse(null))
          .set(ResultColumn.READ_RATIO, (double) values * dtype.bytes() / bytes.total())
          .set(ResultColumn.ENCODE_NS, encodeNanos)
          .set(ResultColumn.DECODE_NS, decodeNanos)
          .distortion(quality)
          .attention(quality, attention.map(fidelity -> fidelity.result(0)).orElse(null))
          .measured();
    }

    /** Bits per value of a prompt of another length, cut into the same runs; null if unknown. */
    private Double projectedBits(int index, int tokens) {
      long bytes = 0; // of one tensor: keys and values take the same room
      for (int from = 0; from < tokens; from += runTokens) {
        TensorShape part = shape.withTokens(Math.min(runTokens, tokens - from));
        OptionalLong block =
            codec.blockBytes(
                index, new CacheCodec.Run(from, part, tokens, source.layers().size(), dtype));
        if (block.isEmpty()) {
          return null;
        }
        bytes += block.getAsLong();
      }
      return 8.0 * bytes / ((long) tokens * shape.channels());
    }
  }
}
