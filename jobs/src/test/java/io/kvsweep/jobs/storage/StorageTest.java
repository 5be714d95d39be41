package io.kvsweep.jobs.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorageTest {
  private static final byte[] ONE = {1};
  private static final byte[] TWO = {2, 2};

  @TempDir Path folder;

  @Test
  void putReplacesAndLeavesNoSideFiles() throws Exception {
    Storage storage = Storage.of(folder.toString(), new Configuration(false));
    storage.put(storage.path("a"), ONE, storage.path("staged"));
    storage.put(storage.path("a"), TWO, storage.path("staged"));
    assertArrayEquals(TWO, storage.read(storage.path("a")));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("a")), files.toList());
    }
  }

  @Test
  void putReplacesWhereRenamesRefuseAnExistingTarget() throws Exception {
    Storage storage = Storage.of("shelf://" + folder, ShelfFileSystem.configuration());
    storage.put(storage.path("a"), ONE, storage.path("staged"));
    storage.put(storage.path("a"), TWO, storage.path("staged"));
    assertArrayEquals(TWO, storage.read(storage.path("a")));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("a")), files.toList());
    }
  }

  @Test
  void aRenameThatIsRefusedForAnotherReasonIsSaid() {
    Storage storage = Storage.of("shelf://" + folder, ShelfFileSystem.configuration());
    ShelfFileSystem.REFUSE.set(true);
    try {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> storage.put(storage.path("a"), ONE, storage.path("staged")))
              .getMessage();
      assertEquals(
          "cannot write shelf:%s/a: rename from shelf:%s/staged was refused; check the path, its permissions and the room left"
              .formatted(folder, folder),
          message);
    } finally {
      ShelfFileSystem.REFUSE.set(false);
    }
    assertFalse(Files.exists(folder.resolve("staged")));
  }

  @Test
  void whatCannotBeReplacedStays() throws IOException {
    Storage storage = Storage.of("shelf://" + folder, ShelfFileSystem.configuration());
    storage.put(storage.path("a"), ONE, storage.path("staged"));
    ShelfFileSystem.REFUSE.set(true);
    try {
      assertThrows(
          InvalidInputException.class,
          () -> storage.put(storage.path("a"), TWO, storage.path("staged")));
    } finally {
      ShelfFileSystem.REFUSE.set(false);
    }
    assertArrayEquals(ONE, storage.read(storage.path("a")));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("a")), files.toList());
    }
  }

  @Test
  void objectStoresAreWrittenDirectly() throws Exception {
    Configuration conf = new Configuration(false);
    conf.set("fs.s3a.impl", ObjectStoreFileSystem.class.getName());
    Storage storage = Storage.of("s3a://" + folder, conf);
    storage.put(storage.path("a"), ONE, storage.path("staged"));
    storage.put(storage.path("a"), TWO, storage.path("staged"));
    assertArrayEquals(TWO, storage.read(storage.path("a")));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("a")), files.toList());
    }
  }

  @Test
  void travelsToExecutors() throws Exception {
    Storage storage = Storage.of("shelf://" + folder, ShelfFileSystem.configuration());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(storage);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      Storage copy = (Storage) in.readObject();
      copy.put(copy.path("a"), ONE, copy.path("staged"));
    }
    assertArrayEquals(ONE, storage.read(storage.path("a")));
  }

  @ParameterizedTest(name = "as on a local disk: {0}")
  @ValueSource(booleans = {true, false})
  void aFullDiskIsSaidAndNothingStaysStaged(boolean local) throws Exception {
    Configuration conf = new Configuration(false);
    conf.set("fs." + SmallDiskFileSystem.SCHEME + ".impl", SmallDiskFileSystem.class.getName());
    Storage storage = Storage.of(SmallDiskFileSystem.SCHEME + "://" + folder, conf);
    SmallDiskFileSystem.LOCAL.set(local);
    try {
      SmallDiskFileSystem.ROOM.set(2);
      storage.put(storage.path("a"), ONE, storage.path("staged"));
      assertEquals(
          "cannot write smalldisk:%s/a: No space left on device; check the path, its permissions and the room left"
              .formatted(folder),
          assertThrows(
                  InvalidInputException.class,
                  () -> storage.put(storage.path("a"), TWO, storage.path("staged")))
              .getMessage());
      assertArrayEquals(ONE, storage.read(storage.path("a")));
      try (var files = Files.list(folder)) {
        assertEquals(List.of(folder.resolve("a")), files.toList());
      }
    } finally {
      SmallDiskFileSystem.LOCAL.set(true);
    }
  }

  @Test
  void unknownSchemeAndMissingFile() {
    Configuration conf = new Configuration(false);
    String scheme =
        assertThrows(InvalidInputException.class, () -> Storage.of("nowhere://x/y", conf))
            .getMessage();
    assertTrue(
        scheme.startsWith("cannot open nowhere://x/y: No FileSystem for scheme \"nowhere\""),
        scheme);
    Storage storage = Storage.of(folder.toString(), conf);
    String missing =
        assertThrows(InvalidInputException.class, () -> storage.read(storage.path("gone")))
            .getMessage();
    assertTrue(missing.startsWith("cannot read " + folder + "/gone: "), missing);
    assertTrue(missing.endsWith("check the path, its permissions and the room left"), missing);
  }
}
