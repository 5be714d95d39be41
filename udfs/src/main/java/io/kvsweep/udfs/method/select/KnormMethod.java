package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Paper;
import java.util.List;

/**
 * Keeps the tokens whose keys have the lowest Euclidean norm, for each KV head its own (Devoto et
 * al., arXiv 2406.11430). Left of a method that codes all layers together it keeps one set for all:
 * that of the lowest mean over layers and heads of the norm relative to its head's mean.
 *
 * <p>Deviations: the paper spares the first two layers, where norms tell little; here every layer
 * is selected in, so leave them out of {@code layers} to compare. {@code sinks} and {@code recent}
 * are ours, 0 by default. Deterministic, {@code O(T C + H T log T)}.
 */
public final class KnormMethod extends EvictingMethod {
  @Override
  public String name() {
    return "knorm";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "keeps the tokens with the smallest keys, per head";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "A Simple and Effective $L_2$ Norm-Based Strategy for KV Cache Compression",
            List.of("Devoto, Alessio", "Zhao, Yu", "Scardapane, Simone", "Minervini, Pasquale"),
            2024,
            "2406.11430"));
  }

  @Override
  public String deviations() {
    return "The paper spares the first two layers, here every layer is selected in; sinks "
        + "and recent are ours.";
  }

  @Override
  public String example() {
    return "knorm(budget=0.2) | rtn(bits=4)";
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  TokenScores scores(long seed) {
    return new NormScores();
  }
}
