package io.kvsweep.jobs.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.jobs.aggregate.DiagnosticTable;
import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.udfs.result.RangeRow;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.SpectrumRow;
import io.kvsweep.udfs.result.Subject;
import io.kvsweep.udfs.sql.RecordRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** Which rows beside the results count, and what comes of them. */
class DiagnosticRowsTest {
  private static final Cell SVDQ = Cell.keys("svdq(bits=1.25)");
  private static final Cell DECOQUANT = Cell.keys("decoquant(bits=4)");
  private static final List<Cell> TWO = List.of(SVDQ, Cell.keys("svdq(bits=2)"));
  private static final Place PLACE = new Place("m", "p", 0);

  private static Subject subject(String run, String cell, String spec, String kind) {
    return new Subject(run, cell, "unit", "m", "p", 0, kind, spec, 1);
  }

  private static ResultRow result(Cell cell, String run, String id) {
    return Worlds.row(
        cell,
        PLACE,
        row ->
            row.set(ResultColumn.RUN_ID, run)
                .set(ResultColumn.CELL_ID, id)
                .set(ResultColumn.UNIT_ID, "unit"));
  }

  /** As they are gathered. */
  private static List<Row> counted(List<Row> rows, Measurements cells) {
    return new DiagnosticTable(new StructType(), rows).only(cells::countsOfKeys).rows();
  }

  private static Row row(Record record, Diagnostic diagnostic) {
    StructType schema = diagnostic.schema();
    Row values = RecordRows.toRow(record);
    // What the table has beyond what a sweep writes.
    Object[] cells = new Object[schema.size() + 1];
    for (int i = 0; i < schema.size(); i++) {
      cells[i] = values.get(i);
    }
    cells[schema.size()] = 0.01;
    return new GenericRowWithSchema(cells, schema.add("measured_nmse", "double"));
  }

  private static Row spectrum(Subject subject, Integer head, int channels99, double predicted) {
    return row(
        new SpectrumRow(
            subject,
            head,
            4,
            8,
            new double[0],
            null,
            null,
            channels99,
            2.0,
            predicted,
            null,
            "measured",
            null),
        Diagnostic.SPECTRA);
  }

  private static Row range(Subject subject, String tensor, double iqr) {
    return row(
        new RangeRow(subject, "a", 8, "post", tensor, 9, iqr, 1.0, 1.0, 2.0, 3.0, "measured", null),
        Diagnostic.RANGES);
  }

  @Test
  void spectraOfTheLatestRunAndOfWholeKeys() {
    Measurements cells =
        new Measurements(List.of(result(SVDQ, "run-1", "old"), result(SVDQ, "run-2", "new")));
    String spec = SVDQ.spec();
    List<Row> rows =
        new ArrayList<>(
            List.of(
                spectrum(subject("run-2", "new", spec, "key"), null, 6, 0.5),
                // Another codec version or seed of the same specification, last in the table.
                spectrum(subject("run-1", "old", spec, "key"), null, 1, 0.5),
                spectrum(subject("run-2", "new", spec, "key"), 0, 1, 0.5),
                spectrum(subject("run-2", "new", spec, "value"), null, 1, 0.5),
                spectrum(subject("run-2", "t", "svdq(bits=1.25,tail=exact:4)", "key"), null, 1, 1),
                spectrum(subject("run-2", "h", "hadamard | " + spec, "key"), null, 1, 1),
                row(
                    SpectrumRow.failed(subject("run-2", "new", spec, "key"), "no"),
                    Diagnostic.SPECTRA)));
    List<Evidence.Spectrum> expected = List.of(new Evidence.Spectrum(PLACE, spec, 8, 6, 0.5, 0.01));
    assertEquals(expected, DiagnosticRows.spectra(counted(rows, cells)));
    Collections.reverse(rows);
    assertEquals(expected, DiagnosticRows.spectra(counted(rows, cells)), "whatever the order");
  }

  @Test
  void rangesOfTheCellsThatCount() {
    Measurements cells = new Measurements(List.of(result(DECOQUANT, "run-1", "c")));
    String spec = DECOQUANT.spec();
    List<Row> rows =
        List.of(
            range(subject("run-1", "c", spec, "key"), "large", 0.5),
            range(subject("run-1", "c", spec, "key"), "matrix", 2),
            range(subject("run-0", "b", spec, "key"), "large", 9));
    List<Evidence.Range> ranges = DiagnosticRows.ranges(counted(rows, cells));
    assertEquals(2, ranges.size());
    Evidence evidence = new Evidence(cells, List.of(), ranges, List.of(), new CodecAccounting());
    Measured ratio =
        TableMeasures.ratio(DECOQUANT, "large", "matrix", "range", Evidence.Range::iqr)
            .of(evidence);
    assertEquals(0.25, ratio.value());
    assertNull(
        TableMeasures.ratio(DECOQUANT, "small", "matrix", "range", Evidence.Range::iqr)
            .of(evidence)
            .value());
  }

  /** Schedules that were swept besides must not move the share. */
  @Test
  void predictionsAreOfTheNamedSchedulesAlone() {
    List<Evidence.Spectrum> spectra =
        Stream.of(
                new Evidence.Spectrum(PLACE, TWO.get(0).spec(), 8, 4, 0.02, 0.01),
                new Evidence.Spectrum(PLACE, TWO.get(1).spec(), 8, 4, 0.0125, 0.01),
                new Evidence.Spectrum(PLACE, "svdq(schedule=8-8-8-8-8-8-8-8)", 8, 4, 1.0, 1.0),
                new Evidence.Spectrum(new Place("m", "p", 1), TWO.get(0).spec(), 8, 4, 0.01, 0.01))
            .toList();
    Evidence evidence =
        new Evidence(
            new Measurements(List.of()), spectra, List.of(), List.of(), new CodecAccounting());
    Measured both = TableMeasures.shareOfPredictions(TWO, 0.25).of(evidence);
    assertEquals(0.5, both.value());
    assertEquals(1, both.n());
    assertTrue(
        both.conditions().contains("; 1 layers without all of these left out;"), both.conditions());
    Measured one = TableMeasures.shareOfPredictions(TWO.subList(0, 1), 0.25).of(evidence);
    assertEquals(0.5, one.value(), "one layer of two");
    assertEquals(2, one.n());
  }
}
