package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.BitSet;

/** A run of tokens while its blocks come in, in any order; every token must come exactly once. */
final class TokenRun {
  private final PromptKey key;
  private final TensorInfo info;
  private final int start;
  private final TensorShape shape;
  private final float[] data;
  private final BitSet seen = new BitSet();

  TokenRun(PromptKey key, TensorInfo info, int start, int tokens) {
    this.key = key;
    this.info = info;
    this.start = start;
    this.shape = info.shape().withTokens(tokens);
    this.data = new float[shape.values()];
  }

  void add(Block block, String place) {
    if (!block.key().equals(key) || block.layer() != info.layer() || block.kind() != info.kind()) {
      return; // of the same page or row group
    }
    if (block.heads() != shape.heads()
        || block.headDim() != shape.headDim()
        || block.dtype() != info.dtype()
        || block.ropeStage() != info.ropeStage()) {
      throw new InvalidInputException(
          "%s: %s is %d heads x %d channels %s, stage %s; %s says %d x %d %s, stage %s: import it again"
              .formatted(
                  place,
                  block.name(),
                  block.heads(),
                  block.headDim(),
                  block.dtype().label(),
                  block.ropeStage().label(),
                  Dataset.MANIFEST,
                  shape.heads(),
                  shape.headDim(),
                  info.dtype().label(),
                  info.ropeStage().label()));
    }
    long end = (long) info.firstPosition() + info.shape().tokens();
    if (block.tokenStart() < info.firstPosition()
        || (long) block.tokenStart() + block.tokens() > end) {
      throw new InvalidInputException(
          "%s: %s leaves the tensor's positions %d to %d: import it again"
              .formatted(place, block.name(), info.firstPosition(), end - 1));
    }
    int from = Math.max(block.tokenStart(), start);
    int to =
        (int) Math.min((long) block.tokenStart() + block.tokens(), (long) start + shape.tokens());
    if (from >= to) {
      return;
    }
    int twice = seen.nextSetBit(from - start);
    if (twice >= 0 && twice < to - start) {
      throw new InvalidInputException(
          "%s: %s: token %d is there twice; expected no overlap: import it again"
              .formatted(place, block.name(), start + twice));
    }
    seen.set(from - start, to - start);
    int channels = shape.channels();
    block
        .dtype()
        .decode(
            block.payload(),
            (from - block.tokenStart()) * info.spec().rowBytes(),
            data,
            (from - start) * channels,
            (to - from) * channels);
  }

  KvTensor finish(String place) {
    int missing = seen.nextClearBit(0);
    if (missing < shape.tokens()) {
      throw new InvalidInputException(
          "%s: %s layer %d %s: token %d is in no block; expected positions %d to %d without a gap: import it again"
              .formatted(
                  place,
                  key,
                  info.layer(),
                  info.kind().label(),
                  start + missing,
                  start,
                  start + shape.tokens() - 1));
    }
    return new KvTensor(info.kind(), shape, info.dtype(), info.ropeStage(), start, data);
  }
}
