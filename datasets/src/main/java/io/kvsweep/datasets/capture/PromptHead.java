package io.kvsweep.datasets.capture;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What is known of a prompt beside its tensors.
 *
 * @param model name of the model
 * @param prompt name of the prompt
 * @param tokens number of tokens of keys and values
 * @param firstPosition position of the first token
 * @param queryFirstPosition position of the first query, where there are queries
 * @param metadata everything else the capture said, such as {@code nats_per_token}; sorted
 */
public record PromptHead(
    String model,
    String prompt,
    int tokens,
    int firstPosition,
    OptionalInt queryFirstPosition,
    Map<String, String> metadata) {
  /** What tables call the lines over models, and so no model. */
  public static final String ALL_MODELS = "all models";

  public PromptHead {
    Objects.requireNonNull(model);
    Objects.requireNonNull(prompt);
    Objects.requireNonNull(queryFirstPosition);
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    if (model.isBlank() || prompt.isBlank()) {
      throw new IllegalArgumentException(
          "model '%s' and prompt '%s' must not be blank".formatted(model, prompt));
    }
    if (model.equals(ALL_MODELS)) {
      throw new IllegalArgumentException(
          "a model must not be named '%s', as tables name their lines over models; rename it"
              .formatted(model));
    }
    long end = (long) firstPosition + tokens;
    if (tokens < 1 || firstPosition < 0 || end > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d tokens from position %d: expected at least one token and positions from 0 to 2^31 - 1"
              .formatted(tokens, firstPosition));
    }
    if (queryFirstPosition.isPresent()
        && (queryFirstPosition.getAsInt() < firstPosition
            || queryFirstPosition.getAsInt() >= end)) {
      throw new IllegalArgumentException(
          "query_first_position %d lies outside the prompt's positions %d to %d"
              .formatted(queryFirstPosition.getAsInt(), firstPosition, end - 1));
    }
  }
}
