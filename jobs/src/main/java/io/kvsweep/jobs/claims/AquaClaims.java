package io.kvsweep.jobs.claims;

import static io.kvsweep.jobs.claims.CellMeasures.mean;
import static io.kvsweep.jobs.claims.CellMeasures.ofShapes;
import static io.kvsweep.jobs.claims.CellMeasures.ratio;
import static io.kvsweep.jobs.claims.CurveMeasures.ratioAtEqualPromptBytes;

import io.kvsweep.jobs.calibrate.CalibrationReport;
import io.kvsweep.jobs.claims.CellMeasures.Layers;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.List;
import java.util.stream.Stream;

/** What AQUA-KV claims (arXiv 2501.19392), by sentence of its abstract; shapes are published. */
final class AquaClaims {
  private static final String AQUA = "aqua(bits=2)";
  private static final String HIGGS = "higgs(bits=2)";
  private static final int CHANNELS = 1024;
  private static final int LAYERS_3B = 28;
  private static final int LAYERS_70B = 80;
  private static final int LONG_PROMPT = 131072;
  private static final String FIFTH = "knorm(budget=0.2)";
  private static final int PRUNED_PROMPT = 10_000;

  /** Half of what was printed in the last digit. */
  private static final double LAST_DIGIT = 0.00005;

  private static final Rule HALF_A_BIT =
      Rule.atMost(0.5, "half the error is worth half a bit per value; less would hardly be a gain");
  private static final Rule TWO_AND_A_HALF =
      Rule.atMost(2.5, "the upper end of the abstract's 2 to 2.5 bits");

  private AquaClaims() {}

