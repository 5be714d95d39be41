package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;
import java.util.stream.IntStream;

/**
 * StreamingLLM (Xiao et al., arXiv 2309.17453): the first {@code sinks} tokens, which soak up
 * attention, and the most recent ones, {@code budget} in all.
 *
 * <p>Deviations: kept keys stay at the positions they had; the paper numbers them anew within the
 * cache, which lets a model run beyond its training length and means nothing for one prompt. The
 * window ends with the prompt, as memory does: a captured query some tokens before the end sees a
 * shorter one. Deterministic, {@code O(T log T)}.
 */
public final class StreamingMethod implements Method.OfTokens {
  @Override
  public String name() {
    return "streaming";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "keeps attention sinks and the most recent tokens";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "Efficient Streaming Language Models with Attention Sinks",
            List.of("Xiao, Guangxuan", "Tian, Yuandong", "Chen, Beidi", "Han, Song", "Lewis, Mike"),
            2023,
            "2309.17453"));
  }

  @Override
  public String deviations() {
    return "Kept keys stay at the positions they had, and the window ends with the prompt.";
  }

  @Override
  public String example() {
    return "streaming(budget=0.2) | none";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Budget.parameter(),
        Parameter.integer("sinks", 0, Integer.MAX_VALUE, "tokens at the start that stay")
            .orElse("4"));
  }

  @Override
  public void check(Arguments arguments) {
    Selectors.requireBudget(arguments);
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public TokenSelector create(String stage, Arguments arguments, long seed) {
    return new EvictingSelector(
        stage,
        Selectors.budget(arguments),
        arguments.integer("sinks"),
        0,
        new PositionScores(tokens -> IntStream.range(0, tokens).asDoubleStream().toArray()));
  }
}
