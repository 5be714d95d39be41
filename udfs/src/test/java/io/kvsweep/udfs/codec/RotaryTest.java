package io.kvsweep.udfs.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seeds.class)
class RotaryTest {
  private static final Rope ROPE = new Rope(10000);

  // Cosines are rounded to float (2^-24), products and sums add 2 * 2^-24 of |x1| + |x2| each;
  // values below are N(0,1), in 10^4 draws under 5.
  private static final float TOLERANCE = (float) (4 * 0x1p-24 * 2 * 5 * 2);

  @Test
  void isTheFormula(Random random) {
    TensorShape shape = new TensorShape(3, 2, 6);
    int[] positions = {0, 7, 100_000};
    float[] x = Tensors.gaussian(random, shape.values(), 1);
    float[] rotated = new Rotary(ROPE, positions, 6).rotate(x, shape);
    for (int t = 0; t < 3; t++) {
      for (int h = 0; h < 2; h++) {
        for (int i = 0; i < 3; i++) {
          double angle = positions[t] * Math.pow(10000, -2.0 * i / 6);
          int at = (t * 2 + h) * 6 + i;
          double x1 = x[at];
          double x2 = x[at + 3];
          assertEquals(x1 * Math.cos(angle) - x2 * Math.sin(angle), rotated[at], TOLERANCE);
          assertEquals(x2 * Math.cos(angle) + x1 * Math.sin(angle), rotated[at + 3], TOLERANCE);
        }
      }
    }
  }

  @DisplayName("2.10.8 RoPE(unRoPE(k)) = k")
  @Test
  void unrotateUndoesRotate(Random random) {
    TensorShape shape = new TensorShape(50, 3, 80);
    float[] x = Tensors.gaussian(random, shape.values(), 1);
    Rotary rotary = Rotary.consecutive(ROPE, 12_345, 50, 80);
    float[] back = rotary.unrotate(rotary.rotate(x, shape), shape);
    for (int i = 0; i < x.length; i++) {
      // Twice a rounded cosine, product and sum, 2^-24 each of the pair's magnitudes, and what
      // cos^2 + sin^2 is off 1.
      int other = i % 80 < 40 ? i + 40 : i - 40;
      assertEquals(x[i], back[i], 8 * 0x1p-24 * (Math.abs(x[i]) + Math.abs(x[other])));
    }
  }

  @Test
  void scoresDependOnDistanceAlone(Random random) {
    TensorShape one = new TensorShape(1, 1, 64);
    float[] q = Tensors.gaussian(random, 64, 1);
    float[] k = Tensors.gaussian(random, 64, 1);
    double expected = score(q, k, one, 40, 11);
    for (int shift : new int[] {1, 100, 2047, 30_000}) {
      // 64 products of numbers within TOLERANCE, each below 5.
      assertEquals(expected, score(q, k, one, 40 + shift, 11 + shift), 64 * 2 * 5 * TOLERANCE);
    }
  }

  private static double score(float[] q, float[] k, TensorShape shape, int qAt, int kAt) {
    float[] rotatedQ = new Rotary(ROPE, new int[] {qAt}, 64).rotate(q, shape);
    float[] rotatedK = new Rotary(ROPE, new int[] {kAt}, 64).rotate(k, shape);
    double sum = 0;
    for (int i = 0; i < 64; i++) {
      sum += (double) rotatedQ[i] * rotatedK[i];
    }
    return sum;
  }

  @Test
  void wrongShapesAreRefused() {
    IllegalArgumentException odd =
        assertThrows(IllegalArgumentException.class, () -> Rotary.consecutive(ROPE, 0, 4, 7));
    assertEquals("rotary embedding needs an even head dimension, got 7", odd.getMessage());
    Rotary rotary = Rotary.consecutive(ROPE, 0, 4, 8);
    IllegalArgumentException other =
        assertThrows(
            IllegalArgumentException.class,
            () -> rotary.rotate(new float[40], new TensorShape(5, 1, 8)));
    assertEquals(
        "rotation for 4 positions of head dimension 8, got shape [5, 1, 8]", other.getMessage());
  }
}
