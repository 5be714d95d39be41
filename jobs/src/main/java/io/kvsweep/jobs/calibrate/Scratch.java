package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.jobs.storage.Storage;
import java.io.Serializable;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.Path;

/**
 * Reconstructions of the last layer, one file of float32 per block and kind, in a folder that
 * driver and executors share. A file that is missing or cut short is as good as none: whoever needs
 * it computes it again.
 */
record Scratch(Storage storage, String folder) implements Serializable {

  private Path file(int layer, TensorKind kind, TokenBlock block) {
    return storage.path(
        "%s/layer-%d/%s-%d.f32".formatted(folder, layer, kind.label(), block.index()));
  }

  /** The rows of a block, if they are there. */
  Optional<float[]> read(int layer, TensorKind kind, TokenBlock block, int values) {
    byte[] bytes;
    try {
      bytes = storage.read(file(layer, kind, block));
    } catch (InvalidInputException e) {
      return Optional.empty(); // lost
    }
    if (bytes.length != 4 * values) {
      return Optional.empty();
    }
    float[] out = new float[values];
    DType.F32.decode(bytes, 0, out, 0, values);
    return Optional.of(out);
  }

  /** Keeps the rows of a block. */
  void write(int layer, TensorKind kind, TokenBlock block, float[] rows) {
    byte[] bytes = new byte[4 * rows.length];
    DType.F32.encode(rows, 0, bytes, 0, rows.length);
    Path target = file(layer, kind, block);
    storage.makeFolder(target.getParent());
    storage.put(target, bytes, target.suffix("." + UUID.randomUUID()));
  }

  /** Drops a layer that nobody needs any more. */
  void drop(int layer) {
    storage.delete(storage.path(folder + "/layer-" + layer));
  }

  /** Drops everything. */
  void dropAll() {
    storage.delete(storage.path(folder));
  }
}
