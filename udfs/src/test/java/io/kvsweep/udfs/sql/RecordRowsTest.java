package io.kvsweep.udfs.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.result.RangeRow;
import io.kvsweep.udfs.result.SpectrumRow;
import io.kvsweep.udfs.result.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/**
 * Names and types of the tables beside the results are an interface: written out here once more, so
 * that no rename passes unseen.
 */
class RecordRowsTest {
  private static final List<String> SUBJECT =
      List.of(
          "run_id string",
          "cell_id string",
          "unit_id string",
          "model string",
          "prompt string",
          "layer int",
          "kind string",
          "method_spec string",
          "seed bigint");
  private static final List<String> SPECTRA =
      List.of(
          "head int",
          "tokens int",
          "channels int",
          "singular_values array<double>",
          "decay double",
          "decay_r2 double",
          "channels_99 int",
          "nominal_bits double",
          "predicted_nmse double",
          "predicted_nmse_gaussian double",
          "status string",
          "error string");
  private static final List<String> RANGES =
      List.of(
          "variant string",
          "inner int",
          "rope_stage string",
          "tensor string",
          "entries int",
          "iqr double",
          "absmax double",
          "rms double",
          "absmax_over_rms double",
          "kurtosis double",
          "status string",
          "error string");

  private static List<String> columns(Class<? extends Record> type) {
    return Arrays.stream(RecordRows.schema(type).fields())
        .map(field -> field.name() + " " + field.dataType().simpleString())
        .toList();
  }

  @Test
  void columnsAreThoseOfTheInterface() {
    assertEquals(concat(SUBJECT, SPECTRA), columns(SpectrumRow.class));
    assertEquals(concat(SUBJECT, RANGES), columns(RangeRow.class));
  }

  private static List<String> concat(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  @Test
  void everyColumnIsDocumented() throws IOException {
    Path docs = Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    String schemas = Files.readString(docs.resolve("docs/schemas.md"));
    String spectra = section(schemas, "## Spectra");
    String ranges = section(schemas, "## Ranges");
    for (String column : RecordRows.schema(SpectrumRow.class).fieldNames()) {
      assertTrue(spectra.contains("`" + column + "`"), column);
    }
    for (String column : RecordRows.schema(RangeRow.class).fieldNames()) {
      assertTrue(ranges.contains("`" + column + "`"), column);
    }
  }

  private static String section(String text, String heading) {
    int start = text.indexOf(heading);
    assertTrue(start >= 0, heading);
    int end = text.indexOf("\n## ", start + 1);
    return end < 0 ? text.substring(start) : text.substring(start, end);
  }

  @Test
  void valuesInTheirOrder() {
    Subject subject = new Subject("r", "c", "u", "m", "p", 3, "key", "svdq", 7);
    Row row = RecordRows.toRow(SpectrumRow.failed(subject, "no"));
    StructType schema = RecordRows.schema(SpectrumRow.class);
    assertEquals(schema.size(), row.size());
    assertEquals(3, row.get(schema.fieldIndex("layer")));
    assertEquals(7L, row.get(schema.fieldIndex("seed")));
    assertEquals(null, row.get(schema.fieldIndex("singular_values")));
    assertEquals("failed", row.get(schema.fieldIndex("status")));
    assertEquals("no", row.get(schema.fieldIndex("error")));
  }

  private record Unsuitable(Object any) {}

  @Test
  void otherTypesAreRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> RecordRows.schema(Unsuitable.class));
    assertTrue(e.getMessage().contains("no column type for java.lang.Object any"), e::getMessage);
  }
}
