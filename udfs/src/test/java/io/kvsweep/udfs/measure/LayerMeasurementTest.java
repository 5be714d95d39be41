package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.metrics.GaussianReference;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LayerMeasurementTest {
  private static List<ResultRow> measure(LayerUnit unit, Cell... cells) {
    return new LayerMeasurement(ToyUnits.REGISTRY).measure(unit, List.of(cells));
  }

  private static double number(ResultRow row, ResultColumn column) {
    return ((Number) row.get(column)).doubleValue();
  }

  @Test
  void theControlHasNoErrorAndTheCapturesSize() {
    ResultRow row = measure(ToyUnits.layer(40, 4), ToyUnits.cell("none", CellKind.BOTH)).get(0);
    assertEquals("measured", row.get(ResultColumn.STATUS));
    for (ResultColumn zero :
        List.of(
            ResultColumn.NMSE,
            ResultColumn.NMSE_CENTRED,
            ResultColumn.LOGIT_RMS,
            ResultColumn.ATTENTION_KL,
            ResultColumn.OUTPUT_ERROR,
            ResultColumn.MAX_ABS_ERROR)) {
      assertEquals(0.0, row.get(zero), zero::label);
    }
    assertEquals(1.0, row.get(ResultColumn.TOPK_RECALL_16));
    assertEquals(2 * 40 * 16 * 2 + 2 * 48L, row.get(ResultColumn.TOTAL_BYTES));
    assertEquals(2 * 40 * 16 * 2L, row.get(ResultColumn.CODES_BYTES));
    // The ratio is 1 but for two headers, which are billed as all bytes are.
    assertEquals(2560.0 / (2560 + 96), row.get(ResultColumn.COMPRESSION_RATIO));
    assertNull(row.get(ResultColumn.BITS_ABOVE_LIMIT));
    assertEquals(Double.POSITIVE_INFINITY, row.get(ResultColumn.SQNR_DB));
  }

  @Test
  void bytesAddUpAndAmortise() {
    ResultRow row =
        measure(ToyUnits.layer(200, 4), ToyUnits.cell("svdq(bits=2)", CellKind.KEY)).get(0);
    double sum =
        number(row, ResultColumn.CODES_BYTES)
            + number(row, ResultColumn.PARAMETERS_BYTES)
            + number(row, ResultColumn.BASIS_BYTES)
            + number(row, ResultColumn.EXACT_BYTES)
            + number(row, ResultColumn.HEADER_BYTES);
    assertEquals(sum, number(row, ResultColumn.TOTAL_BYTES));
    assertEquals(8 * sum / (200 * 16), number(row, ResultColumn.EFFECTIVE_BITS));
    assertEquals(200 * 32 / sum, number(row, ResultColumn.COMPRESSION_RATIO));
    assertTrue(
        number(row, ResultColumn.EFFECTIVE_BITS) > number(row, ResultColumn.EFFECTIVE_BITS_4K));
    assertTrue(
        number(row, ResultColumn.EFFECTIVE_BITS_32K)
            > number(row, ResultColumn.EFFECTIVE_BITS_128K));
    assertEquals(2.0, row.get(ResultColumn.NOMINAL_BITS));
  }

  @Test
  void aValueRowLeavesLogitsAlone() {
    List<ResultRow> rows =
        measure(
            ToyUnits.layer(100, 4),
            ToyUnits.cell("rtn(bits=2)", CellKind.KEY),
            ToyUnits.cell("rtn(bits=2)", CellKind.VALUE),
            ToyUnits.cell("rtn(bits=2)", CellKind.BOTH));
    assertEquals(0.0, rows.get(1).get(ResultColumn.ATTENTION_KL));
    assertEquals(0.0, rows.get(1).get(ResultColumn.LOGIT_RMS));
    assertEquals(1.0, rows.get(1).get(ResultColumn.TOPK_RECALL_16));
    assertTrue(number(rows.get(1), ResultColumn.OUTPUT_ERROR) > 0);
    assertEquals(
        rows.get(0).get(ResultColumn.ATTENTION_KL), rows.get(2).get(ResultColumn.ATTENTION_KL));
    assertEquals(
        number(rows.get(0), ResultColumn.TOTAL_BYTES)
            + number(rows.get(1), ResultColumn.TOTAL_BYTES),
        number(rows.get(2), ResultColumn.TOTAL_BYTES));
  }

  /** It speaks of keys at the rate of keys; a codec of Gaussian keys cannot come near it. */
  @Test
  void theReferenceOfLogitsIsThatOfRowsOfKeys() {
    List<ResultRow> rows =
        measure(
            ToyUnits.layer(100, 8),
            ToyUnits.cell("rtn(bits=2)", CellKind.KEY),
            ToyUnits.cell("rtn(bits=4)", CellKind.KEY),
            ToyUnits.cell("rtn(bits=2)", CellKind.VALUE),
            ToyUnits.cell("rtn(bits=2)", CellKind.BOTH),
            ToyUnits.cell("toy-every(n=3) | rtn(bits=2)", CellKind.KEY));
    for (ResultRow row : rows.subList(0, 2)) {
      double limit = number(row, ResultColumn.RD_LIMIT_LOGIT_RMS);
      assertTrue(limit > 0, "there is an error at this rate");
      assertTrue(limit < number(row, ResultColumn.LOGIT_RMS), () -> "limit " + limit);
    }
    // Two bits more and all directions above the water: a factor of 4 in the error.
    assertEquals(
        Math.pow(
            2,
            number(rows.get(1), ResultColumn.EFFECTIVE_BITS)
                - number(rows.get(0), ResultColumn.EFFECTIVE_BITS)),
        number(rows.get(0), ResultColumn.RD_LIMIT_LOGIT_RMS)
            / number(rows.get(1), ResultColumn.RD_LIMIT_LOGIT_RMS),
        1e-9);
    for (ResultRow row : rows.subList(2, 5)) {
      assertEquals("measured", row.get(ResultColumn.STATUS));
      assertNull(row.get(ResultColumn.RD_LIMIT_LOGIT_RMS));
    }
    ResultRow none =
        measure(ToyUnits.layer(50, 0), ToyUnits.cell("rtn(bits=4)", CellKind.KEY)).get(0);
    assertNull(none.get(ResultColumn.RD_LIMIT_LOGIT_RMS));
  }

  /**
   * Means are known before the rotary embedding and turn with it; a codec that stores nothing else
   * once had a third of the error of the reference.
   */
  @Test
  void keysThatAreTheirMeansDoNotBeatTheReferenceOfLogits() {
    float[] keys = ToyUnits.gaussian(300 * 16, 1);
    for (int i = 0; i < keys.length; i++) {
      keys[i] += 3 * (i % 5 - 2);
    }
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(3),
            ToyUnits.MODEL,
            Optional.of(ToyUnits.tensor(TensorKind.KEY, 300, 2, 0, keys)),
            Optional.of(ToyUnits.layer(300, 0).view(TensorKind.VALUE).tensor()),
            Optional.of( // behind the prompt, so that each sees all of it
                ToyUnits.tensor(TensorKind.QUERY, 20, 4, 300, ToyUnits.gaussian(20 * 32, 3))));
    ResultRow row =
        measure(unit, ToyUnits.cell("svdq(schedule=0-0-0-0-0-0-0-0)", CellKind.KEY)).get(0);
    assertEquals(0.0, row.get(ResultColumn.NOMINAL_BITS));
    double atNoBits = Math.sqrt(LayerSpectrum.logitReference(unit).nmseAt(0) / (300 * 2));
    // Stored means are off by 2^-11 of up to 6, a thousandth of the spread.
    assertEquals(atNoBits, number(row, ResultColumn.LOGIT_RMS), 1e-3 * atNoBits);
    assertTrue(number(row, ResultColumn.RD_LIMIT_LOGIT_RMS) < number(row, ResultColumn.LOGIT_RMS));
  }

  /** Eigenvalues that are rounding alone would take bits from those that are not. */
  @Test
  void referencesSpendNoBitsOnRounding() {
    LayerUnit unit = ToyUnits.layer(9, 1); // 16 joined channels; a head has two queries
    List<ResultRow> rows = measure(unit, ToyUnits.cell("none", CellKind.KEY));
    double bits = number(rows.get(0), ResultColumn.EFFECTIVE_BITS);
    GaussianReference tensor = LayerSpectrum.reference(List.of(unit.view(TensorKind.KEY)));
    // 8 of 16 directions, all above the water, and of logits 2 of 8 in each of two heads.
    assertEquals(Math.pow(4, -2), tensor.nmseAt(bits + 1) / tensor.nmseAt(bits), 1e-9);
    GaussianReference logits = LayerSpectrum.logitReference(unit);
    assertEquals(Math.pow(4, -4), logits.nmseAt(bits + 1) / logits.nmseAt(bits), 1e-9);
    assertTrue(tensor.bitsAt(tensor.nmseAt(bits)) > 0);
    assertEquals(bits, tensor.bitsAt(tensor.nmseAt(bits)), 1e-10 * bits);
  }

  /** It would make the mean over heads of the summary infinite. */
  @Test
  void aHeadOfZerosThatIsRebuiltAsAnotherHasNoErrorOfItsOwn() {
    float[] values = ToyUnits.gaussian(40 * 16, 2);
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 8 % 2 == 0 ? 0 : values[i];
    }
    LayerUnit layer = ToyUnits.layer(40, 4);
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(3),
            ToyUnits.MODEL,
            Optional.of(layer.view(TensorKind.KEY).tensor()),
            Optional.of(ToyUnits.tensor(TensorKind.VALUE, 40, 2, 0, values)),
            Optional.of(ToyUnits.tensor(TensorKind.QUERY, 4, 4, 36, ToyUnits.gaussian(4 * 32, 3))));
    ResultRow row = measure(unit, ToyUnits.cell("rtn(bits=2,group=8)", CellKind.VALUE)).get(0);
    ResultRow joined = measure(unit, ToyUnits.cell("rtn(bits=2)", CellKind.VALUE)).get(0);
    assertEquals("measured", row.get(ResultColumn.STATUS));
    HeadResult zeros = ((HeadResult[]) joined.get(ResultColumn.HEADS))[0];
    assertNull(zeros.nmse());
    assertNull(zeros.outputError());
    assertTrue(((HeadResult[]) joined.get(ResultColumn.HEADS))[1].nmse() > 0);
    assertTrue(Double.isFinite(number(joined, ResultColumn.NMSE)));
    assertEquals(0.0, ((HeadResult[]) row.get(ResultColumn.HEADS))[0].nmse());
  }

  @Test
  void sharingTheExactSideChangesNothing() {
    LayerUnit unit = ToyUnits.layer(300, 5);
    Cell[] cells = {
      ToyUnits.cell("rtn(bits=3)", CellKind.KEY),
      ToyUnits.cell("kivi(bits=2,group=8)", CellKind.BOTH),
      ToyUnits.cell("toy-every(n=3) | rtn(bits=4)", CellKind.KEY)
    };
    List<ResultRow> together = measure(unit, cells);
    for (int i = 0; i < cells.length; i++) {
      ResultRow alone = measure(ToyUnits.layer(300, 5), cells[i]).get(0);
      for (ResultColumn column :
          List.of(ResultColumn.ATTENTION_KL, ResultColumn.OUTPUT_ERROR, ResultColumn.LOGIT_RMS)) {
        assertEquals(alone.get(column), together.get(i).get(column), column::label);
      }
    }
  }

  @Test
  void withoutQueriesAttentionIsNull() {
    ResultRow row =
        measure(ToyUnits.layer(50, 0), ToyUnits.cell("rtn(bits=4)", CellKind.KEY)).get(0);
    assertEquals("measured", row.get(ResultColumn.STATUS));
    assertNull(row.get(ResultColumn.ATTENTION_KL));
    assertNull(row.get(ResultColumn.OUTPUT_ERROR));
    HeadResult[] heads = (HeadResult[]) row.get(ResultColumn.HEADS);
    assertEquals(2, heads.length);
    assertNull(heads[1].attentionKl());
    assertTrue(heads[1].nmse() > 0);
  }

  @Test
  void aMissingTensorFailsItsCellsAlone() {
    KvTensor keys = ToyUnits.tensor(TensorKind.KEY, 10, 2, 0, ToyUnits.gaussian(160, 5));
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(7), ToyUnits.MODEL, Optional.of(keys), Optional.empty(), Optional.empty());
    List<ResultRow> rows =
        measure(
            unit,
            ToyUnits.cell("rtn(bits=4)", CellKind.VALUE),
            ToyUnits.cell("rtn(bits=4)", CellKind.KEY));
    assertEquals("failed", rows.get(0).get(ResultColumn.STATUS));
    assertEquals(
        "toy/prompt layer 7 has no value tensor: capture it, or leave the kind 'value' out",
        rows.get(0).get(ResultColumn.ERROR));
    assertEquals("measured", rows.get(1).get(ResultColumn.STATUS));
  }

  @Test
  void aTensorThatDoesNotFitFailsItsCellsAlone() {
    float[] data = ToyUnits.gaussian(160, 5);
    data[17] = 1e6f;
    KvTensor keys =
        new KvTensor(
            TensorKind.KEY,
            new io.kvsweep.datasets.tensor.TensorShape(10, 2, 8),
            io.kvsweep.datasets.tensor.DType.F32,
            io.kvsweep.datasets.tensor.RopeStage.PRE,
            0,
            data);
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(0), ToyUnits.MODEL, Optional.of(keys), Optional.empty(), Optional.empty());
    List<ResultRow> rows =
        measure(
            unit,
            ToyUnits.cell("rtn(bits=1,axis=channel)", CellKind.KEY),
            ToyUnits.cell("none", CellKind.KEY));
    String error = (String) rows.get(0).get(ResultColumn.ERROR);
    assertNotNull(error);
    assertTrue(error.contains("binary16 (up to 65504) cannot hold"), error);
    assertEquals("measured", rows.get(1).get(ResultColumn.STATUS));
  }

  @Test
  void keepingEveryTokenIsNoSelection() {
    List<ResultRow> rows =
        measure(
            ToyUnits.layer(300, 4),
            ToyUnits.cell("rtn(bits=2)", CellKind.KEY),
            ToyUnits.cell("toy-every(n=1) | rtn(bits=2)", CellKind.KEY));
    for (ResultColumn column :
        List.of(ResultColumn.NMSE, ResultColumn.CODES_BYTES, ResultColumn.MAX_ABS_ERROR)) {
      assertEquals(rows.get(0).get(column), rows.get(1).get(column), column::label);
    }
    for (ResultColumn column :
        List.of(
            ResultColumn.ATTENTION_KL,
            ResultColumn.OUTPUT_ERROR,
            ResultColumn.LOGIT_RMS,
            ResultColumn.TOPK_RECALL_16)) {
      // The same sums in another order: 300 terms of one sign, each with half an ulp.
      double expected = number(rows.get(0), column);
      assertEquals(expected, number(rows.get(1), column), 1e-12 + 1e-10 * expected, column::label);
    }
    assertEquals(1.0, number(rows.get(1), ResultColumn.KEPT_MASS), 1e-12);
    // What says which tokens are kept is billed: one bit each, and a header.
    assertEquals(
        number(rows.get(0), ResultColumn.TOTAL_BYTES) + 48 + (300 + 7) / 8,
        number(rows.get(1), ResultColumn.TOTAL_BYTES));
  }

  @Test
  void anEvictingSelectorLosesMassButNoPrecision() {
    ResultRow row =
        measure(ToyUnits.layer(301, 4), ToyUnits.cell("toy-every(n=4) | none", CellKind.KEY))
            .get(0);
    assertEquals("none", row.get(ResultColumn.METHOD));
    assertEquals("variant", row.get(ResultColumn.FIDELITY));
    assertEquals(0.0, row.get(ResultColumn.NMSE));
    assertEquals(0.0, number(row, ResultColumn.ATTENTION_KL), 1e-12);
    double mass = number(row, ResultColumn.KEPT_MASS);
    assertTrue(mass > 0.1 && mass < 0.5, "about a quarter, got " + mass);
    assertTrue(number(row, ResultColumn.OUTPUT_ERROR) > 0.1);
    assertEquals(301, row.get(ResultColumn.TOKENS));
    // 76 of 301 tokens of 16 values in two bytes, a bitmap, two headers.
    assertEquals(76 * 32 + 38 + 96.0, number(row, ResultColumn.TOTAL_BYTES));
    // 1,024 of 4,096 tokens of 16 values in 16 bits, a bit for each, two headers.
    assertEquals(
        8.0 * (1024 * 32 + 512 + 96) / (4096 * 16), row.get(ResultColumn.EFFECTIVE_BITS_4K));
  }

  @Test
  void aStepMayReadLessThanIsKept() {
    List<ResultRow> rows =
        measure(
            ToyUnits.layer(400, 4),
            ToyUnits.cell("toy-every(n=2) | none", CellKind.KEY),
            ToyUnits.cell("toy-every(n=2,read=even) | none", CellKind.KEY));
    assertEquals(
        number(rows.get(0), ResultColumn.TOTAL_BYTES),
        number(rows.get(1), ResultColumn.TOTAL_BYTES));
    assertEquals(2.0, number(rows.get(0), ResultColumn.NOMINAL_READ_RATIO));
    assertEquals(4.0, number(rows.get(1), ResultColumn.NOMINAL_READ_RATIO));
    assertTrue(
        number(rows.get(1), ResultColumn.READ_RATIO)
            > number(rows.get(0), ResultColumn.READ_RATIO));
    assertTrue(
        number(rows.get(1), ResultColumn.KEPT_MASS) < number(rows.get(0), ResultColumn.KEPT_MASS));
  }

  @Test
  void aSelectorThatReadsNothingFailsItsCellAlone() {
    List<ResultRow> rows =
        measure(
            ToyUnits.layer(40, 2),
            ToyUnits.cell("toy-every(n=2,read=none) | none", CellKind.KEY),
            ToyUnits.cell("rtn(bits=4)", CellKind.KEY));
    assertEquals("failed", rows.get(0).get(ResultColumn.STATUS));
    assertEquals(
        "captured query 0 reads no token of KV head 0: give the selector a larger budget",
        rows.get(0).get(ResultColumn.ERROR));
    assertEquals("measured", rows.get(1).get(ResultColumn.STATUS));
    assertNotNull(rows.get(1).get(ResultColumn.ATTENTION_KL));
  }

  @Test
  void aSelectorThatReadsNothingLeavesTheCellsOnBothSidesAlone() {
    Cell healthy = ToyUnits.cell("rtn(bits=4)", CellKind.KEY);
    // The first query sees the prompt up to its last token but three; the last token alone is kept.
    Cell bad = ToyUnits.cell("streaming(budget=1,sinks=0) | rtn(bits=4)", CellKind.KEY);
    List<ResultRow> rows = measure(ToyUnits.layer(40, 4), healthy, bad, healthy);
    assertEquals(
        "captured query 0 reads no token of KV head 0: give the selector a larger budget",
        rows.get(1).get(ResultColumn.ERROR));
    ResultRow alone = measure(ToyUnits.layer(40, 4), healthy).get(0);
    for (ResultRow row : List.of(rows.get(0), rows.get(2))) {
      assertNull(row.get(ResultColumn.ERROR));
      assertEquals(alone.get(ResultColumn.ATTENTION_KL), row.get(ResultColumn.ATTENTION_KL));
      assertEquals(alone.get(ResultColumn.OUTPUT_ERROR), row.get(ResultColumn.OUTPUT_ERROR));
    }
  }

  @Test
  void aSelectorThatNeedsQueriesSaysSo() {
    ResultRow row =
        measure(
                ToyUnits.layer(40, 0),
                ToyUnits.cell("toy-every(n=2,read=even) | none", CellKind.KEY))
            .get(0);
    assertEquals(
        "the selector needs queries and toy/prompt layer 3 has none: capture some",
        row.get(ResultColumn.ERROR));
  }

  @Test
  void kiviKeepsItsResidualWholeAndBillsIt() {
    ResultRow row =
        measure(
                ToyUnits.layer(300, 4),
                ToyUnits.cell("kivi(bits=2,group=32,residual=128,rope=pre)", CellKind.BOTH))
            .get(0);
    assertEquals(128, row.get(ResultColumn.EXACT_TOKENS), "of keys 44, of values 128");
    assertEquals((300 % 128 + 128) * 32L, row.get(ResultColumn.EXACT_BYTES));
    assertEquals("variant", row.get(ResultColumn.FIDELITY));
  }

  /** Exact tokens, here the loudest, have no error: bytes, covariance and energy are of all. */
  @Test
  void theReferenceIsOfAllTokensAndSoIsTheErrorHeldAgainstIt() {
    float[] data = ToyUnits.gaussian(300 * 16, 8);
    for (int i = 256 * 16; i < data.length; i++) {
      data[i] *= 8;
    }
    KvTensor keys = ToyUnits.tensor(TensorKind.KEY, 300, 2, 0, data);
    LayerUnit unit =
        new LayerUnit(
            ToyUnits.key(3), ToyUnits.MODEL, Optional.of(keys), Optional.empty(), Optional.empty());
    double energy = 0;
    for (float x : data) {
      energy += (double) x * x;
    }
    GaussianReference reference = LayerSpectrum.reference(List.of(unit.view(TensorKind.KEY)));
    List<ResultRow> rows =
        measure(
            unit,
            ToyUnits.cell("kivi(bits=4,group=32,residual=128)", CellKind.KEY),
            ToyUnits.cell("svdq(bits=4,tail=exact:44)", CellKind.KEY),
            ToyUnits.cell("kivi(bits=4,group=32,residual=0)", CellKind.KEY));
    for (ResultRow row : rows.subList(0, 2)) {
      assertEquals(44, row.get(ResultColumn.EXACT_TOKENS));
      double bits = number(row, ResultColumn.EFFECTIVE_BITS);
      double nmse = number(row, ResultColumn.NMSE);
      double share = number(row, ResultColumn.ENERGY) / energy;
      assertTrue(share < 0.1, "loud tokens stay whole");
      double above = number(row, ResultColumn.BITS_ABOVE_LIMIT);
      // The quotient of energies for the sum of errors: a few roundings of some ten bits.
      assertEquals(bits - reference.bitsAt(nmse * share), above, 1e-12);
      assertTrue(above < bits - reference.bitsAt(nmse) - 1, "a tenth is more than a bit");
    }
    ResultRow none = rows.get(2);
    assertEquals(0, none.get(ResultColumn.EXACT_TOKENS));
    assertEquals(
        number(none, ResultColumn.EFFECTIVE_BITS)
            - reference.bitsAt(number(none, ResultColumn.NMSE)),
        none.get(ResultColumn.BITS_ABOVE_LIMIT),
        "to the bit");
  }

  @Test
  void cellIdsDependOnWhatIsMeasuredOnly() {
    Cell a = ToyUnits.cell("svdq(bits=2.0)", CellKind.KEY);
    assertEquals(a, ToyUnits.cell(" svdq( group=128, bits=2 )", CellKind.KEY));
    List<Cell> others =
        List.of(
            ToyUnits.cell("svdq(bits=2)", CellKind.VALUE),
            ToyUnits.cell("svdq(bits=2,group=64)", CellKind.KEY),
            Cell.of(
                ToyUnits.REGISTRY,
                ToyUnits.REGISTRY.expand("svdq(bits=2)").get(0),
                CellKind.KEY,
                2));
    assertTrue(others.stream().noneMatch(c -> c.cellId().equals(a.cellId())));
    assertEquals(
        a.cellId(),
        ToyUnits.cell("pair(key=svdq(bits=2),value=none)", CellKind.KEY).cellId(),
        "a pair is its key side where keys are measured");
    assertEquals(3, Arrays.stream(CellKind.values()).count());
  }
}
