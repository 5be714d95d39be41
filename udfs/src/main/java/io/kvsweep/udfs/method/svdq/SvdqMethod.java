package io.kvsweep.udfs.method.svdq;

import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * SVDq (arXiv 2502.15304): keys before the rotary embedding, heads joined, are centred and
 * projected on the prompt's own right singular vectors; latent channels, ordered by singular value,
 * are quantised in eight groups of decreasing width; the last groups are dropped.
 *
 * <p>What the paper does not settle, and what is done here:
 *
 * <ul>
 *   <li>Its quantiser's formula is not known. Min-max per latent channel in groups of {@code group}
 *       tokens with midpoint levels by default; {@code levels=endpoints,group=0} is the plain
 *       per-channel reading, under which one-bit groups cost more than dropping them.
 *   <li>Only the schedule of 2 bits is its own; those of 1.25, 2.25, 3 and 4 are ours.
 *   <li>{@code bits=auto:1.25} and {@code effective_bits=2} are extensions: the non-increasing
 *       schedule of least error, by the quantiser's own error curve on this tensor, among those of
 *       that average width, or among those whose whole block fits into that many bits per value.
 *       Eight bytes of the basis tell it.
 *   <li>How scales of generated tokens are found is not known. {@code tail=exact:N} keeps the last
 *       {@code N} tokens whole, {@code tail=frozen:N} codes them with mean and basis of the tokens
 *       before and fresh ranges per group.
 *   <li>{@code heads=separate} decomposes each head on its own: an ablation.
 *   <li>Basis (kept columns only) and mean are stored in binary16 and billed; decoding uses the
 *       rounded ones.
 *   <li>Values may be coded too; the paper codes keys.
 *   <li>Where the joined channels do not divide by eight, group g starts at channel floor(g C / 8).
 * </ul>
 *
 * Cost: {@code O(T C^2 + C^3)} once per tensor, shared by all cells, and {@code O(T C r)} per
 * decode for {@code r} kept channels. Deterministic.
 */
public final class SvdqMethod implements Method.OfTensor {
  @Override
  public String name() {
    return "svdq";
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public String summary() {
    return "SVD latent channels of the prompt's keys with importance-aware widths";
  }

  @Override
  public List<Paper> papers() {
    return List.of(
        new Paper(
            "SVDq: 1.25-bit and 410x Key Cache Compression for LLM Attention",
            List.of(
                "Hong, Yankun",
                "Li, Xing",
                "Zhen, Hui-Ling",
                "Yu, Xianzhi",
                "Liu, Wulong",
                "Yuan, Mingxuan"),
            2025,
            "2502.15304"));
  }

  @Override
  public String deviations() {
    return "The paper leaves the quantiser's formula and the scales of generated tokens "
        + "open: midpoint levels in groups of 128 tokens by default. Only the schedule of 2 "
        + "bits is its own; auto: and effective_bits are extensions.";
  }

  @Override
  public String example() {
    return "svdq(bits=1.25)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.text(
            "bits",
            "1.25, 2, 2.25, 3, 4 or auto:1.25",
            "equivalent bits: a known schedule, or the best one of that average",
            SvdqMethod::canonicalBits),
        Parameter.text(
            "schedule",
            "eight widths",
            "widths of the eight latent groups, like 8-4-2-1-1-0-0-0, in place of bits",
            text -> Schedule.parse(text).toString()),
        Parameter.text(
            "effective_bits",
            "number above 0",
            "bits per value with all side information, for the best schedule that fits",
            SvdqMethod::canonicalNumber),
        Parameter.integer(
                "group", 0, Integer.MAX_VALUE, "tokens that share a range; 0 = the whole prompt")
            .orElse("128"),
        Parameter.choice("levels", List.of("midpoints", "endpoints"), "where levels lie in a range")
            .orElse("midpoints"),
        Parameter.choice(
                "heads", List.of("joint", "separate"), "decompose heads joined, or each alone")
            .orElse("joint"),
        Parameter.text(
            "tail",
            "exact:N or frozen:N",
            "the last N tokens count as generated: kept whole, or coded with the prefill's basis",
            text -> Tail.parse(text).toString()));
  }

  private static String canonicalBits(String text) {
    if (text.startsWith("auto:")) {
      return "auto:" + canonicalNumber(text.substring("auto:".length()));
    }
    String number = canonicalNumber(text);
    if (!Schedule.KNOWN.containsKey(number)) {
      throw new IllegalArgumentException("expected 1.25, 2, 2.25, 3, 4 or auto:NUMBER");
    }
    return number;
  }

  private static String canonicalNumber(String text) {
    if (!text.matches("[0-9]{1,2}(\\.[0-9]{1,6})?") || Double.parseDouble(text) <= 0) {
      throw new IllegalArgumentException("expected a number above 0, such as 1.25");
    }
    return new BigDecimal(text).stripTrailingZeros().toPlainString();
  }

  @Override
  public void check(Arguments arguments) {
    if (Stream.of("bits", "schedule", "effective_bits").filter(arguments::has).count() != 1) {
      throw new IllegalArgumentException(
          "needs one of bits (1.25, 2, 2.25, 3, 4 or auto:1.25), schedule (8-4-2-1-1-0-0-0) and effective_bits (2.0)");
    }
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public TensorCodec create(String stage, Arguments arguments, long seed) {
    return new SvdqCodec(
        stage,
        rule(arguments),
        arguments.integer("group"),
        Levels.valueOf(arguments.text("levels").toUpperCase(Locale.ROOT)),
        arguments.text("heads").equals("separate"),
        arguments.has("tail") ? Tail.parse(arguments.text("tail")) : Tail.NONE);
  }

  private static ScheduleRule rule(Arguments arguments) {
    if (arguments.has("schedule")) {
      return new ScheduleRule.Fixed(Schedule.parse(arguments.text("schedule")));
    }
    if (arguments.has("effective_bits")) {
      return new ScheduleRule.Effective(Double.parseDouble(arguments.text("effective_bits")));
    }
    String bits = arguments.text("bits");
    return bits.startsWith("auto:")
        ? new ScheduleRule.Nominal(Double.parseDouble(bits.substring("auto:".length())))
        : new ScheduleRule.Fixed(Schedule.KNOWN.get(bits));
  }
}
