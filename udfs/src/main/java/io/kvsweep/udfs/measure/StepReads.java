package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.codec.ReadGrain;
import io.kvsweep.udfs.codec.TokenSelection;
import java.util.BitSet;

/**
 * What share of coded and of whole tokens one attention step reads, in the mean over steps and KV
 * heads. Of a codec that joins heads a step reads a token's codes for all heads as soon as one head
 * wants it. Parameters that tokens share are read whole as soon as one of the tokens is wanted.
 *
 * @param coded share of the coded tokens' codes, and of those that the codec keeps whole
 * @param parameters share of the codec's parameters
 * @param exact share of the tokens kept whole
 */
record StepReads(double coded, double parameters, double exact) {
  /** Everything is read. */
  static final StepReads ALL = new StepReads(1, 1, 1);

  /**
   * @param steps captured queries; 1 where there are none, for selections that do not ask which
   * @throws IllegalStateException if a step reads what is not kept
   */
  static StepReads of(
      TokenSelection selection, int heads, int steps, ReadGrain grain, ParameterGroups groups) {
    BitSet[] coded = new BitSet[heads];
    BitSet[] exact = new BitSet[heads];
    for (int head = 0; head < heads; head++) {
      coded[head] = selection.coded().set(head);
      exact[head] = selection.exact().set(head);
    }
    long codedRead = 0;
    long parametersRead = 0;
    long exactRead = 0;
    for (int step = 0; step < steps; step++) {
      BitSet rows = new BitSet(); // of the codec's tensor, wanted by any head
      BitSet anyGroup = new BitSet();
      for (int head = 0; head < heads; head++) {
        BitSet touched = selection.touched().tokens(head, step);
        exactRead += both(touched, exact[head]).cardinality();
        BitSet codes = (BitSet) touched.clone();
        codes.andNot(exact[head]);
        if (!both(codes, coded[head]).equals(codes)) {
          throw new IllegalStateException(
              "step %d reads tokens of KV head %d that are not kept".formatted(step, head));
        }
        BitSet group = new BitSet();
        for (int i = 0; i < selection.coded().count(); i++) {
          if (codes.get(selection.coded().token(head, i))) {
            rows.set(i);
            if (groups.ofToken()[i] >= 0) {
              group.set(groups.ofToken()[i]);
            }
          }
        }
        anyGroup.or(group);
        parametersRead += groups.joinHeads() ? 0 : group.cardinality();
        codedRead += grain == ReadGrain.HEAD ? codes.cardinality() : 0;
      }
      if (grain == ReadGrain.BLOCK) {
        parametersRead += rows.isEmpty() ? 0 : (long) heads * groups.count();
      } else {
        parametersRead += groups.joinHeads() ? (long) heads * anyGroup.cardinality() : 0;
      }
      codedRead +=
          switch (grain) {
            case HEAD -> 0;
            case TOKEN -> (long) heads * rows.cardinality();
            case BLOCK -> rows.isEmpty() ? 0 : (long) heads * selection.coded().count();
          };
    }
    double all = (double) heads * steps;
    return new StepReads(
        share(codedRead, all * selection.coded().count()),
        share(parametersRead, all * groups.count()),
        share(exactRead, all * selection.exact().count()));
  }

  private static BitSet both(BitSet a, BitSet b) {
    BitSet out = (BitSet) a.clone();
    out.and(b);
    return out;
  }

  private static double share(long read, double all) {
    return read == 0 ? 0 : read / all;
  }

  /** Bytes of codec blocks that a step reads: header and basis whole, of the rest its shares. */
  double ofCoded(ByteCount bytes) {
    return bytes.header()
        + bytes.basis()
        + coded * (bytes.codes() + bytes.exact())
        + parameters * bytes.parameters();
  }

  /** Bytes that a step reads of blocks of tokens kept whole. */
  double ofExact(ByteCount bytes) {
    return bytes.header() + exact * bytes.exact();
  }

  /** The ratio as papers count it: width of the codes, and tokens read of all tokens. */
  static double nominalRatio(double capturedBits, double nominalBits, long tokens, int budget) {
    return capturedBits / nominalBits * ((double) tokens / budget);
  }
}
