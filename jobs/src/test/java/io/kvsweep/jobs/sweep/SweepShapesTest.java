package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures of shapes that nobody shipped, from file to published rows, in one sweep. */
class SweepShapesTest {
  private static final String KEYS_ONLY = "keys-only";
  private static final String NO_QUERIES = "no-queries";
  private static final String SHADOW_KV = "shadowkv(budget=1/8,outliers=1,local=1) | rtn(bits=4)";
  private static final List<Captures> CAPTURES =
      List.of(
          Captures.of("three-heads-of-80", 3, 80, 1001),
          Captures.of("two-heads-of-96", 2, 96, 130).dtype(DType.BF16),
          Captures.of("one-token", 2, 16, 1).dtype(DType.F32),
          Captures.of("fewer-tokens-than-channels", 4, 32, 10),
          Captures.of("few-channels", 1, 6, 77),
          Captures.of("constant", 2, 16, 200).constantChannels(),
          Captures.of("constant-f32", 1, 80, 40).constantChannels().dtype(DType.F32),
          Captures.of(NO_QUERIES, 2, 16, 65).withoutQueries(),
          Captures.of("no-rope", 2, 16, 65).withoutRope(),
          Captures.of("no-rope-odd", 1, 7, 33).withoutRope().dtype(DType.BF16),
          Captures.of(KEYS_ONLY, 2, 16, 65).keysOnly());
  private static final int SPECS = 1 + 3 * 2 + 2 + 5 + 1 + 4;

  @TempDir static Path folder;

  private static SweepBench.Said said;
  private static Map<String, ResultRow> rows;

  @BeforeAll
  static void sweep() throws IOException {
    TestSpark.session();
    SweepBench bench = new SweepBench(folder);
    Path files = Files.createDirectories(folder.resolve("captures"));
    CAPTURES.forEach(capture -> capture.write(files));
    assertEquals(
        0, SweepBench.run("import", files.toString(), "--out", bench.dataset().toString()).code());
    bench.yaml(
        "methods:",
        "  - none",
        "  - rtn(bits=[1,4,8],axis=[token,channel])",
        "  - kivi(bits=[2,4])",
        "  - svdq(bits=[1.25,2,2.25,3,4])",
        "  - svdq(bits=2,levels=endpoints,group=0,heads=separate)",
        "  - " + SHADOW_KV,
        "  - knorm(budget=0.2,sinks=1) | svdq(bits=2)",
        "  - streaming(budget=1/2) | kivi(bits=2)",
        "  - random(budget=50,sinks=1) | rtn(bits=4)",
        "kinds: [key, value, both]");
    said = bench.sweep("o");
    rows = bench.rows("o");
  }

  private static List<ResultRow> of(Predicate<ResultRow> wanted) {
    return rows.values().stream().filter(wanted).toList();
  }

  private static boolean is(ResultRow row, ResultColumn column, Object value) {
    return value.equals(row.get(column));
  }

  @Test
  void everyCellIsARow() {
    assertEquals(CAPTURES.size() * 2 * 3 * SPECS, rows.size());
    assertEquals(3, said.code());
    Map<String, Long> failed =
        of(row -> !row.measured()).stream()
            .collect(
                Collectors.groupingBy(
                    row ->
                        row.get(ResultColumn.MODEL)
                            + " "
                            + row.get(ResultColumn.KIND)
                            + ": "
                            + row.get(ResultColumn.ERROR),
                    Collectors.counting()));
    Map<String, Long> expected = new HashMap<>();
    for (String kind : List.of("value", "both")) {
      for (int layer = 0; layer < 2; layer++) {
        expected.put(
            "%s %s: %s/p layer %d has no value tensor: capture it, or leave the kind '%s' out"
                .formatted(KEYS_ONLY, kind, KEYS_ONLY, layer, "value"),
            (long) SPECS);
      }
    }
    for (String kind : List.of("key", "value", "both")) {
      for (int layer = 0; layer < 2; layer++) {
        expected.put(
            "%s %s: the selector needs queries and %s/p layer %d has none: capture some"
                .formatted(NO_QUERIES, kind, NO_QUERIES, layer),
            1L);
      }
    }
    assertEquals(expected, failed);
  }

