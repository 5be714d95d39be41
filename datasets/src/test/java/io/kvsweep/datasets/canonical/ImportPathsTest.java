package io.kvsweep.datasets.canonical;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImportPathsTest extends DatasetTestBase {
  @Test
  void unfinishedPatternsAreNamed() {
    for (String name : List.of("x[", "{a", "[", "dir*/[a")) {
      String argument = folder.resolve(name).toString();
      refusal(
          () -> ImportPaths.resolve(List.of(argument)),
          argument + ": no such file or folder, and no valid pattern: Missing '",
          "; close every [ and {, or check the path");
    }
  }

  /** Root may read every folder, but nobody one whose path is too long for the system. */
  @Test
  void aFolderFurtherDownThatCannotBeListedIsNamed() throws IOException {
    Path upper = chain(folder.resolve("tree"));
    Path lower = folder.resolve("lower");
    chain(lower);
    Path tooDeep = upper.resolve("lower");
    Files.move(lower, tooDeep);
    try {
      String argument = folder.resolve("tree") + "/**.safetensors";
      refusal(
          () -> ImportPaths.resolve(List.of(argument)),
          argument + ": the folder '" + folder.resolve("tree") + "' cannot be listed: ",
          "; check the permissions of all folders in it, or name files");
    } finally {
      Files.move(tooDeep, lower); // else nobody could delete it
    }
  }

  /** A path of more than half of the 4096 bytes that Linux allows; the last folder. */
  private static Path chain(Path top) throws IOException {
    Path path = top;
    while (path.toString().length() < 2200) {
      path = path.resolve("x".repeat(200));
    }
    return Files.createDirectories(path);
  }
}
