package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.datasets.testkit.FuzzCases;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Damaged Parquet files of a dataset: refused with the file's name, or read as the very values that
 * were written, and always found by {@code verify}.
 */
class RowFuzzTest extends DatasetTestBase {
  private static final int CASES = FuzzCases.FULL ? 2_400 : 120;

  /**
   * A sound dataset takes 6 MB to read and verify; a tensor may be joined from blocks of up to 16
   * MiB, whatever the size of the file.
   */
  private static final long BOUND = (8 << 20) + 2L * Block.MAX_BYTES;

  /** Bytes from, to. */
  private record Range(int from, int to) {}

  private final FuzzCases cases = new FuzzCases();
  private final MemorySource source =
      Fixtures.source("m", "p", 2, new TensorShape(24, 2, 8), DType.F16, 3, /* seed= */ 6);
  private final Map<String, List<Range>> parts = new LinkedHashMap<>();
  private Path file;
  private byte[] sound;

  @BeforeEach
  void soundDataset() throws Exception {
    importAll(Fixtures.capture(folder, source));
    file = onlyParquet();
    sound = Files.readAllBytes(file);
    int footer = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getInt(sound.length - 8);
    int end = 4;
    for (BlockMetaData group : BlockFile.open(open().store(), hadoop(file)).groups()) {
      for (ColumnChunkMetaData chunk : group.getColumns()) {
        int from = (int) chunk.getStartingPos();
        Range range = new Range(from, from + (int) chunk.getTotalSize());
        end = Math.max(end, range.to());
        parts.computeIfAbsent(chunk.getPath().toDotString(), name -> new ArrayList<>()).add(range);
      }
    }
    parts.put("magic", List.of(new Range(0, 4)));
    parts.put("page index", List.of(new Range(end, sound.length - 8 - footer)));
    parts.put("footer", List.of(new Range(sound.length - 8 - footer, sound.length - 8)));
    parts.put("tail", List.of(new Range(sound.length - 8, sound.length)));
  }

  @Test
  void damageIsToldOrReadAsWhatWasWritten() {
    List<KvTensor> written = tensors(source);
    cases.run(
        "damaged Parquet files",
        CASES,
        root(),
        BOUND,
        random -> {
          byte[] damaged = damaged(random);
          Files.write(file, damaged);
          KvTensor tensor = written.get(random.nextInt(written.size()));
          boolean verify = random.nextInt(16) == 0;
          int layer = written.indexOf(tensor) / 3;
          return () -> {
            if (verify && !Arrays.equals(sound, damaged)) {
              List<String> problems = verify();
              assertFalse(problems.isEmpty());
              problems.forEach(p -> assertTrue(p.contains(root().toString()), p));
            }
            Fixtures.assertSame(tensor, reader().read(key(source), layer, tensor.kind()));
          };
        });
    if (cases.complete()) {
      List<String> all = new ArrayList<>(parts.keySet());
      all.add("end");
      all.sort(null);
      assertEquals(all, List.copyOf(cases.hits().keySet()));
      assertTrue(cases.accepted() > 0 && cases.refused() > CASES / 4, "both ends are met");
    }
  }

  /** Parquet would make room for the whole chunk first. */
  @Test
  void aChunkThatLiesAboutItsSizeIsRefusedBeforeAllocation() throws Exception {
    int length = rewrite(column -> column.setTotal_compressed_size(1 << 30));
    refusal(
        () -> reader().read(key(source), 0, TensorKind.KEY),
        file
            + ": the footer puts column 'model' at byte 4, 1073741824 bytes long, or its index outside of the file of "
            + length
            + " bytes; it is truncated or damaged: import or copy it again");
  }

  /** pyarrow and DuckDB write it when asked; its decoder is not among Parquet's own. */
  @Test
  void aCompressionWithoutDecoderIsNamed() throws Exception {
    rewrite(column -> column.setCodec(CompressionCodec.BROTLI));
    refusal(
        () -> reader().read(key(source), 0, TensorKind.KEY),
        file + ": is compressed with BROTLI, UNCOMPRESSED, which cannot be read here (",
        "; write the file again with snappy, zstd, gzip or uncompressed");
  }

  /** Changes what the footer says of the first column; returns the length of the file. */
  private int rewrite(Consumer<ColumnMetaData> change) throws Exception {
    Range footer = parts.get("footer").get(0);
    FileMetaData metadata =
        Util.readFileMetaData(
            new ByteArrayInputStream(sound, footer.from(), sound.length - footer.from()));
    change.accept(metadata.getRow_groups().get(0).getColumns().get(0).getMeta_data());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(sound, 0, footer.from());
    Util.writeFileMetaData(metadata, out);
    int length = out.size() - footer.from();
    out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
    out.write(sound, sound.length - 4, 4);
    Files.write(file, out.toByteArray());
    return out.size();
  }

  private byte[] damaged(SplittableRandom random) {
    byte[] out = sound.clone();
    switch (random.nextInt(8)) {
      case 0, 1 -> out[somewhere(random)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        for (int i = random.nextInt(2, 12); i > 0; i--) {
          out[somewhere(random)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 3 -> {
        int from = somewhere(random);
        int to = Math.min(out.length, from + random.nextInt(1, 64));
        Arrays.fill(out, from, to, (byte) (random.nextBoolean() ? 0 : 255));
      }
      case 4 -> {
        cases.hit("end");
        out = Arrays.copyOf(sound, somewhere(random));
      }
      case 5 -> {
        cases.hit("end");
        out = Arrays.copyOf(sound, sound.length + random.nextInt(1, 100));
      }
      case 6 -> {
        cases.hit("tail");
        int now = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getInt(sound.length - 8);
        int[] lies = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, now - 1, now + 1, sound.length};
        ByteBuffer.wrap(out)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(sound.length - 8, lies[random.nextInt(lies.length)]);
      }
      default -> {
        // A number of Thrift, in lengths of pages and chunks: 2^31 - 1 or so.
        byte[] lie = {-2, -1, -1, -1, (byte) (random.nextBoolean() ? 15 : 7)};
        int at = Math.min(somewhere(random), out.length - lie.length);
        System.arraycopy(lie, 0, out, at, lie.length);
      }
    }
    return out;
  }

  /** A byte of any part, as often of each. */
  private int somewhere(SplittableRandom random) {
    List<String> names = List.copyOf(parts.keySet());
    String name = names.get(random.nextInt(names.size()));
    List<Range> ranges = parts.get(name);
    Range range = ranges.get(random.nextInt(ranges.size()));
    cases.hit(name);
    // Headers of pages are at the start, and more is read from them than of what follows.
    int to = random.nextBoolean() ? Math.min(range.to(), range.from() + 40) : range.to();
    return random.nextInt(range.from(), to);
  }
}
