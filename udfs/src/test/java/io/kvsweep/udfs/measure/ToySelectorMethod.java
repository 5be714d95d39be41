package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.KeptMask;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A toy selector: keeps every n-th token; a step reads all that is kept, or the even ones of it.
 */
final class ToySelectorMethod implements Method.OfTokens {
  @Override
  public String name() {
    return "toy-every";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "every n-th token";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.integer("n", 1, Integer.MAX_VALUE, "distance of kept tokens"),
        Parameter.choice("read", List.of("kept", "even", "none"), "what a step reads")
            .orElse("kept"));
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public TokenSelector create(String stage, Arguments arguments, long seed) {
    return new EveryNth(stage, arguments.integer("n"), arguments.text("read"));
  }

  private record EveryNth(String stage, int n, String read) implements TokenSelector {
    @Override
    public boolean needsQueries() {
      return !read.equals("kept");
    }

    private HeadTokens kept(int tokens, int heads, int distance) {
      return HeadTokens.shared(
          heads, IntStream.range(0, tokens).filter(t -> t % distance == 0).toArray());
    }

    @Override
    public byte[] encode(TensorView keys, Optional<Queries> queries) {
      TensorShape shape = keys.shape();
      return KeptMask.encode(stage, kept(shape.tokens(), shape.heads(), n), shape, keys.dtype());
    }

    @Override
    public TokenSelection decode(byte[] block, TensorShape expected, Optional<Steps> steps) {
      int count = kept(expected.tokens(), expected.heads(), n).count();
      HeadTokens kept = KeptMask.decode(block, stage, expected, 1, count);
      if (read.equals("kept")) {
        return TokenSelection.evicting(kept);
      }
      HeadTokens even = kept(expected.tokens(), expected.heads(), 2 * n);
      BitSet touched = read.equals("even") ? even.set(0) : new BitSet();
      return new TokenSelection(
          kept, HeadTokens.first(expected.heads(), 0), even.count(), (kvHead, query) -> touched);
    }

    @Override
    public SelectionSize size(int tokens, int heads, int headDim) {
      int kept = kept(tokens, heads, n).count();
      return new SelectionSize(KeptMask.blockBytes(tokens, 1), kept, 0, kept, kept);
    }
  }
}
