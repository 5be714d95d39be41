package io.kvsweep.udfs.method.select;

import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;
import java.util.OptionalLong;

/**
 * ShadowKV's choice of tokens (Sun et al., arXiv 2410.21465), left of any codec in place of its
 * low-rank keys. All tokens stay in memory; a step reads few.
 *
 * <pre>
 * chunks    floor(T / chunk) - local of them; the tail behind stays whole
 * landmark  mean of the chunk's keys after rotation, per KV head, stored in binary16
 * outliers  per KV head the chunks with the lowest smallest cosine between landmark and key: whole
 * step      softmax over chunks of q.landmark * scale per query head, the largest over the heads
 *           of the group, the budget / chunk highest chunks per KV head; of equal ones the earlier
 * </pre>
 *
 * A step reads the tail, the outliers and the chosen chunks. The codec codes all tokens in front of
 * the tail, outliers too, since it may join heads. What stays whole is of the kind of the row:
 * keys, values, or both.
 *
 * <p>{@code choice=random} chooses the chunks at random, others for each head and step: the control
 * which reads as many tokens. It stores no landmarks; outliers and tail are the same.
 *
 * <p>Not settled by the paper, or other than in its code:
 *
 * <ul>
 *   <li>Each captured query is one step, read as if the prompt ended with it: its local window ends
 *       with itself, and it chooses among chunks in front of that window. Chunks in the window are
 *       whole only if they lie in the tail of the prompt; outliers are those of the whole prompt.
 *   <li>Where no chunk is left to choose, up to {@code chunk * (outliers + local + 1) - 1} tokens,
 *       everything stays whole and is read.
 *   <li>A budget counts whole chunks, at least one. One that reaches the prompt's length selects
 *       all.
 *   <li>Tokens that stay whole are stored in the rotary stage of the capture, to the bit.
 *   <li>The paper's own values lie in another memory and are not compressed; here they are what the
 *       kind of the row says.
 * </ul>
 *
 * Deterministic; {@code O(T C)} to encode, {@code O(T / chunk * C * group)} per step.
 */
public final class ShadowKvMethod implements Method.OfTokens {
  @Override
  public String name() {
    return "shadowkv";
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public String summary() {
    return "keeps all tokens, reads the chunks whose mean key a query likes";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "ShadowKV: KV Cache in Shadows for High-Throughput Long-Context LLM Inference",
            List.of(
                "Sun, Hanshi",
                "Chang, Li-Wen",
                "Bao, Wenlei",
                "Zheng, Size",
                "Zheng, Ningxin",
                "Liu, Xin",
                "Dong, Harry",
                "Chi, Yuejie",
                "Chen, Beidi"),
            2024,
            "2410.21465"));
  }

  @Override
  public String deviations() {
    return "Any codec stands in place of its low-rank keys; each captured query is one step, "
        + "and values are what the kind of the row says, not in another memory.";
  }

  @Override
  public String example() {
    return "shadowkv(budget=1/32) | svdq(bits=1.25)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Budget.parameter().orElse("2048"),
        Parameter.integer("chunk", 1, 1 << 20, "tokens of a chunk").orElse("8"),
        Parameter.integer("outliers", 0, 1 << 20, "chunks per head that stay whole and are read")
            .orElse("48"),
        Parameter.integer("local", 0, 1 << 20, "last chunks that stay whole and are read")
            .orElse("4"),
        Parameter.choice(
                "choice", List.of("landmarks", "random"), "how a step chooses; random = control")
            .orElse("landmarks"));
  }

  @Override
  public boolean seeded(Arguments arguments) {
    return random(arguments);
  }

  private static boolean random(Arguments arguments) {
    return arguments.text("choice").equals("random");
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    boolean asPublished =
        arguments.integer("chunk") == 8
            && arguments.integer("outliers") == 48
            && arguments.integer("local") == 4
            && !random(arguments);
    return asPublished ? Fidelity.PAPER : Fidelity.VARIANT;
  }

  @Override
  public TokenSelector create(String stage, Arguments arguments, long seed) {
    return new ShadowKvSelector(
        stage,
        Selectors.budget(arguments),
        new Chunks(
            arguments.integer("chunk"), arguments.integer("outliers"), arguments.integer("local")),
        random(arguments) ? OptionalLong.of(seed) : OptionalLong.empty());
  }
}
