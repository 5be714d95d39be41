package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.report.LogAxis;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import org.apache.spark.sql.Row;

/** Values of Spark rows, and how the page holds and shows them. */
final class Rows {
  /** Digits of numbers in the page's data; the tables have all. */
  private static final MathContext DIGITS = new MathContext(6);

  private Rows() {}

  static Double number(Row row, String column) {
    Object value = row.getAs(column);
    if (value instanceof Boolean yes) {
      return yes ? 1.0 : 0.0;
    }
    return value == null ? null : (Double) ((Number) value).doubleValue();
  }

  /** A number as data: six digits, and null where it is none. */
  static Double data(Double value) {
    if (value == null || value.isNaN() || value.isInfinite()) {
      return null;
    }
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }

  static Double data(Row row, String column) {
    return data(number(row, column));
  }

  static <T> List<T> list(Row row, String column) {
    return row.getList(row.fieldIndex(column));
  }

  /** An error or another number of any size: three digits, a dash for none. */
  static String text(Double value) {
    return value == null ? "\u2013" : LogAxis.format(data(value));
  }

  /** An error as the script writes it: three digits, also where the last is 0. */
  static String error(Double number) {
    Double value = data(number);
    if (value == null) {
      return "\u2013";
    }
    double size = Math.abs(value);
    if (size == 0 || (size >= 1000 && size < 1e6)) {
      return LogAxis.format(value);
    }
    BigDecimal digits = new BigDecimal(value).round(new MathContext(3, RoundingMode.HALF_UP));
    int power = digits.precision() - digits.scale() - 1;
    return size >= 1e-4 && size < 1000
        ? digits.setScale(2 - power, RoundingMode.HALF_UP).toPlainString()
        : digits.scaleByPowerOfTen(-power).setScale(2, RoundingMode.HALF_UP).toPlainString()
            + "e"
            + power;
  }

  /** Bits per value: two decimals, which is where the numbers of methods differ. */
  static String bits(Double value) {
    return value == null ? "\u2013" : fixed(value);
  }

  /** As the script's {@code toFixed}: of the number itself, not of its shortest text. */
  static String fixed(double value) {
    return new BigDecimal(data(value)).setScale(2, RoundingMode.HALF_UP).toPlainString();
  }
}
