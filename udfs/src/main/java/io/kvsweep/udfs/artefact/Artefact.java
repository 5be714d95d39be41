package io.kvsweep.udfs.artefact;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.LittleEndian;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A calibrated artefact: what it follows from and what the method made of it.
 *
 * <pre>
 * magic "KVSA", format version (4 bytes, little-endian)
 * length of the recipe (4 bytes, little-endian), recipe:
 *   model, specification, fitter, number of inputs, then prompt, tensor and sha256 of each,
 *   as java.io.DataOutput writes texts and numbers
 * body, in the format of the method
 * CRC32C of all before (4 bytes, little-endian)
 * </pre>
 */
public final class Artefact {
  private static final int MAGIC = 0x4153564b; // "KVSA"
  private static final int VERSION = 1;
  private static final int HEADER = 12;
  private static final int TRAILER = 4;

  private final Recipe recipe;
  private final byte[] bytes;
  private final int bodyStart;

  private Artefact(Recipe recipe, byte[] bytes, int bodyStart) {
    this.recipe = recipe;
    this.bytes = bytes;
    this.bodyStart = bodyStart;
  }

  /** Puts an artefact together. */
  public static Artefact of(Recipe recipe, byte[] body) {
    byte[] head = encode(recipe);
    int bodyStart = HEADER + head.length;
    byte[] bytes = new byte[Math.addExact(Math.addExact(bodyStart, body.length), TRAILER)];
    LittleEndian.putInt(bytes, 0, MAGIC);
    LittleEndian.putInt(bytes, 4, VERSION);
    LittleEndian.putInt(bytes, 8, head.length);
    System.arraycopy(head, 0, bytes, HEADER, head.length);
    System.arraycopy(body, 0, bytes, bodyStart, body.length);
    LittleEndian.putInt(bytes, bytes.length - TRAILER, checksum(bytes));
    return new Artefact(recipe, bytes, bodyStart);
  }

  /**
   * Opens the bytes of a file.
   *
   * @param place the file, for messages
   * @throws InvalidInputException if they are damaged or of another version
   */
  public static Artefact read(byte[] bytes, String place) {
    if (bytes.length < HEADER + TRAILER || LittleEndian.getInt(bytes, 0) != MAGIC) {
      throw new InvalidInputException(
          place + ": no artefact of kvsweep; make one with 'kvsweep calibrate'");
    }
    if (LittleEndian.getInt(bytes, 4) != VERSION) {
      throw new InvalidInputException(
          "%s: artefact format %d, this kvsweep reads %d; calibrate again"
              .formatted(place, LittleEndian.getInt(bytes, 4), VERSION));
    }
    int recipeLength = LittleEndian.getInt(bytes, 8);
    if (recipeLength < 0
        || recipeLength > bytes.length - HEADER - TRAILER
        || LittleEndian.getInt(bytes, bytes.length - TRAILER) != checksum(bytes)) {
      throw new InvalidInputException(
          place + ": the artefact is damaged, its checksum does not fit; calibrate again");
    }
    Recipe recipe = decode(Arrays.copyOfRange(bytes, HEADER, HEADER + recipeLength));
    return new Artefact(recipe, bytes, HEADER + recipeLength);
  }

  /** What it follows from. */
  public Recipe recipe() {
    return recipe;
  }

  /** The whole file; not copied. */
  public byte[] bytes() {
    return bytes;
  }

  /** First byte of the method's part. */
  public int bodyStart() {
    return bodyStart;
  }

  /** Bytes of the method's part. */
  public int bodyLength() {
    return bytes.length - TRAILER - bodyStart;
  }

  /**
   * What blocks are bound to: the recipe and, should two machines ever fit different floats, the
   * bytes.
   */
  public String fingerprint() {
    return "%s-%08x".formatted(recipe.hash(), LittleEndian.getInt(bytes, bytes.length - TRAILER));
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - TRAILER);
    return (int) crc.getValue();
  }

  private static byte[] encode(Recipe recipe) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(recipe.model());
      out.writeUTF(recipe.spec());
      out.writeUTF(recipe.fitter());
      out.writeInt(recipe.inputs().size());
      for (Recipe.Input input : recipe.inputs()) {
        out.writeUTF(input.prompt());
        out.writeUTF(input.tensor());
        out.writeUTF(input.sha256());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("names longer than 64 KiB", e);
    }
    return bytes.toByteArray();
  }

  private static Recipe decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String model = in.readUTF();
      String spec = in.readUTF();
      String fitter = in.readUTF();
      int count = in.readInt();
      List<Recipe.Input> inputs = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        inputs.add(new Recipe.Input(in.readUTF(), in.readUTF(), in.readUTF()));
      }
      return new Recipe(model, spec, fitter, inputs);
    } catch (IOException e) {
      throw new UncheckedIOException("the checksum was right", e);
    }
  }
}
