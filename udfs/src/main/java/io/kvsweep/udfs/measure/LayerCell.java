package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelection.Touched;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.metrics.AttentionFidelity;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** One layer-local cell on its way from tensors to a row. */
final class LayerCell {
  static final int[] PROJECTED_TOKENS = {4096, 32768, 131072};
  static final ResultColumn[] PROJECTED_COLUMNS = {
    ResultColumn.EFFECTIVE_BITS_4K,
    ResultColumn.EFFECTIVE_BITS_32K,
    ResultColumn.EFFECTIVE_BITS_128K
  };

  private final MethodRegistry registry;
  private final LayerUnit unit;
  private final Cell cell;
  private final Optional<Diagnoses> diagnoses;
  private final RowWriter row;
  private List<TensorKind> kinds = List.of();
  private final List<CodedTensor> tensors = new ArrayList<>();
  private Optional<TokenSelection> selection = Optional.empty();
  private byte[] keptBlock;
  private int[] kept;
  private Distortion.Result distortion;
  private AttentionFidelity.Candidate candidate;
  private AttentionFidelity.Result attention;
  private String failure;

  private LayerCell(
      MethodRegistry registry, LayerUnit unit, Cell cell, Optional<Diagnoses> diagnoses) {
    this.registry = registry;
    this.unit = unit;
    this.cell = cell;
    this.diagnoses = diagnoses;
    this.row = new RowWriter(unit.key(), unit.key().layer(), cell);
  }

  /** Encodes, decodes and compares all but attention; a failure stays in the cell. */
  static LayerCell code(
      MethodRegistry registry, LayerUnit unit, Cell cell, Optional<Diagnoses> diagnoses) {
    LayerCell coded = new LayerCell(registry, unit, cell, diagnoses);
    try {
      coded.code();
    } catch (RuntimeException e) {
      coded.fail(e);
    }
    return coded;
  }

  void fail(RuntimeException e) {
    failure = Failures.describe(cell, unit.key(), e);
    tensors.clear();
    candidate = null;
  }

  boolean hasFailed() {
    return failure != null;
  }

  void attention(AttentionFidelity.Result result) {
    attention = result;
    candidate = null;
  }

  /** Decoded floats held until attention is compared. */
  long floats() {
    long floats = 0;
    if (candidate != null) {
      floats += kinds.contains(TensorKind.KEY) ? candidate.keys().length : 0;
      floats += kinds.contains(TensorKind.VALUE) ? candidate.values().length : 0;
    }
    return floats;
  }

  private void code() {
    CellMethod method = CellMethod.of(registry, cell);
    kinds = method.kinds();
    row.method(method);
    method.pipelines().stream()
        .flatMap(pipeline -> pipeline.selector().stream())
        .findFirst()
        .ifPresent(this::select);
    for (int i = 0; i < kinds.size(); i++) {
      TensorView view = unit.view(kinds.get(i));
      if (kept != null) {
        view = KeptTokens.compact(view, kept, unit.model().rope());
      }
      tensors.add(CodedTensor.of(view, tensorCodec(method.pipelines().get(i)), kept == null));
    }
    writeBytes();
    distortion = compare();
    row.distortion(distortion);
    if (selection.isEmpty()) {
      row.limit(new GaussianReference(energies(), totalEnergy()), distortion.nmse());
    }
    if (unit.hasAttention()) {
      candidate =
          new AttentionFidelity.Candidate(
              reconstructed(TensorKind.KEY, unit.view(TensorKind.KEY).data(RopeStage.POST)),
              reconstructed(TensorKind.VALUE, unit.view(TensorKind.VALUE).tensor().data()));
    }
    diagnoses.ifPresent(d -> tensors.forEach(tensor -> d.add(unit.key(), cell, tensor)));
    tensors.clear(); // the row has what it needs of them
  }

  private void select(TokenSelector selector) {
    if (selector.needsQueries() && unit.queries().isEmpty()) {
      throw new CellFailure(
          "the selector needs queries and " + unit.key() + " has none: capture some");
    }
    TensorView keys = unit.view(TensorKind.KEY);
    selection = Optional.of(selector.select(keys, unit.queries()));
    keptBlock = KeptTokens.encode(selection.get().kept(), keys);
    kept = KeptTokens.decode(keptBlock, keys.shape());
  }

  private static TensorCodec tensorCodec(Pipeline pipeline) {
    if (pipeline.codec() instanceof TensorCodec codec) {
      return codec;
    }
    throw new IllegalArgumentException(pipeline.spec() + " codes all layers together");
  }

