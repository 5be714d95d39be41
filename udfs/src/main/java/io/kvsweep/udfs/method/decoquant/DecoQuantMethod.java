package io.kvsweep.udfs.method.decoquant;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/**
 * DecoQuant (Liu et al., arXiv 2405.12591): a matrix product operator of two tensors, that is a
 * singular value decomposition of a reshaped cache with nothing truncated, split evenly into a
 * large and a small factor. The large one, whose range is narrower than the cache's, is quantised
 * symmetrically, {@code qmax = 2^(bits-1) - 1}; the small one stays in binary16.
 *
 * <p>The paper leaves the shapes free and its code has two, so a result must name its variant:
 *
 * <ul>
 *   <li>{@code variant=a}, the cache of the in-context experiments: {@code M [tokens channels /
 *       inner, inner]} of runs of {@code inner} channels, a scale per token. Bits per value: {@code
 *       bits + 16 / channels + 16 inner^2 / values}.
 *   <li>{@code variant=b}, the simulation behind the language-modelling tables: {@code K^T
 *       [channels, tokens]}, a scale per channel. The small factor has {@code min(channels,
 *       tokens)} values per token and, in 16 bits, costs more than it saves unless tokens are few;
 *       it is billed as it is.
 * </ul>
 *
 * <p>Deviations: the decomposition runs through the Gram matrix of the shorter side in double,
 * singular values at most 1e-12 of the largest are left out, and scales are rounded to binary16
 * before coding. The balanced split, which the code has and the paper does not mention, also keeps
 * the small factor within binary16: its entries are at most the root of the largest singular value,
 * below 17,000 for any capture in binary16 of up to 2^24 values; greater ones are refused. Its
 * rounding adds an {@code nmse} below 2^-22, far under that of 8 bits. {@code inner} is a power of
 * two that divides the head dimension, so that a run never spans heads, and the same for all
 * shapes, where the paper's code has a shape per model. {@code block} is how the paper's buffer of
 * a thousand tokens is read: a block is factored when it is full, never again, and the last {@code
 * tokens mod block} tokens stay whole. {@code rope=post} is what the paper's cache holds; its
 * simulation replaces projections, {@code rope=pre}.
 */
public final class DecoQuantMethod implements Method.OfTensor {
  @Override
  public String name() {
    return "decoquant";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "balanced SVD factors, the large one quantised, the small one kept";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "Unlocking Data-free Low-bit Quantization with Matrix Decomposition for KV Cache Compression",
            List.of(
                "Liu, Peiyu",
                "Gao, Ze-Feng",
                "Zhao, Wayne Xin",
                "Ma, Yipeng",
                "Wang, Tao",
                "Wen, Ji-Rong"),
            2024,
            "2405.12591"));
  }

  @Override
  public String deviations() {
    return "The paper leaves shapes free and its code has two readings, so a variant is "
        + "named; scales are rounded to binary16 before coding and the small factor is "
        + "billed.";
  }

  @Override
  public String example() {
    return "decoquant(bits=4)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.numberOf("bits", List.of("2", "4", "8"), "bits of a code of the large factor"),
        Parameter.choice(
                "variant",
                List.of("a", "b"),
                "a: runs of channels, a scale per token; b: channels, a scale per channel")
            .orElse("a"),
        Parameter.numberOf(
                "inner",
                List.of("2", "4", "8", "16", "32", "64", "128", "256"),
                "channels of a run, dividing the head dimension; variant a only")
            .orElse("16"),
        Parameter.choice("rope", List.of("pre", "post"), "rotary stage it works in").orElse("post"),
        Parameter.integer(
                "block",
                0,
                Integer.MAX_VALUE,
                "tokens factored together, the rest at the end whole; 0 = the whole prompt")
            .orElse("0"));
  }

  @Override
  public void check(Arguments arguments) {
    if (!arguments.has("bits")) {
      throw new IllegalArgumentException("needs bits=2, 4 or 8");
    }
    if (arguments.text("variant").equals("b") && !arguments.text("inner").equals("16")) {
      throw new IllegalArgumentException(
          "inner=" + arguments.text("inner") + " is of variant=a, variant=b has no runs");
    }
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    boolean asPublished =
        arguments.text("variant").equals("a")
            ? arguments.text("inner").equals("16") && arguments.text("rope").equals("post")
            : arguments.text("rope").equals("pre") && arguments.integer("block") == 0;
    return asPublished ? Fidelity.PAPER : Fidelity.VARIANT;
  }

  @Override
  public TensorCodec create(String stage, Arguments arguments, long seed) {
    boolean a = arguments.text("variant").equals("a");
    return new DecoQuantCodec(
        new CodecId(a ? "DECA" : "DECB", stage),
        a ? new TokenSlices(arguments.integer("inner")) : new ChannelRows(),
        arguments.integer("bits"),
        new TokenBlocks(arguments.integer("block")),
        RopeStage.of(arguments.text("rope")));
  }
}
