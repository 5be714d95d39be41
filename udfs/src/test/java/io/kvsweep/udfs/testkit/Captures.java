package io.kvsweep.udfs.testkit;

import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.measure.LayerUnit;
import io.kvsweep.udfs.measure.UnitKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Real captures: the shipped samples, and the larger ones beside the project where present. */
public final class Captures {
  private Captures() {}

  /** All captures of {@code ../shared/captures}, seen from the project root; empty if absent. */
  public static List<Path> shared() {
    return list(root().resolve("../shared/captures").normalize());
  }

  /** The samples that the project ships. */
  public static List<Path> samples() {
    return list(root().resolve("datasets/samples"));
  }

  private static Path root() {
    return Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
  }

  private static List<Path> list(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Layers of which the capture has keys, ascending. */
  public static List<Integer> layers(Capture capture) {
    return capture.tensors().stream()
        .filter(tensor -> tensor.kind() == TensorKind.KEY)
        .map(TensorSpec::layer)
        .toList();
  }

  /** The unit of one layer. */
  public static LayerUnit unit(Capture capture, int layer) {
    UnitKey key = key(capture, layer);
    return new LayerUnit(
        key,
        capture.model(),
        read(capture, layer, TensorKind.KEY),
        read(capture, layer, TensorKind.VALUE),
        read(capture, layer, TensorKind.QUERY));
  }

  /** The unit of one layer without what attention needs. */
  public static LayerUnit keysAlone(Capture capture, int layer) {
    UnitKey key = key(capture, layer);
    return new LayerUnit(
        key,
        capture.model(),
        read(capture, layer, TensorKind.KEY),
        Optional.empty(),
        Optional.empty());
  }

  private static UnitKey key(Capture capture, int layer) {
    return new UnitKey("unit", capture.prompt().model(), capture.prompt().prompt(), layer);
  }

  /** A tensor, if the capture has it. */
  public static Optional<KvTensor> read(Capture capture, int layer, TensorKind kind) {
    return capture.tensors().stream()
        .filter(tensor -> tensor.layer() == layer && tensor.kind() == kind)
        .findFirst()
        .map(tensor -> read(capture, tensor));
  }

  private static KvTensor read(Capture capture, TensorSpec spec) {
    byte[] bytes = new byte[Math.toIntExact(spec.bytes())];
    capture.read(spec, 0, spec.shape().tokens(), bytes);
    float[] data = new float[spec.shape().values()];
    spec.dtype().decode(bytes, 0, data, 0, data.length);
    return new KvTensor(
        spec.kind(), spec.shape(), spec.dtype(), spec.ropeStage(), spec.firstPosition(), data);
  }
}
