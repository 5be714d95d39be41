package io.kvsweep.udfs.method.select;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.PromptSelector.PromptKeys;
import io.kvsweep.udfs.codec.TensorView;

/**
 * Minus the Euclidean norm of a key, in double; the rotary stage of the capture will do, since a
 * rotation keeps norms. For all layers together: minus the mean over layers and heads of the norm
 * relative to its head's mean over the prompt, so that no layer counts by its scale.
 */
final class NormScores implements TokenScores {
  @Override
  public boolean perHead() {
    return true;
  }

  @Override
  public double[][] of(TensorView keys) {
    double[][] scores = new double[keys.shape().heads()][keys.shape().tokens()];
    add(keys, 0, scores);
    for (double[] head : scores) {
      for (int t = 0; t < head.length; t++) {
        head[t] = -head[t];
      }
    }
    return scores;
  }

  @Override
  public double[] of(PromptKeys keys) {
    double[] total = new double[keys.shape().tokens()];
    for (int layer = 0; layer < keys.layers(); layer++) {
      double[][] norms = new double[keys.shape().heads()][total.length];
      keys.read(layer, (from, run) -> add(run, from, norms));
      for (double[] head : norms) {
        double sum = 0;
        for (double norm : head) {
          sum += norm;
        }
        double scale = sum == 0 ? 0 : total.length / sum; // a head of zeros has no say
        for (int t = 0; t < total.length; t++) {
          total[t] -= head[t] * scale;
        }
      }
    }
    return total;
  }

  private static void add(TensorView keys, int from, double[][] norms) {
    TensorShape shape = keys.shape();
    float[] data = keys.data(RopeStage.NONE);
    for (int t = 0; t < shape.tokens(); t++) {
      for (int h = 0; h < shape.heads(); h++) {
        double squares = 0;
        int at = (t * shape.heads() + h) * shape.headDim();
        for (int i = at; i < at + shape.headDim(); i++) {
          squares += (double) data[i] * data[i];
        }
        norms[h][from + t] = Math.sqrt(squares);
      }
    }
  }
}
