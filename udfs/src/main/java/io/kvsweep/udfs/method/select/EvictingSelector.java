package io.kvsweep.udfs.method.select;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.KeptMask;
import io.kvsweep.udfs.codec.PromptSelector;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import java.util.Optional;

/**
 * Keeps the first {@code sinks} tokens, the last {@code recent} ones and, up to the budget, those
 * of the highest scores; of equal ones the earlier. The rest is gone at the end of the prompt: a
 * captured query before the end reads of what is kept the tokens that it sees. Where the budget is
 * smaller than sinks and recent tokens together, sinks come first, then the latest tokens.
 */
final class EvictingSelector implements PromptSelector {
  private final String stage;
  private final Budget budget;
  private final int sinks;
  private final int recent;
  private final TokenScores scores;

  EvictingSelector(String stage, Budget budget, int sinks, int recent, TokenScores scores) {
    this.stage = stage;
    this.budget = budget;
    this.sinks = sinks;
    this.recent = recent;
    this.scores = scores;
  }

  @Override
  public boolean needsQueries() {
    return false;
  }

  @Override
  public byte[] encode(TensorView keys, Optional<Queries> queries) {
    double[][] all = scores.of(keys);
    int[][] kept = new int[all.length][];
    for (int row = 0; row < all.length; row++) {
      kept[row] = choose(all[row]);
    }
    HeadTokens tokens =
        scores.perHead()
            ? HeadTokens.ofHeads(kept)
            : HeadTokens.shared(keys.shape().heads(), kept[0]);
    return KeptMask.encode(stage, tokens, keys.shape(), keys.dtype());
  }

  private int[] choose(double[] scores) {
    int tokens = scores.length;
    double[] ranks = scores.clone();
    for (int i = 0; i < Math.min(recent, tokens); i++) {
      ranks[tokens - 1 - i] = Double.MAX_VALUE / (i + 2); // the latest first
    }
    for (int t = 0; t < Math.min(sinks, tokens); t++) {
      ranks[t] = Double.POSITIVE_INFINITY;
    }
    return Highest.of(ranks, budget.tokens(tokens));
  }

  @Override
  public TokenSelection decode(byte[] block, TensorShape expected, Optional<Steps> steps) {
    return TokenSelection.evicting(decode(block, expected, rows(expected.heads())));
  }

  private int rows(int heads) {
    return scores.perHead() ? heads : 1;
  }

  private HeadTokens decode(byte[] block, TensorShape expected, int rows) {
    return KeptMask.decode(block, stage, expected, rows, budget.tokens(expected.tokens()));
  }

  @Override
  public SelectionSize size(int tokens, int heads, int headDim) {
    int kept = budget.tokens(tokens);
    return new SelectionSize(KeptMask.blockBytes(tokens, rows(heads)), kept, 0, kept, kept);
  }

  @Override
  public byte[] encodePrompt(PromptKeys keys) {
    int[] kept = choose(scores.of(keys));
    return KeptMask.encode(
        stage, HeadTokens.shared(keys.shape().heads(), kept), keys.shape(), keys.dtype());
  }

  @Override
  public HeadTokens decodePrompt(byte[] block, TensorShape expected) {
    return decode(block, expected, 1);
  }
}
