package io.kvsweep.jobs.claims;

import static io.kvsweep.jobs.claims.CellMeasures.mean;
import static io.kvsweep.jobs.claims.CellMeasures.ofShapes;
import static io.kvsweep.jobs.claims.CellMeasures.ratio;

import io.kvsweep.jobs.claims.CellMeasures.Layers;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.List;
import java.util.stream.Stream;

/** What DecoQuant claims (arXiv 2405.12591), by sentence of its abstract. */
final class DecoQuantClaims {
  /** What most of the claims are about: variant A, keys after rotation. */
  private static final String DECOQUANT = "decoquant(bits=4)";

  private static final String VARIANT_B = "decoquant(bits=4,variant=b)";

  private static final Rule SAVES =
      Rule.atLeast(0.74, "about 75 %: a percentage point less still rounds to it");

  private DecoQuantClaims() {}

  static List<Claim> all() {
    return Stream.of(background(), factors(), error(), memory(), quality())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Claim> background() {
    return List.of(
        Claim.undecidable(
            Claim.System.DECOQUANT,
            "abstract 1",
            "Caching keys and values speeds up inference and takes much memory",
            "-",
            "no inference runs here; AQUA-KV's row on tens of gigabytes has a figure"),
        claim(
            "abstract 2",
            "Other data-free quantisation loses precision: per-token rounding at 4 bits",
            "-",
            Rules.LOSSY,
            mean(Cell.keys(rtn(4)), ResultColumn.ATTENTION_KL, Unit.NATS)),
        claim(
            "abstract 3",
            "Needs no data for calibration",
            "data-free",
            Rule.atMost(0, "none at all"),
            evidence ->
                evidence.accounting().calibrated(DECOQUANT)
                    ? Measured.arithmetic(
                        1,
                        "needs an artefact",
                        "whether the codec of %s asks for an artefact".formatted(DECOQUANT))
                    : Measured.arithmetic(
                        0,
                        "codes without any",
                        "whether the codec of %s asks for an artefact".formatted(DECOQUANT))));
  }

  private static List<Claim> factors() {
    return List.of(
        claim(
            "abstract 4",
            "Quantisation gets easier: the large tensor's peak over its root mean square shrinks",
            "-",
            Rules.SMALLER,
            TableMeasures.ratio(
                Cell.keys(DECOQUANT),
                "large",
                "matrix",
                "absmax over rms",
                Evidence.Range::peakToRms)),
        claim(
            "abstract 5",
            "Outliers gather in the small tensor: its peak over its root mean square is larger",
            "-",
            Rule.above(1, "more than in the large tensor, however little"),
            TableMeasures.ratio(
                Cell.keys(DECOQUANT),
                "small",
                "large",
                "absmax over rms",
                Evidence.Range::peakToRms)),
        claim(
            "abstract 5",
            "Outliers gather in the small tensor: its kurtosis is larger",
            "-",
            Rule.above(1, "more than in the large tensor, however little"),
            TableMeasures.ratio(
                Cell.keys(DECOQUANT), "small", "large", "kurtosis", Evidence.Range::kurtosis)),
        claim(
            "abstract 5",
            "The large tensor has a narrower range: interquartile range over the matrix's",
            "0.06-0.08x (LLaMA-7B)",
            Rules.SMALLER,
            TableMeasures.ratio(
                Cell.keys(DECOQUANT),
                "large",
                "matrix",
                "interquartile range",
                Evidence.Range::iqr)),
        claim(
            "abstract 6",
            "What stays in high precision is 0.6 % of the numbers",
            "0.6 %",
            Rule.atMost(0.006, "as printed"),
            ofShapes(
                mean(
                    Cell.keys(DECOQUANT),
                    "entries of the small tensor over values",
                    DecoQuantClaims::smallShare,
                    Unit.PERCENT))));
  }

  /** The basis section holds the small factor alone, two bytes an entry. */
  private static double smallShare(ResultRow row) {
    double values = 8.0 * (Long) row.get(ResultColumn.TOTAL_BYTES);
    values /= (Double) row.get(ResultColumn.EFFECTIVE_BITS);
    return (Long) row.get(ResultColumn.BASIS_BYTES) / 2.0 / values;
  }

  private static List<Claim> error() {
    return List.of(
        versusRtn(
            "abstract 6",
            "4 bits beat per-token rounding: keys",
            Cell.keys(DECOQUANT),
            Cell.keys(rtn(4))),
        versusRtn(
            "abstract 6",
            "4 bits beat per-token rounding: values",
            Cell.values(DECOQUANT),
            Cell.values(rtn(4))),
        versusRtn(
            "table (LAMBADA)",
            "2 bits beat per-token rounding: keys",
            Cell.keys("decoquant(bits=2)"),
            Cell.keys(rtn(2))),
        versusRtn(
            "table (LAMBADA)",
            "8 bits beat per-token rounding: keys",
            Cell.keys("decoquant(bits=8)"),
            Cell.keys(rtn(8))),
        versusRtn(
            "table (LAMBADA)",
            "2 bits beat per-token rounding: keys, variant B",
            Cell.keys("decoquant(bits=2,variant=b)"),
            Cell.keys(rtn(2))));
  }

  private static Claim versusRtn(String source, String text, Cell cell, Cell rtn) {
    return claim(source, text, "-", Rules.SMALLER, ratio(cell, rtn, ResultColumn.NMSE, Layers.ALL));
  }

  private static List<Claim> memory() {
    return List.of(
        claim(
            "abstract 8",
            "4 bits save about 75 % of the memory, all included, at the captured lengths",
            "~75 %",
            SAVES,
            ofShapes(
                mean(Cell.keys(DECOQUANT), "bytes saved", DecoQuantClaims::saved, Unit.PERCENT))),
        claim(
            "abstract 8",
            "4 bits save about 75 % for 1,000 tokens of 4,096 channels",
            "~75 %",
            SAVES,
            evidence ->
                Measured.arithmetic(
                    1 - evidence.accounting().totalBits(DECOQUANT, 1000, 4096) / 16,
                    Unit.PERCENT,
                    "binary16, from the codec")),
        claim(
            "abstract 8",
            "4 bits save about 75 % with the shapes of the paper's simulation (variant B)",
            "~75 %",
            SAVES,
            ofShapes(
                mean(Cell.keys(VARIANT_B), "bytes saved", DecoQuantClaims::saved, Unit.PERCENT))));
  }

  private static double saved(ResultRow row) {
    return 1 - 1 / (Double) row.get(ResultColumn.COMPRESSION_RATIO);
  }

  private static List<Claim> quality() {
    return List.of(
        Claim.undecidable(
            Claim.System.DECOQUANT,
            "abstract 7",
            "Speeds up inference with a fused kernel, 1.25x for 6,000 tokens",
            "1.25x",
            "needs the model and a GPU"),
        Claim.undecidable(
            Claim.System.DECOQUANT,
            "abstract 8",
            "Comparable generation quality",
            "comparable",
            "needs the models and the benchmarks; the next row is the nearest"),
        claim(
            "abstract 8",
            "4 bits are nearly lossless for attention (nearest to generation quality)",
            "comparable",
            Rules.NEARLY_LOSSLESS,
            mean(Cell.keys(DECOQUANT), ResultColumn.ATTENTION_KL, Unit.NATS)));
  }

  /** Rounding as DecoQuant's authors compare with. */
  private static String rtn(int bits) {
    return "rtn(bits=" + bits + ",symmetric=true,rope=post)";
  }

  private static Claim claim(
      String source, String text, String claimed, Rule rule, Claim.Measure measure) {
    return new Claim(Claim.System.DECOQUANT, source, text, claimed, rule, measure);
  }
}
