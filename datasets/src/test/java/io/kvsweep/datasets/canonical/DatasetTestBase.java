package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.PromptSource;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.KvTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of datasets share. */
abstract class DatasetTestBase {
  static final Configuration CONF = new Configuration();

  @TempDir Path folder;

  Path root() {
    return folder.resolve("dataset");
  }

  static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  ImportSummary importAll(Object... paths) {
    List<String> arguments = Arrays.stream(paths).map(Object::toString).toList();
    return new CaptureImporter(hadoop(root()), CONF, line -> {}).importPaths(arguments);
  }

  Dataset open() {
    return Dataset.open(hadoop(root()), CONF);
  }

  TensorReader reader() {
    return TensorReader.open(root().toString(), CONF);
  }

  List<String> verify() {
    return DatasetVerifier.verify(hadoop(root()), CONF, line -> {}).problems();
  }

  Path onlyParquet() throws IOException {
    try (var files = Files.walk(root())) {
      return files.filter(path -> path.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
  }

  /** Every file below the folder with its content's hash code. */
  static Map<String, Integer> snapshot(Path folder) {
    Map<String, Integer> out = new TreeMap<>();
    if (!Files.exists(folder)) {
      return out;
    }
    try (var files = Files.walk(folder)) {
      for (Path path : files.toList()) {
        out.put(
            path.toString(),
            Files.isDirectory(path) ? 0 : Arrays.hashCode(Files.readAllBytes(path)));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out;
  }

  static String refusal(Executable action, String... expected) {
    String message = assertThrows(InvalidInputException.class, action).getMessage();
    for (String part : expected) {
      assertTrue(message.contains(part), "'" + message + "' lacks '" + part + "'");
    }
    return message;
  }

  /** All tensors of a source, decoded. */
  static List<KvTensor> tensors(PromptSource source) {
    List<KvTensor> out = new ArrayList<>();
    for (TensorSpec spec : source.tensors()) {
      byte[] bytes = new byte[(int) spec.bytes()];
      source.read(spec, 0, spec.shape().tokens(), bytes);
      float[] data = new float[spec.shape().values()];
      spec.dtype().decode(bytes, 0, data, 0, data.length);
      out.add(
          new KvTensor(
              spec.kind(),
              spec.shape(),
              spec.dtype(),
              spec.ropeStage(),
              spec.firstPosition(),
              data));
    }
    return out;
  }

  static PromptKey key(MemorySource source) {
    return new PromptKey(source.prompt().model(), source.prompt().prompt());
  }
}
