package io.kvsweep.jobs.claims;

import java.util.Comparator;

/** Where something was measured. */
record Place(String model, String prompt, int layer) implements Comparable<Place> {
  private static final Comparator<Place> ORDER =
      Comparator.comparing(Place::model)
          .thenComparing(Place::prompt)
          .thenComparingInt(Place::layer);

  boolean samePrompt(Place other) {
    return model.equals(other.model) && prompt.equals(other.prompt);
  }

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }
}
