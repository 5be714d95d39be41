package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.TestSpark;
import io.kvsweep.jobs.storage.SmallDiskFileSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full in the middle of a sweep. */
class DiskFullTest {
  private static final String SETTING = "spark.hadoop.fs." + SmallDiskFileSystem.SCHEME + ".impl";

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

  private SweepBench.Said sweepOnSmallDisk() {
    List<String> args = new ArrayList<>(bench.command("o"));
    args.set(args.indexOf("--out") + 1, SmallDiskFileSystem.SCHEME + "://" + bench.output("o"));
    return SweepBench.run(args.toArray(new String[0]));
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
