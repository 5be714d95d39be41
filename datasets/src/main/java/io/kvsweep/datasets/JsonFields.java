package io.kvsweep.datasets;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A JSON object read strictly: a repeated key, text after the object, a missing or unknown key and
 * a value of another type are {@link InvalidInputException}s that name the place.
 */
public final class JsonFields {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** How the parser names another place in the text: with words about a setting of its own. */
  private static final Pattern SOURCE =
      Pattern.compile("\\[Source: .*; line: (\\d+), column: (\\d+)]");

  private final String place;
  private final JsonNode node;

  private JsonFields(String place, JsonNode node) {
    this.place = place;
    this.node = node;
  }

  /**
   * Parses one object.
   *
   * @param json UTF-8 text
   * @param place file or part of a file, the start of every message
   */
  public static JsonFields parse(byte[] json, String place) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(place + ": not valid UTF-8; write it again", e);
    }
    try {
      JsonNode node = MAPPER.readTree(text);
      return object(place, node);
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " at line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new InvalidInputException(
          "%s: malformed JSON%s: %s; write the file again"
              .formatted(
                  place,
                  where,
                  SOURCE.matcher(e.getOriginalMessage()).replaceAll("line $1, column $2")),
          e);
    }
  }

  private static JsonFields object(String place, JsonNode node) {
    if (!node.isObject()) {
      throw new InvalidInputException(
          "%s: expected a JSON object, found %s".formatted(place, describe(node)));
    }
    return new JsonFields(place, node);
  }

  /** Where this object stands, for messages. */
  public String place() {
    return place;
  }

  /** Keys in the order of the file. */
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** Whether the key is there with a value other than null. */
  public boolean has(String key) {
    return node.hasNonNull(key);
  }

  /** Refuses keys other than these, which are mostly slips of the pen. */
  public void allowOnly(String... known) {
    for (String key : keys()) {
      if (!Set.of(known).contains(key)) {
        throw new InvalidInputException(
            "%s: unknown key '%s'; known keys: %s"
                .formatted(place, key, String.join(", ", new TreeSet<>(Set.of(known)))));
      }
    }
  }

  /** The string under a key. */
  public String text(String key) {
    JsonNode value = required(key, "a string");
    if (!value.isTextual()) {
      throw mismatch(key, "a string", value);
    }
    return value.textValue();
  }

  /** The integer under a key, within {@code [min, max]}. */
  public long integer(String key, long min, long max) {
    String expected = "an integer from " + min + " to " + max;
    JsonNode value = required(key, expected);
    return integer(key, value, expected, min, max);
  }

  /** The finite number under a key. */
  public double number(String key) {
    JsonNode value = required(key, "a number");
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw mismatch(key, "a finite number", value);
    }
    return value.doubleValue();
  }

  /** The list of integers under a key, each at least {@code min}. */
  public long[] integers(String key, long min) {
    JsonNode list = list(key);
    long[] out = new long[list.size()];
    for (int i = 0; i < out.length; i++) {
      String expected = "an integer of at least " + min;
      out[i] = integer(key + "[" + i + "]", list.get(i), expected, min, Long.MAX_VALUE);
    }
    return out;
  }

  /** The object under a key. */
  public JsonFields object(String key) {
    return object(place + ": " + key, required(key, "an object"));
  }

  /** The list of objects under a key. */
  public List<JsonFields> objects(String key) {
    JsonNode list = list(key);
    List<JsonFields> out = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      out.add(object("%s: %s[%d]".formatted(place, key, i), list.get(i)));
    }
    return out;
  }

  /** All fields of this object, each of which must be a string, sorted by key. */
  public Map<String, String> texts() {
    Map<String, String> out = new TreeMap<>();
    for (String key : keys()) {
      out.put(key, text(key));
    }
    return out;
  }

  private JsonNode list(String key) {
    JsonNode value = required(key, "a list");
    if (!value.isArray()) {
      throw mismatch(key, "a list", value);
    }
    return value;
  }

  private long integer(String key, JsonNode value, String expected, long min, long max) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw mismatch(key, expected, value);
    }
    long number = value.longValue();
    if (number < min || number > max) {
      throw mismatch(key, expected, value);
    }
    return number;
  }

  private JsonNode required(String key, String expected) {
    JsonNode value = node.get(key);
    if (value == null) {
      throw new InvalidInputException(
          "%s: '%s' is missing; expected %s".formatted(place, key, expected));
    }
    return value;
  }

  private InvalidInputException mismatch(String key, String expected, JsonNode actual) {
    return new InvalidInputException(
        "%s: '%s' must be %s, found %s".formatted(place, key, expected, describe(actual)));
  }

  private static String describe(JsonNode node) {
    if (node.isMissingNode()) {
      return "nothing";
    }
    String text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }
}
