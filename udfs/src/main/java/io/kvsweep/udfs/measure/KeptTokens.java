package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorView;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;

/** Cuts a tensor down to the tokens that a selector kept, and bills what says which they are. */
final class KeptTokens {
  private KeptTokens() {}

  /** The kept tokens alone, each with the rotation of its own position. */
  static TensorView compact(TensorView view, int[] kept, Optional<Rope> rope) {
    KvTensor tensor = view.tensor();
    int channels = tensor.shape().channels();
    float[] data = new float[kept.length * channels];
    int[] positions = new int[kept.length];
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(tensor.data(), kept[i] * channels, data, i * channels, channels);
      positions[i] = tensor.firstPosition() + kept[i];
    }
    TensorShape shape = tensor.shape().withTokens(kept.length);
    KvTensor compacted =
        new KvTensor(tensor.kind(), shape, tensor.dtype(), tensor.ropeStage(), positions[0], data);
    return new TensorView(
        compacted, rope.map(r -> new Rotary(r, positions, tensor.shape().headDim())));
  }

  /** Puts rows of kept tokens back to their places in a copy of the exact tensor. */
  static float[] scatter(float[] exact, float[] compact, int[] kept, int channels) {
    float[] out = exact.clone();
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(compact, i * channels, out, kept[i] * channels, channels);
    }
    return out;
  }

  /** One bit per token of the prompt, as a block. */
  static byte[] encode(int[] kept, TensorView view) {
    byte[] bits = new byte[(view.shape().tokens() + 7) / 8];
    BitSet set = new BitSet();
    Arrays.stream(kept).forEach(set::set);
    byte[] used = set.toByteArray();
    System.arraycopy(used, 0, bits, 0, used.length);
    return EncodedBlock.write(
        new CodecId("KEEP", ""),
        TensorKind.KEY,
        view.shape(),
        view.dtype(),
        Map.of(Section.PARAMETERS, bits));
  }

  /** The kept tokens, from the block alone. */
  static int[] decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, new CodecId("KEEP", ""), expected);
    in.expectLength(Section.PARAMETERS, (expected.tokens() + 7) / 8);
    int from = in.start(Section.PARAMETERS);
    return BitSet.valueOf(Arrays.copyOfRange(block, from, from + in.length(Section.PARAMETERS)))
        .stream()
        .toArray();
  }
}