  static List<Claim> all() {
    return Stream.of(background(), prediction(), gain(), quality(), accounting(), calibration())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Claim> background() {
    return List.of(
        Claim.undecidable(
            Claim.System.AQUA_KV,
            "abstract 1",
            "Caching keys and values saves repeated computation",
            "-",
            "a fact of serving: no model is served here"),
        claim(
            "abstract 2",
            "Caches of long prompts take tens of gigabytes (Llama-3.1-70B, 131,072 tokens)",
            "tens of GB",
            Rule.atLeast(10, "tens begin at ten"),
            evidence ->
                Measured.arithmetic(
                    evidence.accounting().totalBits("none", LONG_PROMPT, CHANNELS)
                        / 8
                        * LONG_PROMPT
                        * CHANNELS
                        * 2
                        * LAYERS_70B
                        / 1e9,
                    Unit.fixed(1, " GB"),
                    "keys and values of %d layers, %d channels, binary16, from the codec none"
                        .formatted(LAYERS_70B, CHANNELS))),
        claim(
            "abstract 3",
            "Quantising directly costs quality at 2 bits (pruning and merging not measured)",
            "-",
            Rules.LOSSY,
            CellMeasures.leastMean(
                List.of(
                    Cell.keys(HIGGS),
                    Cell.keys("kivi(bits=2)"),
                    Cell.keys("hadamard | rtn(bits=2)")),
                ResultColumn.ATTENTION_KL,
                Unit.NATS)));
  }

  private static List<Claim> prediction() {
    String spec = Cell.keys(AQUA).spec();
    Rule half = Rule.atMost(0.5, "at least half of the energy predicted, worth half a bit");
    return List.of(
        claim(
            "abstract 4",
            "Keys depend on those of the layer before",
            "18 % left (3B)",
            half,
            CalibrationMeasures.unpredicted(spec, "keys", CalibrationReport.Layer::keyRelMse)),
        claim(
            "abstract 4",
            "Values depend on the keys of the layer and the values before",
            "28 % left (3B)",
            half,
            CalibrationMeasures.unpredicted(spec, "values", CalibrationReport.Layer::valueRelMse)),
        claim(
            "abstract 5",
            "Compact adapters: 162.1 MiB for Llama-3.2-3B",
            "162.1 MiB",
            Rule.within(0.05, 162.1, "as printed"),
            evidence ->
                Measured.arithmetic(
                    evidence.accounting().adapterBytes(CHANNELS, LAYERS_3B) / (1 << 20),
                    Unit.fixed(2, " MiB"),
                    "%d channels, %d layers, bfloat16, from the codec"
                        .formatted(CHANNELS, LAYERS_3B))),
        claim(
            "abstract 5",
            "What cannot be predicted is compressed nearly optimally",
            "\"optimally\"",
            Rule.atMost(
                0.254,
                "an ideal entropy-coded scalar quantiser is 0.254 bits above a Gaussian source's limit"),
            mean(
                Cell.keys(HIGGS),
                "bits of codes and norms, without the block's header, above the rate at which a white Gaussian source has the nmse,",
                AquaClaims::bitsAboveGaussian,
                Unit.BITS)));
  }

  /**
   * {@code bits + log4(nmse)}: a white Gaussian source has {@code nmse = 4^-rate}. Norms are side
   * information that decoding reads: at 1,024 channels 2.0156 bits and not 2.
   */
  private static double bitsAboveGaussian(ResultRow row) {
    double error = CellMeasures.column(ResultColumn.NMSE).of(row);
    double bytes =
        (double) (Long) row.get(ResultColumn.CODES_BYTES)
            + (Long) row.get(ResultColumn.PARAMETERS_BYTES);
    double bits =
        (Double) row.get(ResultColumn.EFFECTIVE_BITS)
            * bytes
            / (Long) row.get(ResultColumn.TOTAL_BYTES);
    return bits + Math.log(error) / Math.log(4);
  }

  private static List<Claim> gain() {
    return List.of(
        claim(
            "abstract 6",
            "Keys: less error than direct quantisation with the same codes",
            "-",
            HALF_A_BIT,
            ratio(Cell.keys(AQUA), Cell.keys(HIGGS), ResultColumn.NMSE, Layers.ABOVE_FIRST)),
        claim(
            "abstract 6",
            "Values: less error than direct quantisation with the same codes",
            "-",
            HALF_A_BIT,
            ratio(Cell.values(AQUA), Cell.values(HIGGS), ResultColumn.NMSE, Layers.ABOVE_FIRST)),
        claim(
            "abstract 6",
            "Keys of all layers: less error than direct quantisation at equal effective bits of the prompt",
            "-",
            HALF_A_BIT,
            ratioAtEqualPromptBytes(
                Cell.keys(AQUA),
                Stream.of(2, 3, 4).map(b -> Cell.keys("higgs(bits=" + b + ")")).toList())));
  }

  private static List<Claim> quality() {
    return List.of(
        Claim.undecidable(
            Claim.System.AQUA_KV,
            "abstract 7",
            "Perplexity and LongBench scores within 1 % at 2 to 2.5 bits",
            "under 1 %",
            "needs the models; the next row is the nearest"),
        claim(
            "abstract 6-7",
            "2 bits are nearly lossless for attention (nearest to perplexity)",
            "near-lossless",
            Rules.NEARLY_LOSSLESS,
            mean(Cell.keys(AQUA), ResultColumn.ATTENTION_KL, Unit.NATS)),
        claim(
            "abstract 7",
            "Keys take 2 to 2.5 bits, everything in their blocks included",
            "2-2.5 bits",
            TWO_AND_A_HALF,
            ofShapes(mean(Cell.keys(AQUA), ResultColumn.EFFECTIVE_BITS, Unit.BITS))),
        claim(
            "abstract 7",
            "Keys take 2 to 2.5 bits with the predictors billed to one prompt",
            "2-2.5 bits",
            TWO_AND_A_HALF,
            ofShapes(CalibrationMeasures.bitsWithArtefact(Cell.keys(AQUA)))));
  }

  private static List<Claim> accounting() {
    return List.of(
        claim(
            "table (2.0156)",
            "A layer above the first takes 2.0156 bits",
            "2.0156 bits",
            Rule.within(LAST_DIGIT, 2.0156, "as printed"),
            evidence ->
                Measured.arithmetic(
                    // Layers above the first, from the sum over two layers less the first.
                    2 * evidence.accounting().cacheBits(AQUA, CHANNELS, 2)
                        - evidence.accounting().cacheBits(AQUA, CHANNELS, 1),
                    Unit.fixed(4, " bits"),
                    CHANNELS + " channels, codes and norms, from the codec")),
        claim(
            "table (2.09)",
            "Llama-3.2-3B takes 2.0871 bits on average, the first layer at 4",
            "2.0871 bits",
            Rule.within(LAST_DIGIT, 2.0871, "as printed"),
            evidence ->
                Measured.arithmetic(
                    evidence.accounting().cacheBits(AQUA, CHANNELS, LAYERS_3B),
                    Unit.fixed(4, " bits"),
                    "%d channels, %d layers, codes and norms, from the codec"
                        .formatted(CHANNELS, LAYERS_3B))),
        claim(
            "table (H2O)",
            "With a fifth of the tokens kept the cache is 38.3x smaller",
            "38.3x",
            Rule.within(0.05, 38.3, "as printed"),
            evidence ->
                Measured.arithmetic(
                    16
                        / evidence.accounting().cacheBits(AQUA, CHANNELS, LAYERS_3B)
                        * PRUNED_PROMPT
                        / evidence.accounting().tokensKept(FIFTH, PRUNED_PROMPT, CHANNELS),
                    Unit.fixed(2, "x"),
                    "16 bits over those of the row above, times %d tokens over those that %s keeps"
                        .formatted(PRUNED_PROMPT, FIFTH))));
  }

  private static List<Claim> calibration() {
    return List.of(
        claim(
            "abstract 8",
            "One-shot: predictors fitted once serve prompts that they have not seen",
            "-",
            Rule.atMost(2, "held-out prompts lose at most half a bit of what calibration promised"),
            CalibrationMeasures.generalisation(Cell.keys(AQUA), Cell.keys(HIGGS))),
        Claim.undecidable(
            Claim.System.AQUA_KV,
            "abstract 8",
            "Calibrated on a single GPU within 1 to 6 hours",
            "1-6 GPU-hours",
            "no GPU here; the next two rows are the nearest"),
        claim(
            "abstract 8",
            "Calibration for Llama-3.2-3B takes an hour: here, of one core",
            "1 hour",
            Rule.atMost(1, "the lower end, which the paper has for 3B"),
            CalibrationMeasures.hours(Cell.keys(AQUA).spec(), CHANNELS, LAYERS_3B)),
        claim(
            "abstract 8",
            "Calibration for Llama-3.1-70B takes six hours: here, of one core",
            "6 hours",
            Rule.atMost(6, "the upper end, which the paper has for 70B"),
            CalibrationMeasures.hours(Cell.keys(AQUA).spec(), CHANNELS, LAYERS_70B)));
  }

  private static Claim claim(
      String source, String text, String claimed, Rule rule, Claim.Measure measure) {
    return new Claim(Claim.System.AQUA_KV, source, text, claimed, rule, measure);
  }
}
