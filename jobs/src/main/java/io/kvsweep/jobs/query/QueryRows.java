package io.kvsweep.jobs.query;

import static org.apache.spark.sql.functions.base64;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.table.CsvTable;
import io.kvsweep.jobs.table.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;

/**
 * Rows of a query as text. Nested values are JSON and binary ones base64 in every form. CSV and
 * JSON are streamed, partition by partition.
 */
public final class QueryRows {
  /** Of a nested or binary value in an aligned table; the others are shown whole. */
  private static final int CUT = 60;

  /** After so many rows it is looked whether anybody still reads. */
  private static final int FLUSH_ROWS = 1000;

  /** A null in JSON is a null, not a missing field. */
  private static final Map<String, String> WITH_NULLS = Map.of("ignoreNullFields", "false");

  private final Dataset<Row> rows;
  private final List<String> names;
  private final List<DataType> types;

  public QueryRows(Dataset<Row> rows) {
    this.rows = rows;
    this.names = List.of(rows.columns());
    this.types = Arrays.stream(rows.schema().fields()).map(field -> field.dataType()).toList();
  }

  /** At most so many of them. */
  public QueryRows first(int limit) {
    return new QueryRows(rows.limit(limit));
  }

  /**
   * An aligned table: numbers with four significant digits, a dash for null, long nested values
   * cut.
   *
   * @param limit rows to show at most; all of them are held in memory
   * @return whether there are more
   */
  public boolean aligned(int limit, PrintWriter out) {
    TextTable table = new TextTable(names, column -> !isNumber(types.get(column)));
    List<Row> some = flat(rows.limit(Math.addExact(limit, 1))).collectAsList();
    some.stream().limit(limit).forEach(row -> table.row(cells(row)));
    out.print(table);
    out.flush();
    return some.size() > limit;
  }

  private List<String> cells(Row row) {
    return IntStream.range(0, names.size()).mapToObj(c -> cell(row, c)).toList();
  }

  private String cell(Row row, int c) {
    Object value = row.get(c);
    if (value instanceof Double || value instanceof Float) {
      return TextTable.number(((Number) value).doubleValue());
    }
    if (value == null) {
      return "-";
    }
    String text = value.toString().replaceAll("\\s*\\R\\s*", " ");
    boolean cut = (isNested(types.get(c)) || isBinary(types.get(c))) && text.length() > CUT;
    return cut ? text.substring(0, CUT) + "..." : text;
  }

  /** CSV as of {@link CsvTable}: all digits, null as an empty field. */
  public void csv(PrintWriter out) {
    Iterator<Row> lines = flat(rows).toLocalIterator();
    boolean any = lines.hasNext(); // a query that fails at once leaves no header
    out.print(CsvTable.line(names));
    for (long n = 1; any && lines.hasNext() && readable(n, out); n++) {
      Row row = lines.next();
      List<String> fields = new ArrayList<>();
      for (int c = 0; c < names.size(); c++) {
        fields.add(row.isNullAt(c) ? "" : row.get(c).toString());
      }
      out.print(CsvTable.line(fields));
    }
    out.flush();
  }

  /**
   * One JSON array, an object per line; all digits. JSON has no NaN and no infinities: they are the
   * strings {@code "NaN"}, {@code "Infinity"}, {@code "-Infinity"}.
   *
   * @throws InvalidInputException if two columns share a name
   */
  public void json(PrintWriter out) {
    TreeSet<String> seen = new TreeSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new InvalidInputException(
            "two columns are named '%s', which a JSON object cannot hold; name them apart with AS"
                .formatted(name));
      }
    }
    Iterator<Row> lines = rows.select(to_json(struct(col("*")), WITH_NULLS)).toLocalIterator();
    boolean any = lines.hasNext();
    out.print("[");
    for (long n = 1; any && lines.hasNext() && readable(n, out); n++) {
      out.print((n == 1 ? "\n" : ",\n") + lines.next().getString(0));
    }
    out.print("\n]\n");
    out.flush();
  }

  /** False once whoever reads the output has gone, as {@code head} does. */
  private static boolean readable(long row, PrintWriter out) {
    return row % FLUSH_ROWS != 0 || !out.checkError();
  }

  /** Texts, numbers and truth values alone; columns by place, since names may repeat. */
  private Dataset<Row> flat(Dataset<Row> some) {
    String[] places =
        IntStream.range(0, names.size()).mapToObj(c -> "c" + c).toArray(String[]::new);
    Column[] flat =
        IntStream.range(0, names.size())
            .mapToObj(c -> flat(col(places[c]), types.get(c)).as(places[c]))
            .toArray(Column[]::new);
    return some.toDF(places).select(flat);
  }

  private static Column flat(Column column, DataType type) {
    if (isNested(type)) {
      return to_json(column, WITH_NULLS);
    }
    if (isBinary(type)) {
      return base64(column);
    }
    return isNumber(type) ? column : column.cast("string");
  }

  private static boolean isNumber(DataType type) {
    return type instanceof NumericType || type instanceof DoubleType || type instanceof FloatType;
  }

  private static boolean isBinary(DataType type) {
    return type instanceof BinaryType;
  }

  private static boolean isNested(DataType type) {
    return type instanceof ArrayType
        || type instanceof StructType
        || type instanceof MapType
        || type instanceof VariantType;
  }
}
