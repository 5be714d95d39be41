package io.kvsweep.udfs.method.kivi;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/**
 * KIVI (Liu et al., arXiv 2402.02750): keys per channel in groups of tokens, values per token in
 * groups of channels, min-max with endpoints.
 *
 * <p>Deviations: minimum and scale are stored in binary16 and rounded before coding. {@code
 * residual} is 0 by default, so that every token is coded and bits compare; with {@code residual=R}
 * the last {@code tokens mod R} keys and the last {@code R} values stay whole, as published. A
 * short last group of tokens, which the paper's buffer never makes, has its own range. Groups of
 * channels run over the joined heads: where {@code group} does not divide the head dimension, one
 * crosses heads.
 */
public final class KiviMethod implements Method.OfTensor {
  @Override
  public String name() {
    return "kivi";
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public String summary() {
    return "keys per channel in token groups, values per token in channel groups";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache",
            List.of(
                "Liu, Zirui",
                "Yuan, Jiayi",
                "Jin, Hongye",
                "Zhong, Shaochen",
                "Xu, Zhaozhuo",
                "Braverman, Vladimir",
                "Chen, Beidi",
                "Hu, Xia"),
            2024,
            "2402.02750"));
  }

  @Override
  public String deviations() {
    return "Minimum and scale are stored in binary16 and rounded before coding; residual is "
        + "0 by default, so that every token is coded and bits compare.";
  }

  @Override
  public String example() {
    return "kivi(bits=2)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.integer("bits", 1, 8, "bits of a code; 2 and 4 in the paper"),
        Parameter.integer(
                "group", 2, Integer.MAX_VALUE, "tokens (keys) or channels (values) of a group")
            .orElse("32"),
        Parameter.integer(
                "residual", 0, Integer.MAX_VALUE, "window kept whole, a multiple of group")
            .orElse("0"),
        Parameter.choice("rope", List.of("pre", "post"), "rotary stage it works in")
            .orElse("post"));
  }

  @Override
  public void check(Arguments arguments) {
    if (!arguments.has("bits")) {
      throw new IllegalArgumentException("needs bits=1 to 8");
    }
    if (arguments.integer("residual") % arguments.integer("group") != 0) {
      throw new IllegalArgumentException(
          "residual=%s is no multiple of group=%s"
              .formatted(arguments.text("residual"), arguments.text("group")));
    }
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    boolean asPublished =
        arguments.integer("residual") > 0
            && arguments.text("rope").equals("post")
            && List.of("2", "4").contains(arguments.text("bits"));
    return asPublished ? Fidelity.PAPER : Fidelity.VARIANT;
  }

  @Override
  public TensorCodec create(String stage, Arguments arguments, long seed) {
    return new KiviCodec(
        stage,
        arguments.integer("bits"),
        arguments.integer("group"),
        arguments.integer("residual"),
        RopeStage.of(arguments.text("rope")));
  }
}
