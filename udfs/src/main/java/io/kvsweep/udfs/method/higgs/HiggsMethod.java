package io.kvsweep.udfs.method.higgs;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/**
 * HIGGS as AQUA-KV (Shutova et al., arXiv 2501.19392) applies it to a cache: a Hadamard transform
 * makes the channels of a token nearly Gaussian, whatever they were, and a fixed grid that is
 * optimal for Gaussian vectors codes them. {@link HiggsQuantizer} has the formulas. Bits per value:
 * {@code bits + 16 / group}; 2.0156 for 1,024 channels at {@code bits=2}.
 *
 * <p>Deviations: the grids are our own (see {@link HiggsGrid}), as good but not the same points.
 * The group is the largest power of two that divides the channels, at most 1,024, where AQUA-KV
 * always takes 1,024 and pads: 512 channels would be stored at 4.03 bits in place of 2.03; a group
 * that does not divide the channels is refused. Norms are rounded to binary16 before coding and
 * decoding is in float32; AQUA-KV's code keeps float32 norms, billed as 16 bits, and rounds
 * coefficients to binary16. HIGGS for weights (Malinovskii et al., arXiv 2411.17525) multiplies by
 * random signs first; AQUA-KV does not, and neither does {@code signs=false}. With {@code
 * signs=true} they follow from the seed of the cell, which a block does not hold but is bound to.
 */
public final class HiggsMethod implements Method.OfTensor {
  /** Uses it on a cache, and predicts what is coded. */
  public static final Paper AQUA_KV =
      new Paper(
          "Cache Me If You Must: Adaptive Key-Value Quantization for Large Language Models",
          List.of(
              "Shutova, Alina",
              "Malinovskii, Vladimir",
              "Egiazarian, Vage",
              "Kuznedelev, Denis",
              "Mazur, Denis",
              "Surkov, Nikita",
              "Ermakov, Ivan",
              "Alistarh, Dan"),
          2025,
          "2501.19392");

  private static final Paper HIGGS =
      new Paper(
          "Pushing the Limits of Large Language Model Quantization via the Linearity Theorem",
          List.of(
              "Malinovskii, Vladimir",
              "Panferov, Andrei",
              "Ilin, Ivan",
              "Guo, Han",
              "Richtárik, Peter",
              "Alistarh, Dan"),
          2024,
          "2411.17525");

  private static final String AUTO = "auto";

  @Override
  public String name() {
    return "higgs";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "Hadamard transform and a Gaussian-optimal vector grid, per token";
  }

  @Override
  public List<Paper> papers() {
    return List.of(HIGGS, AQUA_KV);
  }

  @Override
  public String deviations() {
    return "As AQUA-KV applies HIGGS to a cache, with grids of our own; a group is the "
        + "largest power of two that divides the channels, where AQUA-KV pads to 1,024; "
        + "norms are rounded to binary16.";
  }

  @Override
  public String example() {
    return "higgs(bits=2)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.integer("bits", 2, 4, "bits of codes per value"),
        Parameter.numberOf("dim", List.of("2", "4"), "values per grid point; 4 with bits=2 only")
            .orElse("2"),
        Parameter.text(
                "group",
                "auto or a power of two from 2 to " + HiggsQuantizer.MAX_GROUP,
                "channels that share a transform and a norm; auto = the largest that fits evenly",
                HiggsMethod::canonicalGroup)
            .orElse(AUTO),
        Parameter.flag("signs", "multiply by seeded random signs before the transform")
            .orElse("false"),
        Parameter.choice("rope", List.of("pre", "post"), "rotary stage it works in").orElse("pre"));
  }

  private static String canonicalGroup(String text) {
    if (text.equals(AUTO)) {
      return text;
    }
    for (int group = 2; group <= HiggsQuantizer.MAX_GROUP; group *= 2) {
      if (text.equals(Integer.toString(group))) {
        return text;
      }
    }
    throw new IllegalArgumentException(
        "expected auto or a power of two from 2 to " + HiggsQuantizer.MAX_GROUP);
  }

  @Override
  public void check(Arguments arguments) {
    if (!arguments.has("bits")) {
      throw new IllegalArgumentException("needs bits=2 to 4");
    }
    if (arguments.integer("dim") == 4 && arguments.integer("bits") != 2) {
      throw new IllegalArgumentException(
          "dim=4 has a grid for bits=2 only: use dim=2 for bits=" + arguments.text("bits"));
    }
    if (!arguments.text("group").equals(AUTO)
        && arguments.integer("group") < arguments.integer("dim")) {
      throw new IllegalArgumentException(
          "group=%s is smaller than dim=%s"
              .formatted(arguments.text("group"), arguments.text("dim")));
    }
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    boolean asPublished =
        List.of(AUTO, "" + HiggsQuantizer.MAX_GROUP).contains(arguments.text("group"))
            && !arguments.flag("signs")
            && arguments.text("rope").equals("pre");
    return asPublished ? Fidelity.PAPER : Fidelity.VARIANT;
  }

  @Override
  public boolean seeded(Arguments arguments) {
    return arguments.flag("signs");
  }

  @Override
  public TensorCodec create(String stage, Arguments arguments, long seed) {
    int dim = arguments.integer("dim");
    HiggsGrid grid = HiggsGrid.of(dim, 1 << (dim * arguments.integer("bits")));
    HiggsQuantizer quantizer =
        arguments.flag("signs") ? HiggsQuantizer.signed(grid, seed) : HiggsQuantizer.unsigned(grid);
    return new HiggsCodec(
        stage,
        quantizer,
        arguments.text("group").equals(AUTO) ? 0 : arguments.integer("group"),
        RopeStage.of(arguments.text("rope")));
  }
}
