package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.ReadGrain;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.spec.Pipeline;

/**
 * What {@code selector | codec} holds of one tensor, and what one attention step at the end of the
 * prompt reads of it, at a length that need not have been captured: lengths of blocks, counted as
 * in a result row, with all their side information. Sizes do not depend on the data but in one
 * place: of a codec that joins heads a step reads between {@code leastRead}, where all heads choose
 * the same tokens, and {@code mostRead}, where no two do.
 *
 * @param captured bytes of the captured tensor
 * @param memory bytes of all blocks
 * @param nominalReadRatio as papers count: width of the codes, and tokens read of all tokens
 */
public record SelectedBytes(
    long captured, long memory, double leastRead, double mostRead, double nominalReadRatio) {

  /**
   * Counts.
   *
   * @param pipeline a selector and a codec of one tensor whose basis is of one size for all prompts
   * @param sample any keys {@code [tokens, heads, headDim]} of the model, to code once
   * @param tokens of the prompt in question
   */
  public static SelectedBytes of(Pipeline pipeline, TensorView sample, int tokens) {
    TensorCodec codec = (TensorCodec) pipeline.codec();
    TensorShape shape = sample.shape();
    byte[] block = codec.encode(sample);
    SelectionSize size =
        pipeline.selector().orElseThrow().size(tokens, shape.heads(), shape.headDim());
    int valueBytes = sample.dtype().bytes();
    long whole = CellSelection.wholeBytes(size.exactTokens(), shape, valueBytes);
    long coded = size.codedTokens() == 0 ? 0 : codec.projectedBytes(block, size.codedTokens());
    long fixed =
        coded == 0 ? 0 : EncodedBlock.HEADER_BYTES + EncodedBlock.open(block).length(Section.BASIS);
    double share = coded == 0 ? 0 : (double) size.codedRead() / size.codedTokens();
    double most =
        switch (codec.readGrain(shape)) {
          case HEAD -> share;
          case TOKEN -> Math.min(1, shape.heads() * share);
          case BLOCK -> Math.ceil(share);
        };
    double least = codec.readGrain(shape) == ReadGrain.BLOCK ? most : share;
    double always = (double) size.blockBytes() + whole + fixed;
    return new SelectedBytes(
        (long) tokens * shape.channels() * valueBytes,
        size.blockBytes() + whole + coded,
        always + least * (coded - fixed),
        always + most * (coded - fixed),
        StepReads.nominalRatio(8.0 * valueBytes, codec.nominalBits(block), tokens, size.budget()));
  }

  /** Captured bytes / bytes held. */
  public double compressionRatio() {
    return (double) captured / memory;
  }

  /** Captured bytes / bytes read where all heads choose the same tokens. */
  public double readRatioAtMost() {
    return captured / leastRead;
  }

  /** Captured bytes / bytes read where no two heads choose the same token. */
  public double readRatioAtLeast() {
    return captured / mostRead;
  }
}
