package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.codec.Queries;
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
  public String reference() {
    return "-";
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
  public TokenSelector create(Arguments arguments, long seed) {
    return new EveryNth(arguments.integer("n"), arguments.text("read"));
  }

  private record EveryNth(int n, String read) implements TokenSelector {
    @Override
    public boolean needsQueries() {
      return !read.equals("kept");
    }

    @Override
    public TokenSelection select(TensorView keys, Optional<Queries> queries) {
      int tokens = keys.shape().tokens();
      int[] kept = IntStream.range(0, tokens).filter(t -> t % n == 0).toArray();
      if (read.equals("kept")) {
        return TokenSelection.evicting(kept);
      }
      BitSet touched = new BitSet();
      if (read.equals("even")) {
        IntStream.of(kept).filter(t -> t % (2 * n) == 0).forEach(touched::set);
      }
      return new TokenSelection(kept, (kvHead, query) -> touched);
    }
  }
}
