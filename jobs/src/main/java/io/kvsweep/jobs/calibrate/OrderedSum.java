package io.kvsweep.jobs.calibrate;

import io.kvsweep.udfs.method.aqua.NormalEquations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import scala.Tuple2;

/**
 * Sums normal equations in a tree whose shape depends on their number alone: neighbours in the
 * order of their indices, four at a time. Floating-point addition is not associative; this way the
 * sum is the same to the bit however Spark cuts the work into tasks. Only sums cross the network,
 * and no task holds more than four.
 */
final class OrderedSum {
  private static final int FAN = 4;

  private OrderedSum() {}

  /**
   * The sum.
   *
   * @param partial with indices 0 to {@code count - 1}
   */
  static NormalEquations of(JavaPairRDD<Integer, NormalEquations> partial, int count) {
    JavaPairRDD<Integer, NormalEquations> level = partial;
    for (int left = count; left > 1; left = (left + FAN - 1) / FAN) {
      int groups = (left + FAN - 1) / FAN;
      level =
          level
              .mapToPair(item -> new Tuple2<>(item._1() / FAN, item))
              .groupByKey(Math.min(groups, level.getNumPartitions()))
              .mapValues(OrderedSum::add);
    }
    return level.collect().get(0)._2();
  }

  private static NormalEquations add(Iterable<Tuple2<Integer, NormalEquations>> items) {
    List<Tuple2<Integer, NormalEquations>> sorted = new ArrayList<>();
    items.forEach(sorted::add);
    sorted.sort(Comparator.comparing(Tuple2::_1));
    NormalEquations sum = sorted.get(0)._2();
    for (Tuple2<Integer, NormalEquations> item : sorted.subList(1, sorted.size())) {
      sum.add(item._2());
    }
    return sum;
  }
}
