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
 * in a result row, with all their side information. What a step reads depends on the data: of a
 * codec that joins heads, and of parameters that tokens share. It lies between {@code leastRead},
 * where all heads choose the same tokens and these lie together, and {@code mostRead}, where no two
 * heads choose the same and each token is in a group of its own, as far as there are groups.
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
   *     and which keeps no tokens whole itself
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
    long coded =
        size.codedTokens() == 0 ? 0 : codec.projectedBytes(sample, block, size.codedTokens());
    long fixed =
        coded == 0 ? 0 : EncodedBlock.HEADER_BYTES + EncodedBlock.open(block).length(Section.BASIS);
    if (EncodedBlock.open(block).length(Section.EXACT) > 0) {
      throw new IllegalArgumentException(
          pipeline.spec() + " keeps tokens whole in the codec: what is read of them is not known");
    }
    long values = (long) size.codedTokens() * shape.channels();
    double codes = coded == 0 ? 0 : Math.ceil(codec.nominalBits(block) * values / 8);
    double share = coded == 0 ? 0 : (double) size.codedRead() / size.codedTokens();
    double most =
        switch (codec.readGrain(shape)) {
          case HEAD -> share;
          case TOKEN -> Math.min(1, shape.heads() * share);
          case BLOCK -> Math.ceil(share);
        };
    double least = codec.readGrain(shape) == ReadGrain.BLOCK ? most : share;
    ParameterGroups groups =
        ParameterGroups.of(codec, sample.tensor().kind(), shape, size.codedTokens());
    double parameters = coded - fixed - codes;
    double leastGroups = Math.ceil((double) size.codedRead() / groups.largest());
    double mostGroups = size.codedRead() * (groups.joinHeads() ? (double) shape.heads() : 1);
    boolean all = codec.readGrain(shape) == ReadGrain.BLOCK;
    double leastParameters = coded == 0 ? 0 : all ? most : leastGroups / groups.count();
    double mostParameters = coded == 0 ? 0 : all ? most : Math.min(1, mostGroups / groups.count());
    double always = (double) size.blockBytes() + whole + fixed;
    return new SelectedBytes(
        (long) tokens * shape.channels() * valueBytes,
        size.blockBytes() + whole + coded,
        always + least * codes + leastParameters * parameters,
        always + most * codes + mostParameters * parameters,
        StepReads.nominalRatio(8.0 * valueBytes, codec.nominalBits(block), tokens, size.budget()));
  }

  /** Captured bytes / bytes held. */
  public double compressionRatio() {
    return (double) captured / memory;
  }

  /** Captured bytes / bytes read where all heads choose the same tokens, which lie together. */
  public double readRatioAtMost() {
    return captured / leastRead;
  }

  /** Captured bytes / bytes read where no two heads choose the same token, nor two of one group. */
  public double readRatioAtLeast() {
    return captured / mostRead;
  }
}
