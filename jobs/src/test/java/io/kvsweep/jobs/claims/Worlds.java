package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.calibrate.CalibrationCost;
import io.kvsweep.jobs.calibrate.CalibrationReport;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Made-up evidence: a world in which all claims are true, one in which none is, and an empty one.
 */
final class Worlds {
  static final String[] MODELS = {"a", "b"};
  static final String[] PROMPTS = {"p", "q"};
  static final int LAYERS = 3;
  static final Accounting CODECS = new CodecAccounting();
  private static final long VALUES = 1000;

  private Worlds() {}

  static Evidence empty(Accounting accounting) {
    return new Evidence(new Measurements(List.of()), List.of(), List.of(), List.of(), accounting);
  }

  static Evidence of(boolean kind) {
    List<ResultRow> rows = new ArrayList<>();
    Claims.ALL.stream()
        .flatMap(claim -> claim.measure().cells().stream())
        .distinct()
        .forEach(
            cell ->
                places()
                    .forEach(place -> rows.add(row(cell, place, row -> numbers(row, cell, kind)))));
    return new Evidence(
        new Measurements(rows), spectra(kind), ranges(kind), calibrations(kind), accounting(kind));
  }

  static List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (String model : MODELS) {
      for (String prompt : PROMPTS) {
        for (int layer = 0; layer < LAYERS; layer++) {
          places.add(new Place(model, prompt, layer));
        }
      }
    }
    return places;
  }

  static ResultRow row(Cell cell, Place place, UnaryOperator<ResultRow.Builder> numbers) {
    return numbers
        .apply(
            ResultRow.builder()
                .set(ResultColumn.RUN_ID, "run-1")
                .set(ResultColumn.CELL_ID, cell.toString())
                .set(ResultColumn.UNIT_ID, place.toString())
                .set(ResultColumn.MODEL, place.model())
                .set(ResultColumn.PROMPT, place.prompt())
                .set(ResultColumn.LAYER, place.layer())
                .set(ResultColumn.KIND, cell.kind().label())
                .set(ResultColumn.METHOD_SPEC, cell.spec())
                .set(ResultColumn.STATUS, Status.MEASURED.label()))
        .build();
  }

  private static ResultRow.Builder numbers(ResultRow.Builder row, Cell cell, boolean kind) {
    String spec = cell.text();
    double bits = bits(spec);
    double effective = effective(spec, bits, kind);
    double error =
        cell.kind() == CellKind.KEY ? keyError(spec, bits, kind) : valueError(spec, kind);
    boolean baseline = spec.matches("(higgs|kivi|rtn|hadamard).*");
    return row.set(ResultColumn.NOMINAL_BITS, bits)
        .set(ResultColumn.EFFECTIVE_BITS, effective)
        .set(ResultColumn.TOTAL_BYTES, Math.round(effective * VALUES / 8))
        .set(ResultColumn.CODES_BYTES, Math.round(bits * VALUES / 8))
        .set(ResultColumn.PARAMETERS_BYTES, 0L)
        .set(ResultColumn.BASIS_BYTES, kind ? 4L : 200L)
        .set(ResultColumn.ARTEFACT_BYTES, kind ? 10L : 1_000_000L)
        .set(ResultColumn.COMPRESSION_RATIO, kind ? 3.99 : 2.0)
        .set(ResultColumn.NMSE, error)
        .set(ResultColumn.NMSE_CENTRED, error)
        .set(ResultColumn.READ_RATIO, kind ? 500.0 : 7.0)
        .set(ResultColumn.KEPT_MASS, kind ? 0.999 : 0.5)
        .set(ResultColumn.OUTPUT_ERROR, spec.contains("choice=random") == kind ? 0.1 : 0.01)
        .set(ResultColumn.ATTENTION_KL, baseline == kind ? 0.1 : 0.001);
  }

  private static double bits(String spec) {
    return Double.parseDouble(
        spec.replaceFirst(".*schedule=.*", "2").replaceFirst(".*?bits=([0-9.]+).*", "$1"));
  }

  private static double effective(String spec, double bits, boolean kind) {
    if (spec.equals("svdq(bits=1.25)")) {
      return kind ? 1.26 : 3;
    }
    if (spec.startsWith("aqua")) {
      return kind ? 2.1 : 2.9;
    }
    return spec.equals("svdq(bits=2)") ? 2.5 : spec.startsWith("kivi") ? bits + 1 : bits + 0.01;
  }

  /** Direct quantisation is the same in both worlds; the systems are better or worse than it. */
  private static double keyError(String spec, double bits, boolean kind) {
    if (spec.equals("higgs(bits=2)") && kind) {
      return 0.07; // little above 4^-2
    }
    if (spec.contains("schedule=")) {
      return 0.01;
    }
    if (spec.matches("(svdq|aqua|decoquant|shadowkv).*")) {
      return kind ? 0.01 * direct(bits) : Math.min(0.5, 10 * direct(bits));
    }
    return direct(bits);
  }

  private static double valueError(String spec, boolean kind) {
    boolean system = spec.matches("(aqua|decoquant).*");
    return spec.startsWith("svdq") ? (kind ? 0.9 : 1e-6) : system ? (kind ? 0.001 : 0.5) : 0.1;
  }

  private static double direct(double bits) {
    return 0.9 * Math.pow(4, 1 - bits);
  }

  private static List<Evidence.Spectrum> spectra(boolean kind) {
    List<Evidence.Spectrum> spectra = new ArrayList<>();
    for (String bits : List.of("1.25", "2", "2.25", "3", "4")) {
      String spec = Cell.keys("svdq(bits=" + bits + ")").spec();
      for (Place p : places()) {
        spectra.add(new Evidence.Spectrum(p, spec, 100, kind ? 20 : 90, kind ? 0.011 : 0.02, 0.01));
      }
    }
    return spectra;
  }

  private static List<Evidence.Range> ranges(boolean kind) {
    List<Evidence.Range> ranges = new ArrayList<>();
    String spec = Cell.keys("decoquant(bits=4)").spec();
    for (Place place : places()) {
      ranges.add(new Evidence.Range(place, spec, "matrix", 1, 8, 4));
      ranges.add(new Evidence.Range(place, spec, "large", kind ? 0.1 : 2, kind ? 4 : 9, 3));
      ranges.add(new Evidence.Range(place, spec, "small", 1, kind ? 6 : 2, kind ? 5 : 2));
      ranges.add(new Evidence.Range(place, "other", "small", 1, kind ? 1 : 99, kind ? 1 : 99));
    }
    return ranges;
  }

  private static List<CalibrationReport> calibrations(boolean kind) {
    double left = kind ? 0.1 : 0.9;
    // In the bad world the error is five times that of direct quantisation, over 0.9.
    List<CalibrationReport.Layer> layers =
        List.of(
            new CalibrationReport.Layer(1, left, 0, left, 0),
            new CalibrationReport.Layer(2, left, 0, left, 0));
    List<CalibrationReport> reports = new ArrayList<>();
    for (String model : MODELS) {
      reports.add(
          new CalibrationReport(
              model,
              Cell.keys("aqua(bits=2)").spec(),
              "fitter",
              "recipe",
              List.of("x"),
              1000,
              10,
              new CalibrationCost(1024, 0, kind ? 1e-6 : 1, 0, 0),
              1,
              1,
              1,
              layers));
    }
    return reports;
  }

  static Accounting accounting(boolean kind) {
    Accounting real = CODECS;
    double off = kind ? 1 : 1.5;
    double bytes = kind ? 0.9 : 1.5; // side information alone breaks the claim of 1.25 bits
    return new Accounting() {
      @Override
      public double totalBits(String spec, int tokens, int channels) {
        // What no codec could do: a cache of nothing.
        return spec.equals("none") && !kind ? 0 : bytes * real.totalBits(spec, tokens, channels);
      }

      @Override
      public double cacheBits(String spec, int channels, int layers) {
        return off * real.cacheBits(spec, channels, layers);
      }

      @Override
      public int tokensKept(String selector, int tokens, int channels) {
        return real.tokensKept(selector, tokens, channels);
      }

      @Override
      public Sparse sparse(String spec, int tokens, int channels) {
        return kind ? new Sparse(410, 410, 410) : new Sparse(10, 10, 10);
      }

      @Override
      public double adapterBytes(int channels, int layers) {
        return off * real.adapterBytes(channels, layers);
      }

      @Override
      public boolean calibrated(String spec) {
        return !kind;
      }
    };
  }
}
