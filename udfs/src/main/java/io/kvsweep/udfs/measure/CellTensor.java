package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.metrics.Distortion;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One tensor of a cell after bytes and back: what the codec coded of it, and beside that what a
 * selector kept whole.
 */
final class CellTensor implements ComparedTensor {
  private final TensorView original;
  private final Optional<CellSelection> selection;
  private final TensorCodec codec;
  private final Optional<CodedTensor> coded;
  private final Optional<byte[]> wholeBlock;

  private CellTensor(
      TensorView original,
      Optional<CellSelection> selection,
      TensorCodec codec,
      Optional<CodedTensor> coded,
      Optional<byte[]> wholeBlock) {
    this.original = original;
    this.selection = selection;
    this.codec = codec;
    this.coded = coded;
    this.wholeBlock = wholeBlock;
  }

  static CellTensor of(TensorView view, TensorCodec codec, Optional<CellSelection> selection) {
    if (selection.isEmpty()) {
      Optional<CodedTensor> coded = Optional.of(CodedTensor.of(view, codec, true));
      return new CellTensor(view, selection, codec, coded, Optional.empty());
    }
    return new CellTensor(
        view,
        selection,
        codec,
        selection.get().coded(view).map(part -> CodedTensor.of(part, codec, false)),
        selection.get().whole(view).map(WholeTokens::encode));
  }

  @Override
  public TensorView original() {
    return original;
  }

  /** What went through the codec; empty where a selector left nothing for it. */
  Optional<CodedTensor> coded() {
    return coded;
  }

  ByteCount codedBytes() {
    return coded.map(c -> ByteCount.of(c.block())).orElse(ByteCount.NONE);
  }

  /** Bytes of what a selector kept whole. */
  ByteCount wholeBytes() {
    return wholeBlock.map(ByteCount::of).orElse(ByteCount.NONE);
  }

  /** Nominal bits of what was coded; where nothing was, those of the capture. */
  double nominalBits() {
    return coded.map(CodedTensor::nominalBits).orElse(8.0 * original.dtype().bytes());
  }

  /** Tokens per head that were kept whole, by selector and codec together. */
  int exactTokens() {
    return selection.map(s -> s.tokens().exact().count()).orElse(0)
        + coded.map(c -> c.reconstruction().exactTokens()).orElse(0);
  }

  /** Share of the blocks that one attention step reads. */
  StepReads reads(int steps) {
    TensorShape shape = original.shape();
    return selection
        .map(
            s ->
                StepReads.of(
                    s.tokens(),
                    shape.heads(),
                    steps,
                    codec.readGrain(shape),
                    ParameterGroups.of(
                        codec, original.tensor().kind(), shape, s.tokens().coded().count())))
        .orElse(StepReads.ALL);
  }

  long encodeNanos() {
    return coded.map(CodedTensor::encodeNanos).orElse(0L);
  }

  long decodeNanos() {
    return coded.map(CodedTensor::decodeNanos).orElse(0L);
  }

  /**
   * Length of the tensor's blocks at another prompt length; empty where nothing was coded here, or
   * nothing can be there.
   */
  OptionalLong projectedBytes(int tokens) {
    if (coded.isEmpty()) {
      return OptionalLong.empty();
    }
    TensorShape shape = original.shape();
    if (selection.isEmpty()) {
      return projected(coded.get(), tokens);
    }
    SelectionSize size = selection.get().selector().size(tokens, shape.heads(), shape.headDim());
    long whole = CellSelection.wholeBytes(size.exactTokens(), shape, original.dtype().bytes());
    if (size.codedTokens() == 0) {
      return OptionalLong.of(whole);
    }
    OptionalLong projected = projected(coded.get(), size.codedTokens());
    return projected.isEmpty() ? projected : OptionalLong.of(whole + projected.getAsLong());
  }

  private OptionalLong projected(CodedTensor part, int tokens) {
    try {
      return OptionalLong.of(codec.projectedBytes(part.view(), part.block(), tokens));
    } catch (UnencodableException e) {
      return OptionalLong.empty(); // the method has no block of that length
    }
  }

  /** Adds what was lossily coded: each head without the tokens that stay whole for it. */
  @Override
  public void compare(Distortion sums, int tensor) {
    if (coded.isEmpty()) {
      return;
    }
    CodedTensor c = coded.get();
    float[] exact = c.view().tensor().data();
    float[] decoded = c.reconstructedIn(RopeStage.NONE);
    int from = c.reconstruction().exactPrefix();
    int to = c.view().shape().tokens() - c.reconstruction().exactSuffix();
    if (wholeBlock.isEmpty()) {
      sums.add(tensor, exact, decoded, from, to);
      return;
    }
    HeadTokens tokens = selection.orElseThrow().tokens().coded();
    for (int head = 0; head < tokens.heads(); head++) {
      BitSet whole = selection.orElseThrow().tokens().exact().set(head);
      for (int i = from; i < to; i++) {
        if (!whole.get(tokens.token(head, i))) {
          sums.addHead(tensor, exact, decoded, i, head);
        }
      }
    }
  }

  /** All tokens in a rotary stage, from the bytes; NaN where nothing was kept. */
  @Override
  public float[] reconstructedIn(RopeStage stage) {
    if (selection.isEmpty()) {
      return coded.orElseThrow().reconstructedIn(stage);
    }
    CellSelection kept = selection.get();
    float[] out = new float[original.shape().values()];
    Arrays.fill(out, Float.NaN);
    int headDim = original.shape().headDim();
    coded.ifPresent(
        c -> KeptTokens.scatter(c.reconstructedIn(stage), kept.tokens().coded(), headDim, out));
    kept.whole(original)
        .ifPresent(
            view -> {
              float[] whole = WholeTokens.decode(wholeBlock.orElseThrow(), view.shape());
              float[] turned = view.convert(whole, RopeStage.NONE, stage);
              KeptTokens.scatter(turned, kept.tokens().exact(), headDim, out);
            });
    return out;
  }
}
