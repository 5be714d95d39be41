package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * An open safetensors file: 8 bytes of little-endian header length, JSON header, data. Reads are
 * positional, so nothing is mapped and nothing is held beside the header.
 */
final class SafetensorsFile implements AutoCloseable {
  static final int LENGTH_BYTES = 8;

  /** The limit of the safetensors library; a longer header is a lie. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  /** How a file starts that stands for one which Git LFS keeps elsewhere. */
  private static final byte[] GIT_LFS = "version ".getBytes(StandardCharsets.US_ASCII);

  private final String place;
  private final FileChannel channel;
  private final long dataStart;
  private final SafetensorsHeader header;

  private SafetensorsFile(
      String place, FileChannel channel, long dataStart, SafetensorsHeader header) {
    this.place = place;
    this.channel = channel;
    this.dataStart = dataStart;
    this.header = header;
  }

  static SafetensorsFile open(Path file) {
    String place = file.toString();
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return open(place, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(place + ": no such file; check the path", e);
    } catch (IOException e) {
      throw unreadable(place, e);
    }
  }

  private static SafetensorsFile open(String place, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw new InvalidInputException(
          "%s: %s, expected a safetensors file (8 bytes of header length, JSON header, data); copy or capture it again"
              .formatted(place, size == 0 ? "the file is empty" : "only " + size + " bytes"));
    }
    ByteBuffer prefix = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, 0, prefix, place);
    if (Arrays.equals(prefix.array(), GIT_LFS)) {
      throw new InvalidInputException(
          place
              + ": a pointer of Git LFS, not the capture itself; 'git lfs pull' in its repository fetches that");
    }
    long length = prefix.flip().getLong();
    // Unsigned in the format: a negative long is an absurd length like any other.
    if (length < 2 || length > MAX_HEADER_BYTES || length > size - LENGTH_BYTES) {
      throw new InvalidInputException(
          "%s: byte 0 announces a header of %s bytes, but %d bytes follow (at most %d are allowed); it is truncated or no safetensors file: copy or capture it again"
              .formatted(
                  place, Long.toUnsignedString(length), size - LENGTH_BYTES, MAX_HEADER_BYTES));
    }
    ByteBuffer json = ByteBuffer.allocate((int) length);
    readFully(channel, LENGTH_BYTES, json, place);
    long dataStart = LENGTH_BYTES + length;
    SafetensorsHeader header = SafetensorsHeader.parse(json.array(), size - dataStart, place);
    return new SafetensorsFile(place, channel, dataStart, header);
  }

  String place() {
    return place;
  }

  SafetensorsHeader header() {
    return header;
  }

  /** Fills the buffer from data byte {@code offset} on. */
  void read(long offset, ByteBuffer target) {
    try {
      readFully(channel, dataStart + offset, target, place);
    } catch (IOException e) {
      throw unreadable(place, e);
    }
  }

  private static void readFully(FileChannel channel, long position, ByteBuffer target, String place)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new InvalidInputException(
            "%s: ends at byte %d, %d bytes short; it changed while it was read: try again"
                .formatted(place, at, target.remaining()));
      }
      at += count;
    }
  }

  private static InvalidInputException unreadable(String place, IOException e) {
    return new InvalidInputException(
        "%s: cannot be read: %s; check that it is a file and its permissions"
            .formatted(place, Reason.of(e)),
        e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unreadable(place, e);
    }
  }
}
