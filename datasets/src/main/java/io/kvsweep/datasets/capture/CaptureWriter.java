package io.kvsweep.datasets.capture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes {@code kv-capture/1} files: safetensors, each tensor {@code [heads, tokens, headDim]}. The
 * file appears under its name only when it is complete. Memory: two runs of about 4 MiB.
 */
public final class CaptureWriter {
  private static final int RUN_BYTES = 4 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private CaptureWriter() {}

  /**
   * Writes all tensors of a prompt, replacing an older file.
   *
   * @throws InvalidInputException if the file cannot be written
   */
  public static void write(Path file, PromptSource source) {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try {
      try (FileChannel channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        writeAll(channel, source);
      } catch (IOException | RuntimeException e) {
        Files.deleteIfExists(partial);
        throw e;
      }
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new InvalidInputException(
          "%s: cannot be written: %s; check that its folder exists, is writable and has room"
              .formatted(file, e),
          e);
    }
  }

  private static void writeAll(FileChannel channel, PromptSource source) throws IOException {
    byte[] header = header(source);
    ByteBuffer prefix = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    prefix.putLong(header.length).put(header).flip();
    long position = put(channel, 0, prefix);
    for (TensorSpec tensor : source.tensors()) {
      writeTensor(channel, position, source, tensor);
      position += tensor.bytes();
    }
  }

  private static byte[] header(PromptSource source) throws JsonProcessingException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", metadata(source));
    long offset = 0;
    for (TensorSpec tensor : source.tensors()) {
      TensorShape shape = tensor.shape();
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", tensor.dtype().name());
      entry.put("shape", List.of(shape.heads(), shape.tokens(), shape.headDim()));
      entry.put("data_offsets", List.of(offset, offset + tensor.bytes()));
      header.put(tensor.name(), entry);
      offset += tensor.bytes();
    }
    byte[] json = MAPPER.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' '); // data starts at a multiple of 8
    return padded;
  }

  private static Map<String, String> metadata(PromptSource source) {
    ModelInfo model = source.model();
    PromptHead prompt = source.prompt();
    Map<String, String> out = new TreeMap<>(prompt.metadata());
    out.put("format", CaptureMetadata.FORMAT);
    out.put("model", model.model());
    out.put("prompt", prompt.prompt());
    out.put("architecture", model.architecture());
    out.put("tokens", Integer.toString(prompt.tokens()));
    out.put("first_position", Integer.toString(prompt.firstPosition()));
    out.put("key_rope_stage", model.keyStage().label());
    out.put("query_rope_stage", model.queryStage().label());
    out.put("attention_scale", Double.toString(model.attentionScale()));
    prompt
        .queryFirstPosition()
        .ifPresent(first -> out.put("query_first_position", Integer.toString(first)));
    if (source.tensors().stream().anyMatch(t -> t.kind() == TensorKind.QUERY_MOMENT)) {
      out.put(CaptureMetadata.QUERY_MOMENT_STAGE, model.stage(TensorKind.QUERY_MOMENT).label());
    }
    model
        .rope()
        .ifPresent(
            rope -> {
              out.put("rope_type", "default");
              out.put("rope_layout", "half");
              out.put("rope_theta", Double.toString(rope.theta()));
            });
    return out;
  }

  private static void writeTensor(
      FileChannel channel, long start, PromptSource source, TensorSpec tensor) throws IOException {
    TensorShape shape = tensor.shape();
    int vector = shape.headDim() * tensor.dtype().bytes();
    int run = Math.min(shape.tokens(), Math.max(1, RUN_BYTES / tensor.rowBytes()));
    byte[] rows = new byte[run * tensor.rowBytes()];
    byte[] slice = new byte[run * vector];
    for (int row = 0; row < shape.tokens(); row += run) {
      int count = Math.min(run, shape.tokens() - row);
      source.read(tensor, row, count, rows);
      for (int head = 0; head < shape.heads(); head++) {
        for (int i = 0; i < count; i++) {
          System.arraycopy(rows, (i * shape.heads() + head) * vector, slice, i * vector, vector);
        }
        long at = start + ((long) head * shape.tokens() + row) * vector;
        put(channel, at, ByteBuffer.wrap(slice, 0, count * vector));
      }
    }
  }

  private static long put(FileChannel channel, long position, ByteBuffer bytes) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    return at;
  }
}