  private void writeBytes() {
    ByteCount bytes = keptBlock == null ? ByteCount.NONE : ByteCount.of(keptBlock);
    long values = 0;
    long captured = 0;
    double nominal = 0;
    for (int i = 0; i < tensors.size(); i++) {
      KvTensor original = unit.view(kinds.get(i)).tensor();
      bytes = bytes.plus(ByteCount.of(tensors.get(i).block()));
      values += original.shape().values();
      captured += original.capturedBytes();
      nominal += tensors.get(i).nominalBits() / tensors.size();
    }
    KvTensor first = unit.view(kinds.get(0)).tensor();
    row.tensor(
            first.shape(),
            first.dtype(),
            first.ropeStage(),
            tensors.stream().mapToInt(t -> t.reconstruction().exactTokens()).max().orElseThrow())
        .bytes(bytes, nominal, values, captured)
        .set(ResultColumn.ENCODE_NS, tensors.stream().mapToLong(CodedTensor::encodeNanos).sum())
        .set(ResultColumn.DECODE_NS, tensors.stream().mapToLong(CodedTensor::decodeNanos).sum());
    if (selection.isPresent()) {
      writeReads(bytes, nominal, captured);
    } else {
      row.set(ResultColumn.READ_RATIO, (double) captured / bytes.total());
      writeProjections();
    }
  }

  /** A step reads side information whole, and of what belongs to tokens the share it touches. */
  private void writeReads(ByteCount bytes, double nominal, long captured) {
    TensorShape shape = unit.view(TensorKind.KEY).shape();
    int steps = unit.queries().map(q -> q.shape().tokens()).orElse(1);
    double touched = 0;
    for (int head = 0; head < shape.heads(); head++) {
      for (int step = 0; step < steps; step++) {
        touched += selection.orElseThrow().touched().tokens(head, step).cardinality();
      }
    }
    touched /= (double) shape.heads() * steps;
    double share = touched / kept.length;
    double read =
        bytes.header()
            + bytes.basis()
            + share * (bytes.codes() + bytes.parameters() + bytes.exact());
    double capturedBits = 8.0 * unit.view(TensorKind.KEY).dtype().bytes();
    row.set(ResultColumn.READ_RATIO, captured / read)
        .set(ResultColumn.NOMINAL_READ_RATIO, capturedBits / nominal * (shape.tokens() / touched));
  }

  private void writeProjections() {
    for (int i = 0; i < PROJECTED_TOKENS.length; i++) {
      int tokens = PROJECTED_TOKENS[i];
      long bytes = 0;
      long values = 0;
      for (CodedTensor tensor : tensors) {
        bytes += tensor.codec().projectedBytes(tensor.block(), tokens);
        values += (long) tokens * tensor.view().shape().channels();
      }
      row.set(PROJECTED_COLUMNS[i], 8.0 * bytes / values);
    }
  }

  private Distortion.Result compare() {
    TensorShape shape = tensors.get(0).view().shape();
    long vectors = (long) tensors.size() * shape.tokens() * shape.heads();
    Distortion sums = new Distortion(tensors.size(), shape.heads(), shape.headDim(), vectors);
    for (int i = 0; i < tensors.size(); i++) {
      CodedTensor tensor = tensors.get(i);
      sums.add(
          i,
          tensor.view().tensor().data(),
          tensor.reconstructedIn(RopeStage.NONE),
          tensor.reconstruction().exactPrefix(),
          shape.tokens() - tensor.reconstruction().exactSuffix());
    }
    return sums.result();
  }

  /** Squared norm over all tokens, also those kept whole: what the eigenvalues are relative to. */
  private double totalEnergy() {
    double energy = 0;
    for (TensorKind kind : kinds) {
      for (float x : unit.view(kind).tensor().data()) {
        energy += (double) x * x;
      }
    }
    return energy;
  }

  /** Eigenvalues of the centred Gram matrices, joint over the tensors, descending. */
  private double[] energies() {
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

  Optional<Touched> touched() {
    return selection.map(TokenSelection::touched);
  }

  /** Keys and values as attention sees them; dropped once compared. */
  AttentionFidelity.Candidate candidate() {
    return candidate;
  }

  private float[] reconstructed(TensorKind kind, float[] exact) {
    int at = kinds.indexOf(kind);
    if (at < 0) {
      return exact;
    }
    CodedTensor tensor = tensors.get(at);
    float[] decoded = tensor.reconstructedIn(RopeStage.POST);
    return kept == null
        ? decoded
        : KeptTokens.scatter(exact, decoded, kept, tensor.view().shape().channels());
  }

  ResultRow row() {
    if (failure != null) {
      return RowWriter.failed(registry, unit.key(), unit.key().layer(), cell, failure);
    }
    row.attention(distortion, attention);
    if (attention != null && selection.isPresent()) {
      row.set(ResultColumn.KEPT_MASS, attention.keptMass());
    }
    return row.measured();
  }
}
