package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.metrics.AttentionFidelity;
import io.kvsweep.udfs.metrics.Distortion;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.metrics.MomentLogits;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.Optional;

/** Puts what was measured into the columns of one result row. */
final class RowWriter {
  private final ResultRow.Builder row = ResultRow.builder();
  private double effectiveBits;
  private int exactTokens;

  RowWriter(UnitKey unit, int layer, Cell cell) {
    row.set(ResultColumn.CELL_ID, cell.cellId())
        .set(ResultColumn.UNIT_ID, unit.unitId())
        .set(ResultColumn.MODEL, unit.model())
        .set(ResultColumn.PROMPT, unit.prompt())
        .set(ResultColumn.KIND, cell.kind().label())
        .set(ResultColumn.METHOD_SPEC, cell.spec())
        .set(ResultColumn.SEED, cell.seed())
        .set(ResultColumn.LAYER, layer);
  }

  RowWriter method(CellMethod method) {
    row.set(ResultColumn.METHOD, method.method())
        .set(ResultColumn.FIDELITY, method.fidelity().label());
    return this;
  }

  RowWriter tensor(TensorShape shape, DType dtype, RopeStage captured, int exactTokens) {
    this.exactTokens = exactTokens;
    row.set(ResultColumn.EXACT_TOKENS, exactTokens);
    return tensor(shape, dtype, captured);
  }

  /** Of a tensor of which nobody tells which tokens were kept whole. */
  RowWriter tensor(TensorShape shape, DType dtype, RopeStage captured) {
    row.set(ResultColumn.TOKENS, shape.tokens())
        .set(ResultColumn.KV_HEADS, shape.heads())
        .set(ResultColumn.HEAD_DIM, shape.headDim())
        .set(ResultColumn.DTYPE, dtype.label())
        .set(ResultColumn.ROPE_STAGE, captured.label());
    return this;
  }

  /**
   * @param values captured values
   * @param capturedBytes their bytes
   */
  RowWriter bytes(ByteCount bytes, double nominalBits, long values, long capturedBytes) {
    total(bytes.total(), values, capturedBytes);
    row.set(ResultColumn.NOMINAL_BITS, nominalBits)
        .set(ResultColumn.CODES_BYTES, bytes.codes())
        .set(ResultColumn.PARAMETERS_BYTES, bytes.parameters())
        .set(ResultColumn.BASIS_BYTES, bytes.basis())
        .set(ResultColumn.EXACT_BYTES, bytes.exact())
        .set(ResultColumn.HEADER_BYTES, bytes.header());
    return this;
  }

  /**
   * Sizes as somebody declares them: no sections, and one attention step reads all.
   *
   * @param nominalBits where nobody tells, the declared bytes
   */
  RowWriter declared(long bytes, Optional<Double> nominalBits, long values, long capturedBytes) {
    total(bytes, values, capturedBytes);
    row.set(ResultColumn.NOMINAL_BITS, nominalBits.orElse(effectiveBits))
        .set(ResultColumn.READ_RATIO, (double) capturedBytes / bytes);
    return this;
  }

  private void total(long bytes, long values, long capturedBytes) {
    effectiveBits = 8.0 * bytes / values;
    row.set(ResultColumn.EFFECTIVE_BITS, effectiveBits)
        .set(ResultColumn.TOTAL_BYTES, bytes)
        .set(ResultColumn.COMPRESSION_RATIO, (double) capturedBytes / bytes);
  }

  /**
   * What papers count; nothing where no code is left to count.
   *
   * @param budget tokens that a step reads by the selector's own count
   */
  RowWriter nominalReads(double capturedBits, double nominalBits, TensorShape prompt, int budget) {
    if (nominalBits > 0) {
      row.set(
          ResultColumn.NOMINAL_READ_RATIO,
          StepReads.nominalRatio(capturedBits, nominalBits, prompt.tokens(), budget));
    }
    return this;
  }

