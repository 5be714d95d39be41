package io.kvsweep.udfs.sql;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Blocks of one tensor while a group is gathered, in any order; every token must come exactly once.
 * Payloads are kept as they are: memory is their bytes, at most {@link #MAX_BYTES}.
 */
final class TensorBlocks {
  /** Rows and arrays of the JVM end at 2^31 bytes; 1 MiB is left for what stands beside. */
  static final int MAX_BYTES = Integer.MAX_VALUE - (1 << 20);

  private static final int HEAD_BYTES = 64; // of a block when written, generously

  private final int maxBytes;
  private final List<Part> parts = new ArrayList<>();
  private long bytes;
  private boolean unknown;

  TensorBlocks(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * A block as its row has it; checked when blocks are joined.
   *
   * @param dtype label, any text
   */
  record Part(
      long tokenStart, byte[] payload, String dtype, long tokens, long heads, long headDim) {
    private long end() {
      return tokenStart + tokens;
    }
  }

  /** A whole tensor. */
  record Joined(int tokenStart, byte[] payload, DType dtype, TensorShape shape) {}

  /**
   * @throws InvalidInputException if the group then holds more than the bound
   */
  void add(Part part) {
    if (unknown) {
      return;
    }
    bytes += part.payload().length + HEAD_BYTES;
    if (bytes > maxBytes) {
      throw new InvalidInputException(
          "the blocks of a group hold more than %d bytes, with the one at token_start %d at least %d: group by model, prompt, layer and kind; a longer tensor is for kvsweep sweep"
              .formatted(maxBytes, part.tokenStart(), bytes));
    }
    parts.add(part);
  }

  /** A row of which something is null: what the tensor is, nobody knows then. */
  void addUnknown() {
    unknown = true;
    parts.clear();
    bytes = 0;
  }

  void addAll(TensorBlocks other) {
    if (other.unknown) {
      addUnknown();
    }
    other.parts.forEach(this::add);
  }

  /**
   * The tensor, from the first block that is there to the last: whether one is missing before or
   * behind them nobody can tell.
   *
   * @return empty without rows, or where one of them is unknown
   * @throws InvalidInputException if blocks do not fit together
   */
  Optional<Joined> join() {
    if (unknown || parts.isEmpty()) {
      return Optional.empty();
    }
    parts.sort(Comparator.comparingLong(Part::tokenStart).thenComparingLong(Part::tokens));
    Part first = parts.get(0);
    long expected = first.tokenStart();
    long length = 0;
    for (Part part : parts) {
      check(part, first, expected);
      expected = part.end();
      length += part.payload().length;
    }
    byte[] payload = new byte[(int) length];
    int at = 0;
    for (Part part : parts) {
      System.arraycopy(part.payload(), 0, payload, at, part.payload().length);
      at += part.payload().length;
    }
    return Optional.of(
        new Joined(
            (int) first.tokenStart(),
            payload,
            StoredTensor.dtype(first.dtype()),
            StoredTensor.shape(expected - first.tokenStart(), first.heads(), first.headDim())));
  }

  private static void check(Part part, Part first, long expected) {
    if (StoredTensor.dtype(part.dtype()) != StoredTensor.dtype(first.dtype())
        || part.heads() != first.heads()
        || part.headDim() != first.headDim()) {
      throw new InvalidInputException(
          "the block at token_start %d is %d heads x %d channels %s, the one at %d is %d x %d %s: group by model, prompt, layer and kind"
              .formatted(
                  part.tokenStart(),
                  part.heads(),
                  part.headDim(),
                  part.dtype(),
                  first.tokenStart(),
                  first.heads(),
                  first.headDim(),
                  first.dtype()));
    }
    if (part.tokenStart() != expected) {
      throw new InvalidInputException(
          "%s: the next block after token %d begins at token_start %d, expected %d: group by model, prompt, layer and kind, and leave no block out"
              .formatted(
                  part.tokenStart() < expected ? "blocks overlap" : "blocks leave a gap",
                  expected - 1,
                  part.tokenStart(),
                  expected));
    }
    StoredTensor.requireLength(
        part.payload(),
        StoredTensor.dtype(part.dtype()),
        StoredTensor.shape(part.tokens(), part.heads(), part.headDim()));
    if (part.tokenStart() < 0 || part.end() > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "token_start %d of %d tokens: positions go from 0 to %d"
              .formatted(part.tokenStart(), part.tokens(), Integer.MAX_VALUE - 1));
    }
  }

  /** For the way between the machines of one query; {@link #read} takes it back. */
  byte[] write() {
    ByteArrayOutputStream bytesOut = new ByteArrayOutputStream((int) bytes + HEAD_BYTES);
    try (DataOutputStream out = new DataOutputStream(bytesOut)) {
      out.writeBoolean(unknown);
      out.writeInt(parts.size());
      for (Part part : parts) {
        out.writeLong(part.tokenStart());
        out.writeLong(part.tokens());
        out.writeLong(part.heads());
        out.writeLong(part.headDim());
        byte[] dtype = part.dtype().getBytes(StandardCharsets.UTF_8); // any text, however long
        out.writeInt(dtype.length);
        out.write(dtype);
        out.writeInt(part.payload().length);
        out.write(part.payload());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // not of memory
    }
    return bytesOut.toByteArray();
  }

  static TensorBlocks read(byte[] written, int maxBytes) {
    TensorBlocks blocks = new TensorBlocks(maxBytes);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(written))) {
      if (in.readBoolean()) {
        blocks.addUnknown();
      }
      for (int left = in.readInt(); left > 0; left--) {
        long tokenStart = in.readLong();
        long tokens = in.readLong();
        long heads = in.readLong();
        long headDim = in.readLong();
        String dtype = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        byte[] payload = in.readNBytes(in.readInt());
        blocks.add(new Part(tokenStart, payload, dtype, tokens, heads, headDim));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // not of memory
    }
    return blocks;
  }
}
