package io.kvsweep.jobs.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged result files: refused with the file's name, or read as the rows that were written. {@code
 * -Dkvsweep.seed=S -Dkvsweep.case=N} repeats one case.
 */
class ResultFuzzTest {
  private static final int CASES = Boolean.getBoolean("kvsweep.full") ? 1_600 : 80;
  private static final int ONLY = Integer.getInteger("kvsweep.case", -1);
  private static final long SEED = Long.getLong("kvsweep.seed", 20250401L);

  @TempDir Path folder;

  private int refused;
  private int asWritten;
  private int others;

  @Test
  void damageIsToldOrReadAsWhatWasWritten() throws Exception {
    List<ResultRow> rows = new ArrayList<>();
    for (int cell = 0; cell < 5; cell++) {
      rows.add(TestRows.measured("c" + cell, "m", "p", 0, 0.1 + cell, 40));
    }
    ResultStore store = ResultStore.create(folder.resolve("o").toString(), new Configuration());
    Path file =
        folder
            .resolve("o/results")
            .resolve(store.publish("r", TestRows.unit("m", "p", 0), rows).get(0));
    byte[] sound = Files.readAllBytes(file);
    String written = text(store);
    int first = ONLY < 0 ? 0 : ONLY;
    int end = ONLY < 0 ? CASES : ONLY + 1;
    for (int number = first; number < end; number++) {
      Files.write(file, damaged(sound, new SplittableRandom(SEED + 1_000_003L * number)));
      try {
        if (text(store).equals(written)) {
          asWritten++;
        } else {
          others++;
        }
      } catch (InvalidInputException e) {
        refused++;
        assertTrue(e.getMessage().startsWith(file + ": not a re"), e.getMessage());
      } catch (Throwable e) { // whatever it is, it must be said which case it was
        throw new AssertionError(
            "case %d: %s; repeat it with -Dkvsweep.seed=%d -Dkvsweep.case=%d"
                .formatted(number, e, SEED, number),
            e);
      }
    }
    System.out.printf(
        "%,d damaged result files, seed %d: %,d refused, %,d read as written, %,d as other rows%n",
        end - first, SEED, refused, asWritten, others);
    if (ONLY < 0) {
      assertTrue(refused > CASES / 4 && asWritten > 0, "both ends are met");
    }
    assertEquals(0, others, "files read as other rows");
  }

  private static String text(ResultStore store) {
    StringBuilder out = new StringBuilder();
    for (ResultRow row : store.read(store.files().get(0), List.of(ResultColumn.values()))) {
      for (ResultColumn column : ResultColumn.values()) {
        Object value = row.get(column);
        out.append(value instanceof Object[] list ? Arrays.toString(list) : value).append('|');
      }
    }
    return out.toString();
  }

  private static byte[] damaged(byte[] sound, SplittableRandom random) {
    byte[] out = sound.clone();
    switch (random.nextInt(4)) {
      case 0 -> out[random.nextInt(out.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        for (int i = random.nextInt(2, 12); i > 0; i--) {
          out[random.nextInt(out.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 2 -> {
        int from = random.nextInt(out.length);
        int to = Math.min(out.length, from + random.nextInt(1, 64));
        Arrays.fill(out, from, to, (byte) (random.nextBoolean() ? 0 : 255));
      }
      default -> out = Arrays.copyOf(sound, random.nextInt(sound.length));
    }
    return out;
  }
}
