package io.kvsweep.udfs.testkit;

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
import java.util.List;
import java.util.Optional;

/** A toy selector that keeps the first token. */
public final class FirstTokenMethod implements Method.OfTokens {
  @Override
  public String name() {
    return "first";
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public String summary() {
    return "keeps the first token";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public TokenSelector create(String stage, Arguments arguments, long seed) {
    return new First(stage);
  }

  private record First(String stage) implements TokenSelector {
    @Override
    public boolean needsQueries() {
      return false;
    }

    @Override
    public byte[] encode(TensorView keys, Optional<Queries> queries) {
      HeadTokens first = HeadTokens.first(keys.shape().heads(), 1);
      return KeptMask.encode(stage, first, keys.shape(), keys.dtype());
    }

    @Override
    public TokenSelection decode(byte[] block, TensorShape expected, Optional<Steps> steps) {
      return TokenSelection.evicting(KeptMask.decode(block, stage, expected, 1, 1));
    }

    @Override
    public SelectionSize size(int tokens, int heads, int headDim) {
      return new SelectionSize(KeptMask.blockBytes(tokens, 1), 1, 0, 1, 1);
    }
  }
}
