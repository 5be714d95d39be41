package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenFilesTest extends DatasetTestBase {
  @Test
  void theFootersReadLastAreKept() {
    for (String prompt : List.of("a", "b", "c")) {
      importAll(
          Fixtures.capture(
              folder,
              Fixtures.source(
                  "m", prompt, 1, new TensorShape(8, 2, 4), DType.F16, 0, /* seed= */ 1)));
    }
    List<String> paths = open().manifest().files().stream().map(DataFile::path).toList();
    OpenFiles files = new OpenFiles(open().store(), 2);
    BlockFile first = files.get(paths.get(0));
    BlockFile second = files.get(paths.get(1));
    assertSame(first, files.get(paths.get(0)));
    files.get(paths.get(2));
    assertEquals(2, files.kept());
    assertSame(first, files.get(paths.get(0)), "read later than the second");
    assertNotSame(second, files.get(paths.get(1)));
  }
}
