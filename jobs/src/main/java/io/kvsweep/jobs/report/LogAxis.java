package io.kvsweep.jobs.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A logarithmic axis: its ends, and the values worth a label. ECharts labels powers of the base
 * only, which leaves an axis from 1.1 to 4.5 bits with a single number.
 */
public record LogAxis(double min, double max) {
  private static final double[] BITS = {0.125, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 16, 32, 64};
  private static final double[] FACTORS = {0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128};

  /** All values of bits that are worth a label. */
  public static List<Double> allBitTicks() {
    return Arrays.stream(BITS).boxed().toList();
  }

  /** All compression factors that are. */
  public static List<Double> allFactorTicks() {
    return Arrays.stream(FACTORS).boxed().toList();
  }

  /**
   * Covers the values, with a factor of space around them and at least {@code span} from end to
   * end.
   */
  static LogAxis around(double least, double most, double space, double span) {
    double widen = Math.max(space, Math.sqrt(span * least / most));
    return new LogAxis(least / widen, most * widen);
  }

  /** Where a value lies, 0 to 1. */
  double position(double value) {
    return Math.log(value / min) / Math.log(max / min);
  }

  List<Double> bitTicks() {
    return Arrays.stream(BITS).filter(this::covers).boxed().toList();
  }

  /** Compression factors against 16-bit values; factor {@code f} belongs at {@code 16 / f} bits. */
  List<Double> factorTicks() {
    return Arrays.stream(FACTORS).filter(f -> covers(16 / f)).boxed().toList();
  }

  private boolean covers(double value) {
    return value >= min && value <= max;
  }

  /** Powers of ten, with their multiples by 2 and 5 when there are few. */
  List<Double> decimalTicks() {
    int first = (int) Math.floor(Math.log10(min));
    int last = (int) Math.ceil(Math.log10(max));
    double decades = Math.log10(max / min);
    int[] factors = decades < 2 ? new int[] {1, 2, 5} : new int[] {1};
    int step = (int) Math.ceil(decades / 8);
    List<Double> ticks = new ArrayList<>();
    for (int power = first; power <= last; power += step) {
      for (int factor : factors) {
        double tick = BigDecimal.valueOf(factor).scaleByPowerOfTen(power).doubleValue();
        if (covers(tick)) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** A short number: 0.002, 1e-5, 1.25, 16. */
  public static String format(double value) {
    if (value == 0) {
      return "0";
    }
    BigDecimal number = new BigDecimal(value, new MathContext(3)).stripTrailingZeros();
    if (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6) {
      return number.toPlainString();
    }
    int power = number.precision() - number.scale() - 1;
    return number.scaleByPowerOfTen(-power).stripTrailingZeros().toPlainString() + "e" + power;
  }
}
