package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TokenSelection.Touched;
import java.util.BitSet;

/**
 * What each captured query reads, as if the prompt ended with it: its local window, the outliers
 * before, and the chunks it chooses among the others in front of the window.
 */
final class ShadowKvSteps {
  private final Chunks chunks;
  private final int wanted;
  private final int tokens;
  private final int[][] outliers;
  private final ChunkChoice choice;

  /**
   * @param wanted chunks that a step may choose
   * @param tokens of the prompt
   * @param outliers chunk ids of each head, ascending
   */
  ShadowKvSteps(Chunks chunks, int wanted, int tokens, int[][] outliers, ChunkChoice choice) {
    this.chunks = chunks;
    this.wanted = wanted;
    this.tokens = tokens;
    this.outliers = outliers;
    this.choice = choice;
  }

  Touched touched(Steps steps) {
    BitSet[][] touched = new BitSet[outliers.length][steps.count()];
    for (int head = 0; head < outliers.length; head++) {
      int[] candidates = candidates(head);
      for (int step = 0; step < steps.count(); step++) {
        touched[head][step] = touched(steps, head, step, candidates);
      }
    }
    return (kvHead, query) -> touched[kvHead][query];
  }

  /** Chunks that have a landmark. */
  private int[] candidates(int head) {
    int count = chunks.coded(tokens) / chunks.size();
    BitSet rest = new BitSet();
    rest.set(0, count);
    for (int outlier : outliers[head]) {
      rest.clear(outlier);
    }
    return rest.stream().toArray();
  }

  private BitSet touched(Steps steps, int head, int step, int[] candidates) {
    int visible = steps.visible(step, tokens);
    int window = chunks.count(visible);
    BitSet read = new BitSet();
    if (candidates.length == 0) {
      read.set(0, visible); // all stays whole
      return read;
    }
    read.set(window * chunks.size(), visible);
    for (int outlier : outliers[head]) {
      if (outlier < window) {
        add(read, outlier);
      }
    }
    int before = 0;
    while (before < candidates.length && candidates[before] < window) {
      before++;
    }
    for (int chosen : Highest.of(choice.scores(steps, head, step, before), wanted)) {
      add(read, candidates[chosen]);
    }
    return read;
  }

  private void add(BitSet read, int chunk) {
    read.set(chunk * chunks.size(), (chunk + 1) * chunks.size());
  }
}
