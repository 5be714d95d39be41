package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection.Touched;
import io.kvsweep.udfs.metrics.AttentionFidelity;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.metrics.MomentLogits;
import io.kvsweep.udfs.metrics.QueryMoments;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
  private final Reconstructions reconstructions;
  private final RowWriter row;
  private List<TensorKind> kinds = List.of();
  private final List<ComparedTensor> tensors = new ArrayList<>();
  private Optional<CellSelection> selection = Optional.empty();
  private Distortion.Result distortion;
  private AttentionFidelity.Candidate candidate;
  private AttentionFidelity.Result attention;
  private MomentLogits.Result logits;
  private String failure;

  private LayerCell(
      MethodRegistry registry,
      LayerUnit unit,
      Cell cell,
      Optional<Diagnoses> diagnoses,
      Reconstructions reconstructions) {
    this.registry = registry;
    this.unit = unit;
    this.cell = cell;
    this.diagnoses = diagnoses;
    this.reconstructions = reconstructions;
    this.row = new RowWriter(unit.key(), unit.key().layer(), cell);
  }

  /** Encodes, decodes and compares all but attention; a failure stays in the cell. */
  static LayerCell code(
      MethodRegistry registry,
      LayerUnit unit,
      Cell cell,
      Optional<Diagnoses> diagnoses,
      Reconstructions reconstructions) {
    LayerCell coded = new LayerCell(registry, unit, cell, diagnoses, reconstructions);
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
    selection = Optional.empty();
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
    selection = method.selector().map(selector -> CellSelection.of(selector, unit));
    List<CellTensor> coded = new ArrayList<>();
    if (method.external().isPresent()) {
      tensors.addAll(readExternal(method.external().get()));
    } else {
      for (int i = 0; i < kinds.size(); i++) {
        TensorCodec codec = tensorCodec(method.pipelines().get(i));
        coded.add(CellTensor.of(unit.view(kinds.get(i)), codec, selection));
      }
      tensors.addAll(coded);
      writeBytes(coded);
    }
    distortion = compare();
    row.distortion(distortion);
    if (selection.isEmpty()) {
      row.limit(LayerSpectrum.reference(kinds.stream().map(unit::view).toList()), distortion);
      if (kinds.equals(List.of(TensorKind.KEY))
          && (unit.hasAttention() || unit.moments().isPresent())) {
        TensorShape shape = unit.view(TensorKind.KEY).shape();
        row.logitLimit(LayerSpectrum.logitReference(unit), (double) shape.tokens() * shape.heads());
      }
    }
    if (unit.hasAttention()) {
      candidate =
          new AttentionFidelity.Candidate(
              reconstructed(TensorKind.KEY, unit.view(TensorKind.KEY).data(RopeStage.POST)),
              reconstructed(TensorKind.VALUE, unit.valuesOrZeros()));
    }
    logits = unit.moments().map(this::logits).orElse(null);
    if (selection.isEmpty()) {
      // Theory speaks of tensors that are coded whole.
      diagnoses.ifPresent(
          d -> coded.forEach(t -> t.coded().ifPresent(c -> d.add(unit.key(), cell, c))));
    }
    tensors.clear(); // the row has what it needs of them
  }

  private static TensorCodec tensorCodec(Pipeline pipeline) {
    if (pipeline.codec() instanceof TensorCodec codec) {
      return codec;
    }
    throw new IllegalArgumentException(pipeline.spec() + " codes all layers together");
  }

  /** Reads what was coded elsewhere; its sizes are as declared, what nobody declares is null. */
  private List<ExternalTensor> readExternal(ExternalCodec codec) {
    UnitReader reader = reconstructions.open(cell);
    ExternalUnit found = reader.external(cell, unit.key());
    List<ExternalTensor> read =
        kinds.stream().map(kind -> ExternalTensor.read(reader, found, unit, kind)).toList();
    KvTensor first = read.get(0).original().tensor();
    row.tensor(first.shape(), first.dtype(), first.ropeStage())
        .declared(
            read.stream().mapToLong(ExternalTensor::declaredBytes).sum(),
            codec.nominalBits().map(Double::valueOf),
            (long) read.size() * first.shape().values(),
            read.stream().mapToLong(t -> t.original().tensor().capturedBytes()).sum());
    for (int i = 0; i < PROJECTED_TOKENS.length; i++) {
      int length = i;
      List<OptionalLong> bytes = read.stream().map(t -> t.projectedBytes().get(length)).toList();
      if (bytes.stream().allMatch(OptionalLong::isPresent)) {
        long sum = bytes.stream().mapToLong(OptionalLong::getAsLong).sum();
        long values = (long) read.size() * PROJECTED_TOKENS[i] * first.shape().channels();
        row.set(PROJECTED_COLUMNS[i], 8.0 * sum / values);
      }
    }
    return read;
  }

  private void writeBytes(List<CellTensor> coded) {
    ByteCount side = selection.map(s -> ByteCount.of(s.block())).orElse(ByteCount.NONE);
    ByteCount bytes = side;
    double read = side.total(); // a step reads side information whole
    int steps = unit.queries().map(q -> q.shape().tokens()).orElse(1);
    long values = 0;
    long captured = 0;
    double nominal = 0;
    for (CellTensor tensor : coded) {
      KvTensor original = tensor.original().tensor();
      bytes = bytes.plus(tensor.codedBytes()).plus(tensor.wholeBytes());
      StepReads reads = tensor.reads(steps);
      read += reads.ofCoded(tensor.codedBytes()) + reads.ofExact(tensor.wholeBytes());
      values += original.shape().values();
      captured += original.capturedBytes();
      nominal += tensor.nominalBits() / coded.size();
    }
    KvTensor first = coded.get(0).original().tensor();
    row.tensor(
            first.shape(),
            first.dtype(),
            first.ropeStage(),
            coded.stream().mapToInt(CellTensor::exactTokens).max().orElseThrow())
        .bytes(bytes, nominal, values, captured)
        .set(ResultColumn.READ_RATIO, captured / read)
        .set(
            ResultColumn.ENCODE_NS,
            selection.map(CellSelection::encodeNanos).orElse(0L)
                + coded.stream().mapToLong(CellTensor::encodeNanos).sum())
        .set(ResultColumn.DECODE_NS, coded.stream().mapToLong(CellTensor::decodeNanos).sum());
    if (selection.isPresent()) {
      row.nominalReads(
          8.0 * first.dtype().bytes(), nominal, first.shape(), selection.get().tokens().budget());
    }
    writeProjections(coded);
  }

  private void writeProjections(List<CellTensor> coded) {
    TensorShape shape = unit.view(kinds.get(0)).shape();
    for (int i = 0; i < PROJECTED_TOKENS.length; i++) {
      int tokens = PROJECTED_TOKENS[i];
      long bytes =
          selection
              .map(s -> s.selector().size(tokens, shape.heads(), shape.headDim()).blockBytes())
              .orElse(0L);
      long values = 0;
      boolean known = true;
      for (CellTensor tensor : coded) {
        OptionalLong projected = tensor.projectedBytes(tokens);
        known &= projected.isPresent();
        bytes += projected.orElse(0);
        values += (long) tokens * tensor.original().shape().channels();
      }
      row.set(PROJECTED_COLUMNS[i], known ? 8.0 * bytes / values : null);
    }
  }

  private Distortion.Result compare() {
    TensorShape shape = tensors.get(0).original().shape();
    long vectors = (long) tensors.size() * shape.tokens() * shape.heads();
    Distortion sums = new Distortion(tensors.size(), shape.heads(), shape.headDim(), vectors);
    for (int i = 0; i < tensors.size(); i++) {
      tensors.get(i).compare(sums, i);
    }
    return sums.result();
  }

  private MomentLogits.Result logits(QueryMoments moments) {
    TensorView keys = unit.view(TensorKind.KEY);
    float[] exact = keys.data(RopeStage.POST);
    KeyLogits sums = new KeyLogits(moments, touched());
    sums.add(0, keys.shape().tokens(), exact, reconstructed(TensorKind.KEY, exact));
    return sums.result();
  }

  Optional<Touched> touched() {
    return selection.map(s -> s.tokens().touched());
  }

  /** Keys and values as attention sees them; dropped once compared. */
  AttentionFidelity.Candidate candidate() {
    return candidate;
  }

  private float[] reconstructed(TensorKind kind, float[] exact) {
    int at = kinds.indexOf(kind);
    return at < 0 ? exact : tensors.get(at).reconstructedIn(RopeStage.POST);
  }

  ResultRow row() {
    if (failure != null) {
      return RowWriter.failed(registry, unit.key(), unit.key().layer(), cell, failure);
    }
    row.attention(distortion, attention, logits);
    if (attention != null && selection.isPresent()) {
      row.set(ResultColumn.KEPT_MASS, attention.keptMass());
    }
    return row.measured();
  }
}
