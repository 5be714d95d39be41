package io.kvsweep.datasets.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaptureWriterTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void readsBackWhatWasWritten(DType dtype) {
    MemorySource source = Fixtures.source("m", "p", 2, new TensorShape(37, 3, 10), dtype, 5, 11);
    try (Capture capture = Capture.open(Fixtures.capture(folder, source))) {
      assertEquals(source.model(), capture.model());
      assertEquals(source.prompt(), capture.prompt());
      assertEquals(source.tensors(), capture.tensors());
      for (TensorSpec tensor : source.tensors()) {
        for (int[] run : new int[][] {{0, tensor.shape().tokens()}, {2, 3}, {4, 1}}) {
          byte[] expected = new byte[run[1] * tensor.rowBytes()];
          byte[] actual = new byte[expected.length];
          source.read(tensor, run[0], run[1], expected);
          capture.read(tensor, run[0], run[1], actual);
          assertArrayEquals(expected, actual);
        }
      }
    }
  }

  @Test
  void dataBeginsAtAMultipleOfEight() throws Exception {
    MemorySource source = Fixtures.source("m", "p", 1, new TensorShape(1, 1, 2), DType.F32, 0, 1);
    byte[] bytes = Files.readAllBytes(Fixtures.capture(folder, source));
    assertEquals(0, bytes[0] % 8);
    assertEquals(0, bytes.length % 8);
  }

  @Test
  void leavesNothingBehindOnFailure() throws Exception {
    MemorySource source = Fixtures.source("m", "p", 1, new TensorShape(1, 1, 2), DType.F32, 0, 1);
    Path noFolder = Files.createFile(folder.resolve("file")).resolve("c.safetensors");
    String message =
        assertThrows(InvalidInputException.class, () -> CaptureWriter.write(noFolder, source))
            .getMessage();
    assertTrue(message.startsWith(noFolder + ": cannot be written"), message);
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
