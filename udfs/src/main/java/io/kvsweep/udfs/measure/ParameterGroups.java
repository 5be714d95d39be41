package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorCodec;

/**
 * Which parameters of a codec come along with which tokens.
 *
 * @param ofToken group of each coded token, -1 where it needs none
 * @param count groups, each with as many parameters
 * @param largest tokens of the largest
 * @param joinHeads whether a group's parameters are read for all heads
 */
record ParameterGroups(int[] ofToken, int count, int largest, boolean joinHeads) {
  /**
   * @param shape of the whole tensor
   * @param tokens that are coded, may be none
   */
  static ParameterGroups of(TensorCodec codec, TensorKind kind, TensorShape shape, int tokens) {
    if (tokens == 0) {
      return new ParameterGroups(new int[0], 0, 0, false);
    }
    TensorShape coded = shape.withTokens(tokens);
    int[] ofToken = new int[tokens];
    int[] sizes = new int[tokens];
    int count = 0;
    int largest = 0;
    for (int t = 0; t < ofToken.length; t++) {
      ofToken[t] = codec.parameterGroup(kind, coded, t);
      if (ofToken[t] >= 0) {
        largest = Math.max(largest, ++sizes[ofToken[t]]);
        count = Math.max(count, ofToken[t] + 1);
      }
    }
    return new ParameterGroups(ofToken, count, largest, codec.headsShareParameters(kind, coded));
  }
}