  @Test
  void numbersAreNumbers() {
    for (ResultRow row : of(ResultRow::measured)) {
      for (ResultColumn column : ResultColumn.values()) {
        if (row.get(column) instanceof Double number) {
          boolean infinite =
              (column == ResultColumn.SQNR_DB && is(row, ResultColumn.NMSE, 0.0))
                  // Nothing is left of constant channels, or of one token, without the means.
                  || (column == ResultColumn.NMSE_CENTRED
                      && describe(row).matches("(constant|one-token).*"));
          assertTrue(
              infinite ? number >= 0 : Double.isFinite(number),
              () -> column + " of " + describe(row));
        }
      }
      for (HeadResult head : (HeadResult[]) row.get(ResultColumn.HEADS)) {
        assertTrue(Double.isFinite(head.nmse()), () -> "a head of " + describe(row));
      }
    }
  }

  private static String describe(ResultRow row) {
    return "%s %s %s"
        .formatted(
            row.get(ResultColumn.MODEL),
            row.get(ResultColumn.KIND),
            row.get(ResultColumn.METHOD_SPEC));
  }

  @Test
  void shapesAreTheCaptures() {
    for (Captures capture : CAPTURES) {
      for (ResultRow row : of(r -> r.measured() && is(r, ResultColumn.MODEL, capture.model()))) {
        assertEquals(capture.tokens(), row.get(ResultColumn.TOKENS));
        assertEquals(capture.kvHeads(), row.get(ResultColumn.KV_HEADS));
        assertEquals(capture.headDim(), row.get(ResultColumn.HEAD_DIM));
        assertEquals(capture.dtype().label(), row.get(ResultColumn.DTYPE));
        boolean attention = capture.queries() > 0;
        boolean output = attention && capture.values();
        assertEquals(attention, row.get(ResultColumn.ATTENTION_KL) != null, () -> describe(row));
        assertEquals(output, row.get(ResultColumn.OUTPUT_ERROR) != null, () -> describe(row));
      }
    }
  }

  @Test
  void theControlLosesNothing() {
    List<ResultRow> control = of(row -> row.measured() && is(row, ResultColumn.METHOD, "none"));
    assertEquals(CAPTURES.size() * 6 - 4, control.size());
    for (ResultRow row : control) {
      assertEquals(0.0, row.get(ResultColumn.NMSE), () -> describe(row));
      assertEquals(0.0, row.get(ResultColumn.MAX_ABS_ERROR), () -> describe(row));
      assertNull(row.get(ResultColumn.BITS_ABOVE_LIMIT));
    }
  }

  @Test
  void moreBitsLessError() {
    for (Captures capture : CAPTURES) {
      for (String axis : List.of("token", "channel")) {
        double[] nmse = new double[3];
        int[] bits = {1, 4, 8};
        for (int i = 0; i < 3; i++) {
          String start = "rtn(bits=%d,axis=%s".formatted(bits[i], axis);
          for (ResultRow row :
              of(
                  r ->
                      is(r, ResultColumn.MODEL, capture.model())
                          && is(r, ResultColumn.KIND, "key")
                          && r.get(ResultColumn.METHOD_SPEC).toString().startsWith(start))) {
            nmse[i] += (double) row.get(ResultColumn.NMSE);
          }
        }
        assertTrue(
            // Of one token the scale is rounding noise, and 1e-6 is what fp16 minima cost.
            nmse[0] >= nmse[1] - 1e-6 && nmse[1] >= nmse[2] - 1e-6,
            () -> capture + " " + axis + " " + Arrays.toString(nmse));
      }
    }
  }

  @Test
  void constantChannelsCostNoErrorPerChannel() {
    List<ResultRow> perChannel =
        of(
            row ->
                is(row, ResultColumn.MODEL, "constant")
                    && row.get(ResultColumn.METHOD_SPEC).toString().contains("axis=channel"));
    assertEquals(3 * 2 * 3, perChannel.size());
    for (ResultRow row : perChannel) {
      assertNotNull(row.get(ResultColumn.NMSE));
      assertEquals(0.0, row.get(ResultColumn.NMSE), () -> describe(row));
    }
  }
}
