package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.storage.SmallDiskFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full in the middle of a command. */
class DiskFullTest {
  private static final String SETTING = "spark.hadoop.fs." + SmallDiskFileSystem.SCHEME + ".impl";

  private static final String LEFT = "; check the path, its permissions and the room left";

  @TempDir Path folder;

  private SweepBench bench;

  @BeforeAll
  static void oneSession() {
    TestSpark.session();
  }

  @BeforeEach
  void sixUnits() {
    System.setProperty(SETTING, SmallDiskFileSystem.class.getName());
    bench = new SweepBench(folder).with(SweepBench.small().layers(3));
    bench.yaml("methods: ['rtn(bits=[2,4])']", "kinds: [key]");
  }

  @AfterEach
  void noSetting() {
    System.clearProperty(SETTING);
  }

  private String smallDisk(String name) {
    return SmallDiskFileSystem.SCHEME + "://" + bench.output(name);
  }

  private SweepBench.Said sweepOnSmallDisk() {
    List<String> args = new ArrayList<>(bench.command("o"));
    args.set(args.indexOf("--out") + 1, smallDisk("o"));
    return SweepBench.run(args.toArray(new String[0]));
  }

  /** Runs a command on a disk of so many bytes, which are too few. */
  private static void refused(long room, String said, String... command) {
    SmallDiskFileSystem.ROOM.set(room);
    SweepBench.Said full = SweepBench.run(command);
    assertEquals(2, full.code(), full.err());
    String last = full.err().lines().reduce((before, line) -> line).orElseThrow();
    assertEquals(
        "kvsweep: " + said.formatted("No space left on device") + LEFT, last, () -> full.err());
  }

  private List<String> files(String name, String below) throws IOException {
    return bench.files(name).stream().filter(file -> file.startsWith(below)).toList();
  }

  @Test
  void aTableSaysSo() throws IOException {
    // The test's own session, which may be older than the setting.
    TestSpark.session()
        .sparkContext()
        .hadoopConfiguration()
        .set("fs." + SmallDiskFileSystem.SCHEME + ".impl", SmallDiskFileSystem.class.getName());
    assertEquals(0, bench.sweep("o").code());
    String place = "cannot write smalldisk:" + bench.output("o");
    refused(0, place + "/tables/summary.parquet: %s", "aggregate", smallDisk("o"));
    assertEquals(List.of(), files("o", "tables"));
    assertEquals(List.of(), files("o", "_staging"));
  }

  /** Parquet writes a small file when it is closed, and what fails then looks different. */
  @Test
  void theImportSaysSoAndAddsNothing() throws IOException {
    String[] synth = {
      "synth", "--out", bench.output("d").toString(), "--tokens", "40", "--queries", "8"
    };
    SweepBench.Said whole = SweepBench.run(synth);
    assertEquals(0, whole.code(), whole.err());
    long parquet = 0;
    for (String file : files("d", "tensors")) {
      parquet += bench.output("d").resolve(file).toFile().length();
    }
    synth[2] = smallDisk("full");
    String staged = "smalldisk:%s/tensors/synthetic__prompt-0: cannot be written: %%s";
    for (long room : new long[] {0, parquet / 2, parquet - 1}) {
      refused(room, staged.formatted(bench.output("full")), synth);
      assertFalse(Files.exists(bench.output("full")), "room for " + room);
    }
    refused(
        parquet + 1,
        "smalldisk:" + bench.output("full") + "/dataset.json: cannot be written: %s",
        synth);
    assertFalse(Files.exists(bench.output("full")));
  }

  @Test
  void theSweepSaysSoAndGoesOnWhenThereIsRoom() throws Exception {
    assertEquals(0, bench.sweep("whole").code());
    Map<String, String> whole = SweepBench.values(bench.rows("whole"));
    long all = 0;
    for (String file : bench.files("whole")) {
      all += bench.output("whole").resolve(file).toFile().length();
    }
    SmallDiskFileSystem.ROOM.set(all / 2);
    SweepBench.Said full = sweepOnSmallDisk();
    assertEquals(2, full.code(), full.err());
    assertTrue(full.err().contains("kvsweep: cannot write smalldisk:/"), full.err());
    assertTrue(
        full.err()
            .endsWith(
                ": No space left on device; check the path, its permissions and the room left\n"),
        full.err());
    assertEquals("", full.out());
    int published = bench.published("o");
    assertTrue(published > 0 && published < 6, published + " of 6 files");
    SweepBench.values(bench.rows("o"))
        .forEach((key, row) -> assertEquals(whole.get(key), row, key));

    SmallDiskFileSystem.ROOM.set(Long.MAX_VALUE / 2);
    SweepBench.Said again = sweepOnSmallDisk();
    assertEquals(0, again.code(), again.err());
    assertEquals(
        "%d cells measured, 0 failed, %d were there already\n"
            .formatted(2 * (6 - published), 2 * published),
        again.out());
    assertEquals(whole, SweepBench.values(bench.rows("o")));
    assertEquals(
        List.of(), bench.files("o").stream().filter(f -> f.startsWith("_staging")).toList());
  }
}
