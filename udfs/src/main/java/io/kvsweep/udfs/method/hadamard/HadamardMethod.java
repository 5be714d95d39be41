package io.kvsweep.udfs.method.hadamard;

import io.kvsweep.udfs.codec.TensorTransform;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;

/**
 * Rotates every head by a normalised Hadamard matrix before it is coded, which spreads outlier
 * channels over the head: QuaRot (Ashkboos et al., arXiv 2404.00456) as a transform of any codec,
 * {@code hadamard | rtn(bits=4)}. It keeps scalar products, and so {@code nmse}. Costs {@code log2}
 * of the block in additions per value and no bytes.
 *
 * <p>Deviations: QuaRot rotates keys after RoPE and quantises groups of 128 with clipping 0.95;
 * here the codec decides the rotary stage, {@code rtn(rope=post)} for QuaRot's, and does not clip.
 * QuaRot folds the rotation of values into the model's weights, which changes no value coded. A
 * head dimension that is no power of two is rotated in blocks of the largest one that divides it;
 * an odd one is refused. With {@code signs=true} channels are first multiplied by random signs that
 * follow from the seed of the cell and are the same for all heads; blocks are bound to that seed.
 */
public final class HadamardMethod implements Method.OfTransform {
  @Override
  public String name() {
    return "hadamard";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "Hadamard rotation of each head, ahead of a codec: hadamard | rtn(bits=4)";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "QuaRot: Outlier-Free 4-Bit Inference in Rotated LLMs",
            List.of(
                "Ashkboos, Saleh",
                "Mohtashami, Amirkeivan",
                "Croci, Maximilian L.",
                "Li, Bo",
                "Cameron, Pashmina",
                "Jaggi, Martin",
                "Alistarh, Dan",
                "Hoefler, Torsten",
                "Hensman, James"),
            2024,
            "2404.00456"));
  }

  @Override
  public String deviations() {
    return "The codec decides the rotary stage and does not clip; head dimensions that are "
        + "no power of two are rotated in blocks.";
  }

  @Override
  public String example() {
    return "hadamard | rtn(bits=4)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.flag("signs", "multiply by seeded random signs before the transform")
            .orElse("false"));
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public boolean seeded(Arguments arguments) {
    return arguments.flag("signs");
  }

  @Override
  public TensorTransform create(Arguments arguments, long seed) {
    return new HadamardTransform(arguments.flag("signs"), seed);
  }
}
