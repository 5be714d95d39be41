package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import java.util.function.Function;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Turns a Parquet record into a checked block. */
final class BlockParser {
  private static final byte[] NO_PAYLOAD = new byte[0];

  private final Group row;
  private final String place;

  private BlockParser(Group row, String place) {
    this.row = row;
    this.place = place;
  }

  static Block parse(Group row, boolean payload, String place) {
    BlockParser parser = new BlockParser(row, place);
    Block block =
        new Block(
            new PromptKey(parser.text(CanonicalSchema.MODEL), parser.text(CanonicalSchema.PROMPT)),
            parser.integer(CanonicalSchema.LAYER, 0),
            parser.label(CanonicalSchema.KIND, TensorKind::of),
            parser.integer(CanonicalSchema.TOKEN_START, 0),
            parser.integer(CanonicalSchema.TOKENS, 1),
            parser.integer(CanonicalSchema.HEADS, 1),
            parser.integer(CanonicalSchema.HEAD_DIM, 1),
            parser.label(CanonicalSchema.DTYPE, DType::of),
            parser.label(CanonicalSchema.ROPE_STAGE, RopeStage::of),
            payload ? parser.payload() : NO_PAYLOAD);
    if (payload) {
      parser.check(block);
    }
    return block;
  }

  private void check(Block block) {
    if (block.payload().length != block.bytes()) {
      throw new InvalidInputException(
          "%s: %s: payload has %d bytes; expected %d (%d tokens x %d heads x %d channels x %d bytes of %s): write the numbers of the whole block, in that dtype"
              .formatted(
                  place,
                  block.name(),
                  block.payload().length,
                  block.bytes(),
                  block.tokens(),
                  block.heads(),
                  block.headDim(),
                  block.dtype().bytes(),
                  block.dtype().label()));
    }
    if (absent(CanonicalSchema.CRC32C)) {
      return;
    }
    long expected = integer(CanonicalSchema.CRC32C, 0, 0xffffffffL);
    long actual = Hashes.crc32c(block.payload(), block.payload().length);
    if (actual != expected) {
      throw new InvalidInputException(
          "%s: %s: crc32c of the payload is %d, the row says %d; the block is damaged: import or copy the file again"
              .formatted(place, block.name(), actual, expected));
    }
  }

  private byte[] payload() {
    required(CanonicalSchema.PAYLOAD);
    return row.getBinary(CanonicalSchema.PAYLOAD, 0).getBytesUnsafe();
  }

  private String text(String column) {
    required(column);
    return row.getBinary(column, 0).toStringUsingUTF8();
  }

  private <T> T label(String column, Function<String, T> parse) {
    try {
      return parse.apply(text(column));
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: column '%s': %s".formatted(place, column, e.getMessage()), e);
    }
  }

  private int integer(String column, int min) {
    required(column);
    return (int) integer(column, min, Integer.MAX_VALUE);
  }

  private long integer(String column, long min, long max) {
    boolean narrow =
        row.getType().getType(column).asPrimitiveType().getPrimitiveTypeName()
            == PrimitiveTypeName.INT32;
    long value = narrow ? row.getInteger(column, 0) : row.getLong(column, 0);
    if (narrow && max > Integer.MAX_VALUE) {
      value &= max; // an unsigned 32-bit column
    }
    if (value < min || value > max) {
      throw new InvalidInputException(
          "%s: column '%s' is %d; expected %d to %d".formatted(place, column, value, min, max));
    }
    return value;
  }

  private boolean absent(String column) {
    return !row.getType().containsField(column) || row.getFieldRepetitionCount(column) == 0;
  }

  private void required(String column) {
    if (absent(column)) {
      throw new InvalidInputException(
          "%s: column '%s' is null; expected a value in every row: write the row again"
              .formatted(place, column));
    }
  }
}