  RowWriter set(ResultColumn column, Object value) {
    row.set(column, value);
    return this;
  }

  RowWriter distortion(Distortion.Result distortion) {
    row.set(ResultColumn.ENERGY, distortion.energy())
        .set(ResultColumn.NMSE, distortion.nmse())
        .set(ResultColumn.NMSE_CENTRED, orNull(distortion.nmseCentred()))
        .set(ResultColumn.SQNR_DB, distortion.sqnrDb())
        .set(ResultColumn.COSINE_MEAN, distortion.cosineMean())
        .set(ResultColumn.COSINE_P01, distortion.cosineP01())
        .set(ResultColumn.MAX_ABS_ERROR, distortion.maxAbsError());
    return this;
  }

  private static Double orNull(double number) {
    return Double.isNaN(number) ? null : (Double) number;
  }

  /**
   * Compares with a source of all tokens, as the bytes are those of all tokens. {@code nmse} is of
   * the coded ones alone, so that where some are exact the error is taken as it is.
   */
  RowWriter limit(GaussianReference reference, Distortion.Result distortion) {
    double rate =
        exactTokens == 0
            ? reference.bitsAt(distortion.nmse())
            : reference.bitsAtError(distortion.squaredError());
    row.set(ResultColumn.RD_LIMIT_NMSE, reference.nmseAt(effectiveBits))
        .set(
            ResultColumn.BITS_ABOVE_LIMIT,
            // Without error the reference needs an infinite rate; there is no difference to tell.
            distortion.nmse() == 0 ? null : effectiveBits - rate);
    return this;
  }

  /**
   * The same in terms of logits.
   *
   * @param reference of the sum of squared logit errors per query
   * @param logits logits per query: tokens x KV heads
   */
  RowWriter logitLimit(GaussianReference reference, double logits) {
    return set(
        ResultColumn.RD_LIMIT_LOGIT_RMS, Math.sqrt(reference.nmseAt(effectiveBits) / logits));
  }

  /**
   * @param attention null where the capture has no queries
   * @param logits from moments of queries, where that is all there is of them; null otherwise
   */
  RowWriter attention(
      Distortion.Result distortion,
      AttentionFidelity.Result attention,
      MomentLogits.Result logits) {
    HeadResult[] heads = new HeadResult[distortion.headNmse().length];
    for (int h = 0; h < heads.length; h++) {
      Double nmse = orNull(distortion.headNmse()[h]);
      if (attention != null) {
        AttentionFidelity.PerHead head = attention.heads()[h];
        heads[h] = new HeadResult(h, nmse, head.logitRms(), head.kl(), orNull(head.outputError()));
      } else {
        Double logitRms = logits == null ? null : logits.heads().get(h).orElse(null);
        heads[h] = new HeadResult(h, nmse, logitRms, null, null);
      }
    }
    row.set(ResultColumn.HEADS, heads);
    if (logits != null) {
      row.set(ResultColumn.LOGIT_RMS, logits.logitRms().orElse(null));
    }
    if (attention != null) {
      row.set(ResultColumn.LOGIT_RMS, attention.logitRms())
          .set(ResultColumn.ATTENTION_KL, attention.kl())
          .set(ResultColumn.ATTENTION_KL_P999, attention.klP999())
          .set(ResultColumn.TOPK_RECALL_16, attention.topRecall16())
          .set(ResultColumn.OUTPUT_ERROR, orNull(attention.outputError()));
    }
    return this;
  }

  ResultRow measured() {
    return row.set(ResultColumn.STATUS, Status.MEASURED.label()).build();
  }

  /** The row of a cell that could not be measured: what it was, and why. */
  static ResultRow failed(
      MethodRegistry registry, UnitKey unit, int layer, Cell cell, String error) {
    return new RowWriter(unit, layer, cell)
        .method(CellMethod.of(registry, cell))
        .row
        .set(ResultColumn.STATUS, Status.FAILED.label())
        .set(ResultColumn.ERROR, error)
        .build();
  }
}
