package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorView;
import java.util.Optional;

/** Cuts a tensor down to chosen tokens of each head, and puts them back. */
final class KeptTokens {
  private KeptTokens() {}

  /**
   * The chosen tokens alone, {@code [count, heads, headDim]}, each with the rotation of its own
   * position.
   *
   * @param chosen at least one token per head
   */
  static TensorView compact(TensorView view, HeadTokens chosen, Optional<Rope> rope) {
    KvTensor tensor = view.tensor();
    TensorShape shape = tensor.shape();
    int headDim = shape.headDim();
    float[] data = new float[chosen.count() * shape.channels()];
    int[] positions = new int[chosen.count() * shape.heads()];
    for (int i = 0; i < chosen.count(); i++) {
      for (int h = 0; h < shape.heads(); h++) {
        int at = i * shape.heads() + h;
        int from = (chosen.token(h, i) * shape.heads() + h) * headDim;
        System.arraycopy(tensor.data(), from, data, at * headDim, headDim);
        positions[at] = tensor.firstPosition() + chosen.token(h, i);
      }
    }
    KvTensor compacted =
        new KvTensor(
            tensor.kind(),
            shape.withTokens(chosen.count()),
            tensor.dtype(),
            tensor.ropeStage(),
            positions[0],
            data);
    Optional<Rope> rotated = tensor.ropeStage() == RopeStage.NONE ? Optional.empty() : rope;
    return new TensorView(
        compacted, rotated.map(r -> new Rotary(r, positionsOf(chosen, positions, shape), headDim)));
  }

  /** One position per token where heads share them. */
  private static int[] positionsOf(HeadTokens chosen, int[] positions, TensorShape shape) {
    if (!chosen.shared()) {
      return positions;
    }
    int[] ofTokens = new int[chosen.count()];
    for (int i = 0; i < ofTokens.length; i++) {
      ofTokens[i] = positions[i * shape.heads()];
    }
    return ofTokens;
  }

  /** Puts compacted rows back to their places in {@code out}. */
  static void scatter(float[] compact, HeadTokens chosen, int headDim, float[] out) {
    int heads = chosen.heads();
    for (int i = 0; i < chosen.count(); i++) {
      for (int h = 0; h < heads; h++) {
        int to = (chosen.token(h, i) * heads + h) * headDim;
        System.arraycopy(compact, (i * heads + h) * headDim, out, to, headDim);
      }
    }
  }
}
