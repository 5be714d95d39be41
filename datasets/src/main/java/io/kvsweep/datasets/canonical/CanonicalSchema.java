package io.kvsweep.datasets.canonical;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.kvsweep.datasets.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** Columns of a canonical Parquet file, as written, and what is taken from other writers. */
final class CanonicalSchema {
  /** Version of the whole dataset layout. */
  static final String VERSION = "kvsweep-dataset/1";

  /** Counts changes of how this program writes files of the same layout. */
  static final String WRITER = "kvsweep 1";

  static final String MODEL = "model";
  static final String PROMPT = "prompt";
  static final String LAYER = "layer";
  static final String KIND = "kind";
  static final String TOKEN_START = "token_start";
  static final String TOKENS = "tokens";
  static final String HEADS = "heads";
  static final String HEAD_DIM = "head_dim";
  static final String DTYPE = "dtype";
  static final String ROPE_STAGE = "rope_stage";
  static final String PAYLOAD = "payload";
  static final String CRC32C = "crc32c";

  private static final List<String> STRINGS = List.of(MODEL, PROMPT, KIND, DTYPE, ROPE_STAGE);

  private CanonicalSchema() {}

  /** The schema as written. */
  static MessageType written() {
    return Types.buildMessage()
        .required(BINARY)
        .as(stringType())
        .named(MODEL)
        .required(BINARY)
        .as(stringType())
        .named(PROMPT)
        .required(INT32)
        .named(LAYER)
        .required(BINARY)
        .as(stringType())
        .named(KIND)
        .required(INT32)
        .named(TOKEN_START)
        .required(INT32)
        .named(TOKENS)
        .required(INT32)
        .named(HEADS)
        .required(INT32)
        .named(HEAD_DIM)
        .required(BINARY)
        .as(stringType())
        .named(DTYPE)
        .required(BINARY)
        .as(stringType())
        .named(ROPE_STAGE)
        .required(BINARY)
        .named(PAYLOAD)
        .optional(INT64)
        .named(CRC32C)
        .named("kvsweep_block");
  }

  /**
   * The columns to read from a file of this schema, in any of the types that other writers choose;
   * columns that are not ours are left out.
   *
   * @throws InvalidInputException naming missing columns and columns of another type
   */
  static MessageType projection(MessageType file, boolean payload, String place) {
    List<Type> fields = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Type column : written().getFields()) {
      String name = column.getName();
      boolean wanted = payload || !(name.equals(PAYLOAD) || name.equals(CRC32C));
      if (file.containsField(name)) {
        Type actual = file.getType(name);
        checkType(name, actual, place);
        if (wanted) {
          fields.add(actual);
        }
      } else if (!name.equals(CRC32C)) {
        missing.add(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new InvalidInputException(
          "%s: missing column%s %s; expected %s (crc32c may be left out), found %s: write the file again"
              .formatted(
                  place,
                  missing.size() == 1 ? "" : "s",
                  String.join(", ", missing),
                  names(written()),
                  names(file)));
    }
    return new MessageType(file.getName(), fields);
  }

  private static void checkType(String name, Type actual, String place) {
    if (!actual.isPrimitive()
        || actual.isRepetition(Type.Repetition.REPEATED)
        || !accepted(name, actual.asPrimitiveType())) {
      throw new InvalidInputException(
          "%s: column '%s' is '%s'; expected %s: write the file again"
              .formatted(
                  place, name, actual.toString().replaceAll("\\s+", " ").strip(), type(name)));
    }
  }

  private static boolean accepted(String name, PrimitiveType actual) {
    PrimitiveTypeName stored = actual.getPrimitiveTypeName();
    if (STRINGS.contains(name)) {
      return stored == BINARY;
    }
    if (name.equals(PAYLOAD)) {
      return stored == BINARY || stored == FIXED_LEN_BYTE_ARRAY;
    }
    LogicalTypeAnnotation meaning = actual.getLogicalTypeAnnotation(); // decimals are no integers
    return (stored == INT32 || stored == INT64)
        && (meaning == null || meaning instanceof IntLogicalTypeAnnotation);
  }

  private static String type(String name) {
    if (STRINGS.contains(name)) {
      return "a string";
    }
    return name.equals(PAYLOAD)
        ? "binary, the bytes of the block's numbers (of a numpy array: tobytes())"
        : "an integer, int32 or int64";
  }

  private static String names(MessageType type) {
    return String.join(", ", type.getFields().stream().map(Type::getName).toList());
  }
}
