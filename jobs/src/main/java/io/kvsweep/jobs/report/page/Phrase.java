package io.kvsweep.jobs.report.page;

import java.util.Map;
import java.util.TreeMap;

/**
 * What both the tables without scripts and the script say: written once, with {@code {}} for what
 * differs. The script has them as data.
 */
enum Phrase {
  BEST_TABLE("{} of {}: best method at each number of effective bits per value"),
  NOT_MEASURED("not measured"),
  NONE_COMPLETE("no method measured every cell"),
  UP_TO("up to {}"),
  MEASURED_AT("measured at {} bits"),
  MEASURED_BEATS("measured at {} bits, beats {}"),
  BEST_OF("best of {}"),
  END_OF_BEST("measured at {} bits, {}"),
  ENDS_OF_BEST("{} bits at the furthest, {}"),
  AS_AT("as at {} bits, {}"),
  NONE_THIS_SMALL("none this small"),
  CLOSEST("closest: {}, {} bits"),
  SELECTORS_LEFT_OUT(
      "{} with a token selector left out: this error is of the tokens that stay. Attention output error compares them."),
  SPAN("{} to {} bits{}, {}"),
  ON_EVERY_MODEL(" on every model"),
  NOT_AVERAGED(
      "Shapes differ, and with them the bits of side information: no picture averages models. Choose one above, or see each below."),
  INTERVAL("{} to {}"),
  WITH_INTERVAL("{} ({} to {})"),
  NO_PAIRS("\u2013 no pairs"),
  NO_LOGARITHM("\u2013 an error that is 0 or not there"),
  ONE_PROMPT("\u2013 no interval: a model has one prompt"),
  SPECTRA_TABLE("Singular values, in short"),
  SPECTRA_NMSE("nmse predicted and measured: of {}"),
  NOTHING_RUN("Nothing was run on {} with {} compressed."),
  ALL_FAILED("all {} failed: why"),
  ONE_FAILED("its one cell failed: why"),
  NO_SUCH_ERROR("No cell here has {}; errors of attention need queries in the capture."),
  KEYS_ALONE("{} is of keys alone, and ranks nothing where values are compressed."),
  NO_CURVE("Nothing was measured by which methods compare: see Missing."),
  NO_CURVE_REACHES(
      "No curve reaches one of these sizes: it takes several rates of a method, each with every cell measured."),
  NO_REFERENCE("No method here has a reference measured on the same tensors."),
  BLANK_DATASET("; DATASET is the folder of the reconstructions, which results do not name"),
  BLANK_ARTEFACTS("; ARTEFACTS is that of kvsweep calibrate, which results do not name"),
  NO_SPECTRA("No spectra here: a sweep writes them for cells with an svdq codec.");

  private final String pattern;

  Phrase(String pattern) {
    this.pattern = pattern;
  }

  /** The phrase with as many values as it has holes. */
  String of(Object... values) {
    return String.format(pattern.replace("%", "%%").replace("{}", "%s"), values);
  }

  /** Patterns by name. */
  static Map<String, String> all() {
    Map<String, String> all = new TreeMap<>();
    for (Phrase phrase : values()) {
      all.put(phrase.name(), phrase.pattern);
    }
    return all;
  }
}
