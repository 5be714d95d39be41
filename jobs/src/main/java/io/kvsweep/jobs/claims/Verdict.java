package io.kvsweep.jobs.claims;

/** What comes of a claim. */
enum Verdict {
  HOLDS("holds"),
  DOES_NOT_HOLD("does not hold"),
  NOT_MEASURABLE("not measurable here");

  private final String label;

  Verdict(String label) {
    this.label = label;
  }

  /** Name in tables. */
  String label() {
    return label;
  }
}
