package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The metadata of a capture's header, parsed.
 *
 * @param extra what this format does not define, kept as it is
 */
record CaptureMetadata(
    String model,
    String prompt,
    String architecture,
    int tokens,
    int firstPosition,
    OptionalInt queryFirstPosition,
    RopeStage keyStage,
    RopeStage queryStage,
    Optional<Rope> rope,
    double attentionScale,
    Map<String, String> extra) {
  static final String FORMAT = "kv-capture/1";
  static final String QUERY_MOMENT_STAGE = "query_moment_rope_stage";

  private static final Set<String> KNOWN =
      Set.of(
          "format",
          "model",
          "prompt",
          "architecture",
          "tokens",
          "key_rope_stage",
          "query_rope_stage",
          QUERY_MOMENT_STAGE,
          "rope_type",
          "rope_theta",
          "rope_layout",
          "first_position",
          "query_first_position",
          "attention_scale");
  private static final Pattern INTEGER = Pattern.compile("\\d{1,10}");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,4})?");

  /**
   * @param queries whether there are queries, which need a stage and a position
   * @param moments whether there are moments of queries, which need a stage
   */
  static CaptureMetadata parse(
      Map<String, String> metadata, boolean queries, boolean moments, String place) {
    Reader reader = new Reader(metadata, place);
    reader.fixed("format", FORMAT);
    RopeStage keyStage = reader.stage("key_rope_stage");
    // Without queries nobody needs their stage; they are taken to be like the keys.
    RopeStage queryStage =
        queries || metadata.containsKey("query_rope_stage")
            ? reader.stage("query_rope_stage")
            : keyStage;
    boolean rotates = keyStage != RopeStage.NONE || queryStage != RopeStage.NONE;
    if (moments) {
      reader.rotated(QUERY_MOMENT_STAGE, rotates);
    }
    Map<String, String> extra = new TreeMap<>(metadata);
    extra.keySet().removeAll(KNOWN);
    return new CaptureMetadata(
        reader.name("model"),
        reader.name("prompt"),
        reader.name("architecture"),
        reader.integer("tokens", 1),
        reader.integer("first_position", 0),
        queries ? OptionalInt.of(reader.integer("query_first_position", 0)) : OptionalInt.empty(),
        keyStage,
        queryStage,
        rotates ? Optional.of(reader.rope()) : Optional.empty(),
        reader.positive("attention_scale"),
        extra);
  }

  /** Typed access with messages that name the file and the key. */
  private record Reader(Map<String, String> metadata, String place) {
    String text(String key, String expected) {
      String value = metadata.get(key);
      if (value == null) {
        throw new InvalidInputException(
            "%s: metadata '%s' is missing; expected %s: datasets/README.md says what a capture needs"
                .formatted(place, key, expected));
      }
      return value;
    }

    String name(String key) {
      String value = text(key, "a name");
      if (value.isBlank()
          || value.length() > 300
          || value.chars().anyMatch(Character::isISOControl)) {
        throw invalid(key, value, "a name of 1 to 300 printable characters");
      }
      return value;
    }

    void fixed(String key, String expected) {
      String value = text(key, "'" + expected + "'");
      if (!value.equals(expected)) {
        throw invalid(key, value, "'" + expected + "', the only one supported");
      }
    }

    /** Of rotary embeddings one is supported, but keys can be captured after any. */
    private void embedding(String key, String expected) {
      String value = text(key, "'" + expected + "'");
      if (!value.equals(expected)) {
        throw invalid(
            key,
            value,
            "'"
                + expected
                + "', the only one supported; for others capture keys and queries after the rotary"
                + " embedding and give both stages as none: datasets/README.md, 'Other rotary"
                + " embeddings'");
      }
    }

    RopeStage stage(String key) {
      return stage(key, "pre, post or none");
    }

    private RopeStage stage(String key, String expected) {
      String value = text(key, expected);
      try {
        return RopeStage.of(value);
      } catch (IllegalArgumentException e) {
        throw invalid(key, value, expected);
      }
    }

    /** Moments of queries are those of what attention multiplies with keys. */
    void rotated(String key, boolean rotates) {
      String expected =
          rotates
              ? "post: the mean of q q^T after the rotary embedding, which turns each query by its own angle"
              : "none, as the model has no rotary embedding";
      RopeStage stage = stage(key, expected);
      if (stage != (rotates ? RopeStage.POST : RopeStage.NONE)) {
        throw invalid(key, stage.label(), expected);
      }
    }

    int integer(String key, int min) {
      String expected = "an integer from " + min + " to " + Integer.MAX_VALUE;
      String value = text(key, expected);
      if (!INTEGER.matcher(value).matches()
          || Long.parseLong(value) < min
          || Long.parseLong(value) > Integer.MAX_VALUE) {
        throw invalid(key, value, expected);
      }
      return Integer.parseInt(value);
    }

    double positive(String key) {
      String expected = "a finite number above 0";
      String value = text(key, expected);
      if (!NUMBER.matcher(value).matches()) {
        throw invalid(key, value, expected);
      }
      double number = Double.parseDouble(value);
      if (!(number > 0) || Double.isInfinite(number)) {
        throw invalid(key, value, expected);
      }
      return number;
    }

    Rope rope() {
      embedding("rope_type", "default");
      embedding("rope_layout", "half");
      double theta = positive("rope_theta");
      if (!(theta > 1)) {
        throw invalid("rope_theta", metadata.get("rope_theta"), "a finite number above 1");
      }
      return new Rope(theta);
    }

    InvalidInputException invalid(String key, String value, String expected) {
      return new InvalidInputException(
          String.format(
              Locale.ROOT, "%s: metadata '%s' is '%s'; expected %s", place, key, value, expected));
    }
  }
}
