package io.kvsweep.udfs.sql;

import io.kvsweep.udfs.artefact.ArtefactRef;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.measure.Diagnoses;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.measure.UnitMeasurement;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.RangeRow;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.SpectrumRow;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * {@code kv_measure(unit, cells)}: opens a unit of a dataset, runs all cells on it and returns
 * their result rows, and the rows of the tables {@code spectra} and {@code ranges} that theory has
 * beside them, which rest on the same decompositions. The sweep is a projection with this function
 * over the table of units; payloads never pass through Spark.
 *
 * <p>Declared nondeterministic, since it measures times: Spark then calls it exactly once per row
 * and plan.
 */
public final class KvMeasure implements UDF2<Row, Seq<Row>, Row> {
  private static final long serialVersionUID = 1L;

  /** Name in SQL. */
  public static final String NAME = "kv_measure";

  /** Type of what it returns. */
  public static final StructType ROWS =
      new StructType()
          .add("results", DataTypes.createArrayType(ResultRows.SCHEMA))
          .add("spectra", DataTypes.createArrayType(RecordRows.schema(SpectrumRow.class)))
          .add("ranges", DataTypes.createArrayType(RecordRows.schema(RangeRow.class)));

  /** Type of the first argument. */
  public static final StructType UNIT =
      new StructType()
          .add("unit_id", DataTypes.StringType, false)
          .add("model", DataTypes.StringType, false)
          .add("prompt", DataTypes.StringType, false)
          .add("layer", DataTypes.IntegerType, false)
          .add("layers", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
          .add("dataset", DataTypes.StringType, false)
          .add("run_id", DataTypes.StringType, false);

  /** Type of an element of the second argument. */
  public static final StructType CELL =
      new StructType()
          .add("cell_id", DataTypes.StringType, false)
          .add("method_spec", DataTypes.StringType, false)
          .add("kind", DataTypes.StringType, false)
          .add("seed", DataTypes.LongType, false)
          .add("artefact", DataTypes.StringType, true)
          .add("recipe", DataTypes.StringType, true);

  private final SerializableConfiguration conf;

  private KvMeasure(Configuration conf) {
    this.conf = new SerializableConfiguration(conf);
  }

  /** Makes the function known to a session, if it is not. */
  public static void register(SparkSession spark) {
    if (spark.catalog().functionExists(NAME)) {
      return;
    }
    UserDefinedFunction function =
        functions.udf(new KvMeasure(spark.sparkContext().hadoopConfiguration()), ROWS);
    spark.udf().register(NAME, function.asNondeterministic());
  }

  /** A value of the first argument. */
  public static Row unit(UnitKey key, String dataset, String runId) {
    return RowFactory.create(
        key.unitId(),
        key.model(),
        key.prompt(),
        key.layer(),
        key.layers().toArray(Integer[]::new),
        dataset,
        runId);
  }

  /** An element of the second argument. */
  public static Row cell(Cell cell) {
    return RowFactory.create(
        cell.cellId(),
        cell.spec(),
        cell.kind().label(),
        cell.seed(),
        cell.artefact().map(ArtefactRef::path).orElse(null),
        cell.artefact().map(ArtefactRef::recipe).orElse(null));
  }

  @Override
  public Row call(Row unit, Seq<Row> cells) {
    UnitKey key =
        new UnitKey(
            unit.getAs("unit_id"),
            unit.getAs("model"),
            unit.getAs("prompt"),
            unit.<Integer>getAs("layer"),
            unit.<Integer>getList(unit.fieldIndex("layers")));
    List<Cell> wanted = CollectionConverters.asJava(cells).stream().map(KvMeasure::cell).toList();
    String dataset = unit.getAs("dataset");
    String runId = unit.getAs("run_id");
    Diagnoses diagnoses = new Diagnoses(runId);
    UnitMeasurement measurement =
        new UnitMeasurement(
            Methods.STANDARD,
            path -> OpenArtefacts.get(path, runId, conf.value()),
            path -> UnitReaders.of(path, runId, conf.value()),
            Optional.of(diagnoses));
    List<ResultRow> results =
        measurement.measure(() -> UnitReaders.of(dataset, runId, conf.value()), key, wanted);
    return RowFactory.create(
        rows(results, ResultRows::toRow),
        rows(diagnoses.spectra(), RecordRows::toRow),
        rows(diagnoses.ranges(), RecordRows::toRow));
  }

  private static <R> Row[] rows(List<R> rows, Function<R, Row> toRow) {
    return rows.stream().map(toRow).toArray(Row[]::new);
  }

  private static Cell cell(Row row) {
    return new Cell(
        row.getAs("cell_id"),
        row.getAs("method_spec"),
        CellKind.of(row.getAs("kind")),
        row.<Long>getAs("seed"),
        Optional.ofNullable(row.<String>getAs("artefact"))
            .map(path -> new ArtefactRef(path, row.getAs("recipe"))));
  }
}
