package io.kvsweep.datasets.canonical;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Objects;

/** Identity of a prompt: name of the model, name of the prompt. */
public record PromptKey(String model, String prompt)
    implements Serializable, Comparable<PromptKey> {
  private static final Comparator<PromptKey> ORDER =
      Comparator.comparing(PromptKey::model).thenComparing(PromptKey::prompt);

  public PromptKey {
    Objects.requireNonNull(model);
    Objects.requireNonNull(prompt);
  }

  @Override
  public int compareTo(PromptKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return model + "/" + prompt;
  }
}
