package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.metrics.AttentionFidelity;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.metrics.QueryMoments;
import io.kvsweep.udfs.result.ResultColumn;
import java.util.List;
import java.util.Optional;

/** What stays of one layer of a cross-layer cell from run to run. */
final class CacheLayer {
  private final int layer;
  private final List<TensorKind> kinds;
  private final boolean codesKeys;
  private final boolean codesValues;
  private final int tensors;
  private final TensorShape shape; // of the whole prompt
  private final DType dtype;
  private final RopeStage captured;
  private final RopeStage rope;
  private final Distortion distortion;
  private final Optional<AttentionFidelity> attention;
  private final Optional<KeyLogits> logits;
  private ByteCount bytes = ByteCount.NONE;
  private long encodeNanos;
  private long decodeNanos;
  private int exactTokens;

  /**
   * @param rope stage in which the codec works
   * @param selection of the prompt, if there is a selector
   */
  CacheLayer(
      CellMethod method,
      CacheSource source,
      CacheMeasurement.LayerRun run,
      RopeStage rope,
      Optional<PromptSelection> selection) {
    this.layer = source.layers().get(run.index());
    this.kinds = method.kinds();
    this.codesKeys = kinds.contains(TensorKind.KEY);
    this.codesValues = kinds.contains(TensorKind.VALUE);
    this.tensors = kinds.size();
    this.shape = source.shape(layer, TensorKind.KEY).orElseThrow();
    KvTensor first = codesKeys ? run.keys().tensor() : run.values();
    this.dtype = first.dtype();
    this.captured = first.ropeStage();
    this.rope = rope;
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
                        List.of(selection.map(s -> s.tokens().touched()))));
    this.logits =
        attention.isPresent()
            ? Optional.empty()
            : source
                .queryMoments(layer)
                .map(
                    stored ->
                        new KeyLogits(
                            QueryMoments.stored(
                                stored, shape.heads(), source.model().attentionScale()),
                            selection.map(s -> s.tokens().touched())));
  }

  TensorShape shape() {
    return shape;
  }

  DType dtype() {
    return dtype;
  }

  /** Bills a block that is neither keys nor values. */
  void bill(byte[] block) {
    bytes = bytes.plus(ByteCount.of(block));
  }

  /** Encodes and decodes a run, and compares the tensors. */
  CacheCodec.Decoded code(
      CacheMeasurement.LayerRun run,
      CacheCodec.EncodingPass encoder,
      CacheCodec.DecodingPass decoder) {
    float[] keys = run.keys().data(rope);
    long start = System.nanoTime();
    CacheCodec.Blocks blocks =
        encoder.next(new CacheCodec.KeysAndValues(keys, run.values().data()));
    long encoded = System.nanoTime();
    CacheCodec.Decoded decoded = decoder.next(blocks);
    decodeNanos += System.nanoTime() - encoded;
    encodeNanos += encoded - start;
    if (codesKeys) {
      bill(blocks.keys());
      float[] asCaptured = run.keys().convert(decoded.keys().data(), rope, RopeStage.NONE);
      compare(0, run.keysAsCaptured(), asCaptured, decoded.keys());
    }
    if (codesValues) {
      bill(blocks.values());
      compare(codesKeys ? 1 : 0, run.values().data(), decoded.values().data(), decoded.values());
    }
    exactTokens +=
        Math.max(
            codesKeys ? decoded.keys().exactTokens() : 0,
            codesValues ? decoded.values().exactTokens() : 0);
    return decoded;
  }

  private void compare(int tensor, float[] exact, float[] decoded, Reconstruction kept) {
    int tokens = exact.length / shape.channels();
    distortion.add(tensor, exact, decoded, kept.exactPrefix(), tokens - kept.exactSuffix());
  }

  /**
   * Compares the attention on a run.
   *
   * @param keys reconstructed, rotated, of the whole run
   * @param values reconstructed, of the whole run
   */
  void attend(CacheMeasurement.LayerRun run, float[] keys, float[] values) {
    if (attention.isEmpty() && logits.isEmpty()) {
      return;
    }
    float[] rotated = run.rotatedKeys();
    float[] seen = codesKeys ? keys : rotated;
    logits.ifPresent(
        sums -> sums.add(run.firstToken(), run.keys().shape().tokens(), rotated, seen));
    if (attention.isEmpty()) {
      return;
    }
    float[] exact = run.values().data();
    attention
        .get()
        .add(
            new AttentionFidelity.Run(
                run.firstToken(),
                run.keys().tensor().firstPosition(),
                run.keys().shape().tokens(),
                rotated,
                exact),
            List.of(new AttentionFidelity.Candidate(seen, codesValues ? values : exact)));
  }

  /** Fills the columns that are known when the prompt is through. */
  RowWriter write(
      RowWriter row,
      double nominalBits,
      Optional<PromptSelection> selection,
      CacheSpectra spectra) {
    Distortion.Result quality = distortion.result();
    long values = (long) tensors * shape.values();
    long capturedBytes = values * dtype.bytes();
    Optional<AttentionFidelity.Result> fidelity = attention.map(a -> a.result(0));
    row.tensor(shape, dtype, captured, exactTokens)
        .bytes(bytes, nominalBits, values, capturedBytes)
        .set(ResultColumn.READ_RATIO, (double) capturedBytes / bytes.total())
        .set(ResultColumn.ENCODE_NS, encodeNanos)
        .set(ResultColumn.DECODE_NS, decodeNanos)
        .distortion(quality)
        .attention(quality, fidelity.orElse(null), logits.map(KeyLogits::result).orElse(null));
    if (selection.isPresent()) {
      row.nominalReads(8.0 * dtype.bytes(), nominalBits, shape, selection.get().tokens().budget())
          .set(
              ResultColumn.KEPT_MASS,
              fidelity.map(AttentionFidelity.Result::keptMass).orElse(null));
    } else {
      row.limit(spectra.reference(layer, kinds), quality);
      if (kinds.equals(List.of(TensorKind.KEY))) {
        double perQuery = (double) shape.tokens() * shape.heads();
        spectra.logitReference(layer).ifPresent(reference -> row.logitLimit(reference, perQuery));
      }
    }
    return row;
  }
}
