package io.kvsweep.udfs.method.aqua;

import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The order of summation is part of the format: a block must decode to the same floats for ever.
 */
@ExtendWith(Seeds.class)
class PredictionTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 4, 5", "65, 7, 512", "64, 9, 513", "130, 30, 1100"})
  void isTheSumInItsOrderToTheBit(int rows, int inputs, int outputs, Random random) {
    int first = 2;
    float[] x = Tensors.gaussian(random, rows * inputs, 1);
    float[] w = Tensors.gaussian(random, (first + inputs + 1) * outputs, 1);
    float[] out = Tensors.gaussian(random, rows * outputs, 1);
    float[] expected = out.clone();
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < outputs; c++) {
        int k = 0;
        float sum = expected[r * outputs + c];
        for (; k + 4 <= inputs; k += 4) {
          float four = 0;
          for (int i = k; i < k + 4; i++) {
            float product = x[r * inputs + i] * w[(first + i) * outputs + c];
            four = i == k ? product : four + product;
          }
          sum += four;
        }
        for (; k < inputs; k++) {
          sum += x[r * inputs + k] * w[(first + k) * outputs + c];
        }
        expected[r * outputs + c] = sum;
      }
    }
    Prediction.add(x, w, first, out, rows, inputs, outputs);
    AquaInvariantsTest.assertBits(expected, out);
  }
}
