package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.JsonFields;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses {@code dataset.json}. */
final class ManifestReader {
  private static final Pattern SCHEMA = Pattern.compile("kvsweep-dataset/(\\d{1,6})");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private ManifestReader() {}

  /**
   * @param complete whether schema, tensors and files must be there; without, for a folder that
   *     somebody else wrote, models and prompts do
   */
  static DatasetManifest read(byte[] json, String place, boolean complete) {
    JsonFields root = JsonFields.parse(json, place);
    if (complete || root.has("schema")) {
      checkSchema(root, place);
    }
    root.allowOnly("schema", "models", "prompts", "files");
    List<ModelInfo> models = list(root, "models", ManifestReader::model);
    List<PromptInfo> prompts = list(root, "prompts", fields -> prompt(fields, complete));
    List<DataFile> files =
        complete || root.has("files") ? list(root, "files", ManifestReader::file) : List.of();
    return checked(place, () -> new DatasetManifest(models, prompts, files));
  }

  private static void checkSchema(JsonFields root, String place) {
    String schema = root.text("schema");
    if (schema.equals(CanonicalSchema.VERSION)) {
      return;
    }
    Matcher matcher = SCHEMA.matcher(schema);
    if (matcher.matches() && Integer.parseInt(matcher.group(1)) > 1) {
      throw new InvalidInputException(
          "%s: schema '%s' is newer than this kvsweep, which knows '%s'; use a newer kvsweep"
              .formatted(place, schema, CanonicalSchema.VERSION));
    }
    throw new InvalidInputException(
        "%s: unknown schema '%s'; expected '%s': is this a kvsweep dataset?"
            .formatted(place, schema, CanonicalSchema.VERSION));
  }

  private static ModelInfo model(JsonFields fields) {
    fields.allowOnly(
        "model",
        "architecture",
        "query_heads",
        "kv_heads",
        "head_dim",
        "key_rope_stage",
        "query_rope_stage",
        "rope_type",
        "rope_theta",
        "rope_layout",
        "attention_scale");
    Optional<Rope> rope = Optional.empty();
    if (fields.has("rope_theta")) {
      fixed(fields, "rope_type", "default");
      fixed(fields, "rope_layout", "half");
      rope = Optional.of(new Rope(fields.number("rope_theta")));
    }
    return new ModelInfo(
        fields.text("model"),
        fields.text("architecture"),
        (int) fields.integer("query_heads", 0, Integer.MAX_VALUE),
        (int) fields.integer("kv_heads", 1, Integer.MAX_VALUE),
        (int) fields.integer("head_dim", 1, Integer.MAX_VALUE),
        RopeStage.of(fields.text("key_rope_stage")),
        RopeStage.of(fields.text("query_rope_stage")),
        rope,
        fields.number("attention_scale"));
  }

  private static void fixed(JsonFields fields, String key, String expected) {
    if (!fields.text(key).equals(expected)) {
      throw new InvalidInputException(
          "%s: '%s' is '%s'; expected '%s', the only one supported"
              .formatted(fields.place(), key, fields.text(key), expected));
    }
  }

  private static PromptInfo prompt(JsonFields fields, boolean complete) {
    fields.allowOnly(
        "model",
        "prompt",
        "tokens",
        "first_position",
        "query_first_position",
        "metadata",
        "tensors");
    return new PromptInfo(
        fields.text("model"),
        fields.text("prompt"),
        (int) fields.integer("tokens", 1, Integer.MAX_VALUE),
        (int) fields.integer("first_position", 0, Integer.MAX_VALUE),
        fields.has("query_first_position")
            ? OptionalInt.of((int) fields.integer("query_first_position", 0, Integer.MAX_VALUE))
            : OptionalInt.empty(),
        fields.has("metadata") ? fields.object("metadata").texts() : Map.of(),
        complete || fields.has("tensors")
            ? list(fields, "tensors", ManifestReader::tensor)
            : List.of());
  }

  private static TensorInfo tensor(JsonFields fields) {
    fields.allowOnly("layer", "kind", "shape", "dtype", "rope_stage", "first_position", "sha256");
    long[] shape = fields.integers("shape", 1);
    if (shape.length != 3) {
      throw new InvalidInputException(
          "%s: 'shape' must be [tokens, heads, head_dim], found %d sizes"
              .formatted(fields.place(), shape.length));
    }
    return new TensorInfo(
        (int) fields.integer("layer", 0, Integer.MAX_VALUE),
        TensorKind.of(fields.text("kind")),
        new TensorShape(
            Math.toIntExact(shape[0]), Math.toIntExact(shape[1]), Math.toIntExact(shape[2])),
        DType.of(fields.text("dtype")),
        RopeStage.of(fields.text("rope_stage")),
        (int) fields.integer("first_position", 0, Integer.MAX_VALUE),
        sha256(fields));
  }

  private static DataFile file(JsonFields fields) {
    fields.allowOnly("path", "bytes", "sha256", "prompts");
    return new DataFile(
        fields.text("path"),
        fields.integer("bytes", 0, Long.MAX_VALUE),
        sha256(fields),
        list(fields, "prompts", key -> new PromptKey(key.text("model"), key.text("prompt"))));
  }

  private static String sha256(JsonFields fields) {
    String hash = fields.text("sha256");
    if (!SHA256.matcher(hash).matches()) {
      throw new InvalidInputException(
          "%s: 'sha256' must be 64 lower-case hexadecimal digits, found '%s'"
              .formatted(fields.place(), hash));
    }
    return hash;
  }

  private static <T> List<T> list(JsonFields fields, String key, Function<JsonFields, T> parse) {
    return fields.objects(key).stream()
        .map(item -> checked(item.place(), () -> parse.apply(item)))
        .toList();
  }

  /** Puts the place in front of what the value types' own checks say. */
  private static <T> T checked(String place, Supplier<T> parse) {
    try {
      return parse.get();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new InvalidInputException(place + ": " + e.getMessage(), e);
    }
  }
}
