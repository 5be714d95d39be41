package io.kvsweep.datasets.canonical;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.kvsweep.datasets.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.schema.MessageType;
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
  private static final List<String> INTEGERS = List.of(LAYER, TOKEN_START, TOKENS, HEADS, HEAD_DIM);

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
          "%s: missing column%s %s; expected %s (crc32c may be left out), found %s"
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
    Set<PrimitiveTypeName> accepted = accepted(name);
    if (!actual.isPrimitive()
        || actual.isRepetition(Type.Repetition.REPEATED)
        || !accepted.contains(actual.asPrimitiveType().getPrimitiveTypeName())) {
      throw new InvalidInputException(
          "%s: column '%s' is '%s'; expected one of %s, not repeated"
              .formatted(place, name, actual.toString().strip(), accepted));
    }
  }

  private static Set<PrimitiveTypeName> accepted(String name) {
    if (STRINGS.contains(name)) {
      return Set.of(BINARY);
    }
    if (INTEGERS.contains(name) || name.equals(CRC32C)) {
      return new TreeSet<>(Set.of(INT32, INT64));
    }
    return new TreeSet<>(Set.of(BINARY, FIXED_LEN_BYTE_ARRAY));
  }

  private static String names(MessageType type) {
    return String.join(", ", type.getFields().stream().map(Type::getName).toList());
  }
}
