package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.TensorKind;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Carries tensors from a source block by block: refuses NaN, infinities and moments of queries that
 * are none, hashes, and hands the blocks on. Memory: one block, and the whole tensor of moments.
 */
final class BlockPump {
  /** Where blocks go. */
  interface Sink {
    void write(Block block) throws IOException;
  }

  private final Progress progress;
  private byte[] buffer = new byte[0];

  BlockPump(Progress progress) {
    this.progress = progress;
  }

  /** Hashes a tensor and hands its blocks on; the array of a block is used again for the next. */
  TensorInfo pump(PromptSource source, TensorSpec tensor, Sink sink) throws IOException {
    int step = Block.tokensPerBlock(tensor);
    int size = Math.multiplyExact(step, tensor.rowBytes());
    if (buffer.length < size) {
      buffer = new byte[size];
    }
    PromptKey key = new PromptKey(source.prompt().model(), source.prompt().prompt());
    MessageDigest digest = Hashes.sha256();
    Optional<MomentCheck> moments =
        tensor.kind() == TensorKind.QUERY_MOMENT
            ? Optional.of(new MomentCheck(tensor, source.place()))
            : Optional.empty();
    for (int row = 0; row < tensor.shape().tokens(); row += step) {
      int rows = Math.min(step, tensor.shape().tokens() - row);
      int length = rows * tensor.rowBytes();
      source.read(tensor, row, rows, buffer);
      checkFinite(source, tensor, row, length);
      if (moments.isPresent()) {
        moments.get().add(buffer, row, rows);
      }
      digest.update(buffer, 0, length);
      sink.write(
          new Block(
              key,
              tensor.layer(),
              tensor.kind(),
              tensor.firstPosition() + row,
              rows,
              tensor.shape().heads(),
              tensor.shape().headDim(),
              tensor.dtype(),
              tensor.ropeStage(),
              buffer));
      progress.advance(length, key + " " + tensor.name());
    }
    moments.ifPresent(MomentCheck::finish);
    return TensorInfo.of(tensor, Hashes.hex(digest));
  }

  private void checkFinite(PromptSource source, TensorSpec tensor, int row, int length) {
    int index = firstNotFinite(buffer, length, tensor.dtype());
    if (index < 0) {
      return;
    }
    float[] value = new float[1];
    tensor.dtype().decode(buffer, index * tensor.dtype().bytes(), value, 0, 1);
    int headDim = tensor.shape().headDim();
    int heads = tensor.shape().heads();
    throw new InvalidInputException(
        "%s: tensor '%s' holds %s at head %d, %s %d, channel %d; expected finite numbers: capture again in a wider dtype"
            .formatted(
                source.place(),
                tensor.name(),
                value[0],
                index / headDim % heads,
                tensor.kind() == TensorKind.QUERY_MOMENT ? "row" : "token",
                row + index / headDim / heads,
                index % headDim));
  }

  /** Index of the first value that is NaN or infinite, or -1: exponent bits all ones. */
  static int firstNotFinite(byte[] bytes, int length, DType dtype) {
    int count = length / dtype.bytes();
    if (dtype == DType.F32) {
      for (int i = 0; i < count; i++) {
        if ((LittleEndian.getInt(bytes, 4 * i) & 0x7f800000) == 0x7f800000) {
          return i;
        }
      }
      return -1;
    }
    int exponent = dtype == DType.F16 ? 0x7c00 : 0x7f80;
    for (int i = 0; i < count; i++) {
      if ((LittleEndian.getShort(bytes, 2 * i) & exponent) == exponent) {
        return i;
      }
    }
    return -1;
  }
}
