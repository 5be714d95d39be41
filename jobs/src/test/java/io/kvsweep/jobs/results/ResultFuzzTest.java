package io.kvsweep.jobs.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.table.Column;
import io.kvsweep.jobs.table.ParquetTable;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.BeforeEach;
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

  /** Bytes that a reading may allocate: the sound file of 10 KB takes 0.8 MB. */
  private static final long BOUND = 2 << 20;

  /**
   * Beyond it, Parquet believes a damaged list of up to 100 million, and takes 4 bytes for each.
   */
  private static final long LIST = 4L * 100_000_000;

  /** The kind of damage that lies about lengths and places one by one. */
  private static final int LIES = 3;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  private ResultStore store;
  private Path file;
  private byte[] sound;
  private long mostAllocated;
  private int refused;
  private int asWritten;
  private int others;

  @BeforeEach
  void soundFile() throws IOException {
    List<ResultRow> rows = new ArrayList<>();
    for (int cell = 0; cell < 5; cell++) {
      rows.add(TestRows.measured("c" + cell, "m", "p", 0, 0.1 + cell, 40));
    }
    store = ResultStore.create(folder.resolve("o").toString(), new Configuration());
    file =
        folder
            .resolve("o/results")
            .resolve(store.publish("r", TestRows.unit("m", "p", 0), rows).get(0));
    sound = Files.readAllBytes(file);
  }

  @Test
  void damageIsToldOrReadAsWhatWasWritten() throws Exception {
    String written = text();
    int first = ONLY < 0 ? 0 : ONLY;
    int end = ONLY < 0 ? CASES : ONLY + 1;
    for (int number = first; number < end; number++) {
      SplittableRandom random = new SplittableRandom(SEED + 1_000_003L * number);
      int kind = random.nextInt(5);
      Files.write(file, damaged(kind, random));
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        if (text().equals(written)) {
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
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      mostAllocated = Math.max(mostAllocated, allocated);
      assertTrue(
          allocated <= (kind == LIES ? BOUND : BOUND + LIST),
          "case " + number + ": bytes allocated: " + allocated);
    }
    System.out.printf(
        "%,d damaged result files, seed %d: %,d refused, %,d read as written, %,d as other rows; at most %,d bytes allocated%n",
        end - first, SEED, refused, asWritten, others, mostAllocated);
    if (ONLY < 0) {
      assertTrue(refused > CASES / 4 && asWritten > 0, "both ends are met");
    }
    assertEquals(0, others, "files read as other rows");
  }

  /** 1.9 GB of a file of 10 KB: Parquet would make room for them, and so would Spark. */
  @Test
  void aChunkThatLiesAboutItsSizeIsRefusedBeforeAllocation() throws IOException {
    byte[] lying =
        rewritten(
            footer -> chunk(footer, 0).getMeta_data().setTotal_compressed_size(1_900_000_000L));
    Files.write(file, lying);
    String told = assertThrows(InvalidInputException.class, this::text).getMessage();
    assertEquals(
        file
            + ": not a readable Parquet file (the footer puts column 'run_id' at byte 4, 1900000000 bytes long, or its index outside of the file of "
            + lying.length
            + " bytes); delete it and run the same sweep again, which measures its cells anew",
        told);
    assertEquals(told, required());
  }

  /** Spark would fill the columns with nulls. */
  @Test
  void aFileOfAnotherSchemaIsNamedWithWhatItLacks() throws IOException {
    Files.write(
        folder.resolve("o/results/other.parquet"),
        ParquetTable.write(List.of(Column.ofInt("a", x -> x)), List.of(1, 2)));
    assertEquals(
        folder.resolve("o/results/other.parquet")
            + ": not a result file: column run_id is missing; no sweep wrote it under this name: move it away, all files of this folder are read",
        required());
  }

  @Test
  void aFileThatIsNoParquetIsNamed() throws IOException {
    Files.writeString(folder.resolve("o/results/notes.txt"), "hello, these are notes");
    String told = required();
    assertTrue(
        told.startsWith(folder.resolve("o/results/notes.txt") + ": not a readable Parquet file ("),
        told);
    assertTrue(
        told.endsWith(
            "); no sweep wrote it under this name: move it away, all files of this folder are read"),
        told);
  }

  /** What commands say that read results by Spark. */
  private String required() {
    return assertThrows(InvalidInputException.class, () -> store.requireResults()).getMessage();
  }

  private String text() {
    StringBuilder out = new StringBuilder();
    for (ResultRow row : store.read(store.files().get(0), List.of(ResultColumn.values()))) {
      for (ResultColumn column : ResultColumn.values()) {
        Object value = row.get(column);
        out.append(value instanceof Object[] list ? Arrays.toString(list) : value).append('|');
      }
    }
    return out.toString();
  }

  private byte[] damaged(int kind, SplittableRandom random) throws IOException {
    byte[] out = sound.clone();
    switch (kind) {
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
      case LIES -> out = rewritten(footer -> lie(footer, random));
      default -> out = Arrays.copyOf(sound, random.nextInt(sound.length));
    }
    return out;
  }

  /** A length or a place in the footer that is not so. */
  private static void lie(FileMetaData footer, SplittableRandom random) {
    long[] lies = {-1, 0, 1 << 20, 1_900_000_000L, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE};
    long value = lies[random.nextInt(lies.length)];
    RowGroup group = footer.getRow_groups().get(0);
    ColumnChunk chunk = chunk(footer, random.nextInt(group.getColumnsSize()));
    switch (random.nextInt(7)) {
      case 0 -> chunk.getMeta_data().setTotal_compressed_size(value);
      case 1 -> chunk.getMeta_data().setTotal_uncompressed_size(value);
      case 2 -> chunk.getMeta_data().setData_page_offset(value);
      case 3 -> chunk.getMeta_data().setNum_values(value);
      case 4 -> chunk.setColumn_index_offset(value);
      case 5 -> chunk.setOffset_index_length((int) value);
      default -> footer.setNum_rows(value);
    }
  }

  private static ColumnChunk chunk(FileMetaData footer, int column) {
    return footer.getRow_groups().get(0).getColumns().get(column);
  }

  private static int footerStart(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.length - 8 - buffer.getInt(bytes.length - 8);
  }

  private static FileMetaData footer(byte[] bytes) throws IOException {
    int start = footerStart(bytes);
    return Util.readFileMetaData(new ByteArrayInputStream(bytes, start, bytes.length - start));
  }

  /** The sound file with another footer. */
  private byte[] rewritten(Consumer<FileMetaData> change) throws IOException {
    int start = footerStart(sound);
    FileMetaData metadata = footer(sound);
    change.accept(metadata);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(sound, 0, start);
    Util.writeFileMetaData(metadata, out);
    int length = out.size() - start;
    out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
    out.write(sound, sound.length - 4, 4);
    return out.toByteArray();
  }
}
