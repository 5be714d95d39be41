package io.kvsweep.udfs.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What stored moments can tell of small errors, and what they cannot. */
class MomentLogitsTest {
  /**
   * Two heads of two channels: in the first all queries are (1, 1), or rounded beside it; in the
   * second the channels are independent.
   */
  private static QueryMoments moments(float beside) {
    float[] data = {1, beside, 1, 0, beside, 1, 0, 1}; // [row, head, column]
    TensorShape shape = new TensorShape(2, 2, 2);
    return QueryMoments.stored(
        new KvTensor(TensorKind.QUERY_MOMENT, shape, DType.F32, RopeStage.NONE, 0, data), 2, 1);
  }

  /** Errors of two tokens, {@code (x, y)} and {@code (-x, -y)}: covariances x x, x y and y y. */
  private static MomentLogits.Result result(
      QueryMoments moments, float x, float y, int head, int tokens) {
    float[] decoded = new float[tokens * 4];
    for (int t = 0; t < tokens; t++) {
      decoded[t * 4 + 2 * head] = t == 0 ? x : -x;
      decoded[t * 4 + 2 * head + 1] = t == 0 ? y : -y;
    }
    MomentLogits sums = new MomentLogits(moments);
    for (int t = 0; t < tokens; t++) {
      sums.add(new float[tokens * 4], decoded, t, 0);
      sums.add(new float[tokens * 4], decoded, t, 1);
    }
    return sums.result();
  }

  /** No query is known to see the error, which is not to say that none does. */
  @Test
  void whatRoundingMayMakeIsNoFigure() {
    for (float beside : new float[] {1 - 0x1p-24f, 1, 1 + 0x1p-23f}) { // of x^2: +2^-23, 0, -2^-22
      MomentLogits.Result result = result(moments(beside), 3, -3, 0, 2);
      assertEquals(Optional.empty(), result.logitRms(), "beside " + beside);
      assertEquals(List.of(Optional.empty(), Optional.of(0.0)), result.heads());
    }
  }

  @Test
  void whatIsAboveIsTold() {
    // (x - y)^2 = 2^-20 is above 4 * 2^-24, up to which the four entries may add.
    MomentLogits.Result result = result(moments(1), 1, -1 + 0x1p-10f, 0, 2);
    double square = result.heads().get(0).orElseThrow();
    assertEquals(0x1p-10, square, 1e-9 * square);
    assertEquals(Math.sqrt(0x1p-21), result.logitRms().orElseThrow(), 1e-12);
    // One head that tells nothing does not hide another, much larger one.
    QueryMoments moments = moments(1);
    MomentLogits sums = new MomentLogits(moments);
    float[] exact = new float[8];
    float[] decoded = {1, -1, 5, 0, -1, 1, -5, 0};
    for (int t = 0; t < 2; t++) {
      sums.add(exact, decoded, t, 0);
      sums.add(exact, decoded, t, 1);
    }
    assertEquals(List.of(Optional.empty(), Optional.of(5.0)), sums.result().heads());
    assertEquals(Math.sqrt(25 / 2.0), sums.result().logitRms().orElseThrow(), 1e-12);
  }

  /** Of one token, softmax makes 1 whatever the logit. */
  @Test
  void aPromptOfOneTokenHasNone() {
    MomentLogits.Result result = result(moments(1), 3, 4, 1, 1);
    assertEquals(Optional.of(0.0), result.logitRms());
    assertEquals(List.of(Optional.of(0.0), Optional.of(0.0)), result.heads());
    assertTrue(result(moments(1), 3, 4, 1, 2).logitRms().orElseThrow() > 0);
  }
}
