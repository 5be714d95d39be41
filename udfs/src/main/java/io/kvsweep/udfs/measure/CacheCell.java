package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.PromptSelector;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/** One cross-layer cell while its prompt streams by. */
final class CacheCell {
  private final MethodRegistry registry;
  private final UnitKey unit;
  private final CacheSource source;
  private final CacheSpectra spectra;
  private final Cell cell;
  private final CellMethod method;
  private final int runTokens;
  private CacheCodec codec;
  private Optional<Artefact> artefact = Optional.empty();
  private Optional<PromptSelection> selection = Optional.empty();
  private final List<CacheLayer> layers = new ArrayList<>();
  private CacheCodec.EncodingPass encoder;
  private CacheCodec.DecodingPass decoder;
  private String failure;

  CacheCell(
      MethodRegistry registry,
      UnitKey unit,
      CacheSource source,
      CacheSpectra spectra,
      Cell cell,
      int runTokens) {
    this.registry = registry;
    this.unit = unit;
    this.source = source;
    this.spectra = spectra;
    this.cell = cell;
    this.method = CellMethod.of(registry, cell);
    this.runTokens = runTokens;
  }

  /** Opens the artefact and lets the selector choose, if the cell has them. */
  void open(Artefacts artefacts) {
    try {
      BoundCodec bound = BoundCodec.open(registry, cell, artefacts, unit, source.layers());
      artefact = bound.artefact();
      codec = bound.codec();
      selection =
          method.selector().map(s -> PromptSelection.of((PromptSelector) s, source, runTokens));
    } catch (RuntimeException e) {
      fail(e);
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
      if (layers.size() == run.index()) {
        CacheLayer layer = new CacheLayer(method, source, run, codec.rope(), selection);
        if (run.firstLayer()) {
          selection.ifPresent(s -> layer.bill(s.block())); // one block for all layers
        }
        layers.add(layer);
      }
      if (selection.isEmpty()) {
        CacheCodec.Decoded decoded = code(run);
        layers.get(run.index()).attend(run, rotated(run, decoded), decoded.values().data());
      } else {
        addSelected(run);
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private CacheCodec.Decoded code(CacheMeasurement.LayerRun run) {
    if (run.firstLayer()) {
      encoder = codec.encode(run.codecRun());
      decoder = codec.decode(run.codecRun());
    }
    return layers.get(run.index()).code(run, encoder, decoder);
  }

  private float[] rotated(CacheMeasurement.LayerRun run, CacheCodec.Decoded decoded) {
    return run.keys().convert(decoded.keys().data(), codec.rope(), RopeStage.POST);
  }

  /** The codec sees the kept tokens alone, attention what they are in the whole run. */
  private void addSelected(CacheMeasurement.LayerRun run) {
    TensorShape whole = run.keys().shape();
    CacheLayer layer = layers.get(run.index());
    Optional<PromptSelection.KeptRun> kept = selection.orElseThrow().of(run);
    if (kept.isEmpty()) {
      float[] nothing = PromptSelection.nothing(whole);
      layer.attend(run, nothing, nothing);
      return;
    }
    CacheCodec.Decoded decoded = code(kept.get().run());
    layer.attend(
        run,
        kept.get().scatter(rotated(kept.get().run(), decoded), whole),
        kept.get().scatter(decoded.values().data(), whole));
  }

  List<ResultRow> rows() {
    if (failure == null) {
      try {
        return rows(this::row);
      } catch (RuntimeException e) {
        fail(e); // a step of a selection may read nothing, which shows when all is through
      }
    }
    return rows((index, layer) -> RowWriter.failed(registry, unit, layer, cell, failure));
  }

  private List<ResultRow> rows(BiFunction<Integer, Integer, ResultRow> row) {
    List<ResultRow> rows = new ArrayList<>();
    for (int i = 0; i < source.layers().size(); i++) {
      rows.add(row.apply(i, source.layers().get(i)));
    }
    return rows;
  }

  private ResultRow row(int index, int layer) {
    CacheLayer state = layers.get(index);
    RowWriter row = new RowWriter(unit, layer, cell).method(method);
    if (selection.isEmpty()) {
      for (int i = 0; i < LayerCell.PROJECTED_TOKENS.length; i++) {
        row.set(
            LayerCell.PROJECTED_COLUMNS[i],
            projectedBits(index, state, LayerCell.PROJECTED_TOKENS[i]));
      }
    }
    row.set(ResultColumn.ARTEFACT_BYTES, artefact.map(a -> (long) a.bytes().length).orElse(null));
    double nominalBits = codec.nominalBits(index, state.shape(), state.dtype());
    return state.write(row, nominalBits, selection, spectra).measured();
  }

  /** Bits per value of a prompt of another length, cut into the same runs; null if unknown. */
  private Double projectedBits(int index, CacheLayer state, int tokens) {
    long bytes = 0; // of one tensor: keys and values take the same room
    for (int from = 0; from < tokens; from += runTokens) {
      TensorShape part = state.shape().withTokens(Math.min(runTokens, tokens - from));
      OptionalLong block =
          codec.blockBytes(
              index, new CacheCodec.Run(from, part, tokens, source.layers().size(), state.dtype()));
      if (block.isEmpty()) {
        return null;
      }
      bytes += block.getAsLong();
    }
    return 8.0 * bytes / ((long) tokens * state.shape().channels());
  }
}
