package io.kvsweep.udfs.method.svdq;

import io.kvsweep.udfs.block.UnencodableException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** How the schedule of a tensor comes about. */
sealed interface ScheduleRule {
  /** Whether the schedule depends on the data, so that the block must tell it. */
  boolean adaptive();

  /**
   * The schedule for a part (all heads joined, or one).
   *
   * @param errors squared error of each group at each width, {@code [8][0..8]}, as measured with
   *     the quantiser itself; not asked for unless adaptive
   * @param channels channels of the part
   * @param bytes bytes of the block with a schedule in every part
   * @param values values of the block
   */
  Schedule choose(double[][] errors, int channels, ToLongFunction<Schedule> bytes, long values);

  /** As given. */
  record Fixed(Schedule schedule) implements ScheduleRule {
    @Override
    public boolean adaptive() {
      return false;
    }

    @Override
    public Schedule choose(
        double[][] errors, int channels, ToLongFunction<Schedule> bytes, long values) {
      return schedule;
    }
  }

  /** The schedule of least error whose widths average at most {@code bits}. */
  record Nominal(double bits) implements ScheduleRule {
    @Override
    public boolean adaptive() {
      return true;
    }

    @Override
    public Schedule choose(
        double[][] errors, int channels, ToLongFunction<Schedule> bytes, long values) {
      return best(errors, schedule -> schedule.bitsPerToken(channels) <= bits * channels + 1e-9);
    }
  }

  /** The schedule of least error whose block, all included, has at most {@code bits} per value. */
  record Effective(double bits) implements ScheduleRule {
    @Override
    public boolean adaptive() {
      return true;
    }

    @Override
    public Schedule choose(
        double[][] errors, int channels, ToLongFunction<Schedule> bytes, long values) {
      if (8 * bytes.applyAsLong(Schedule.NOTHING) > bits * values) {
        throw new UnencodableException(
            "effective_bits=%s is less than the %.3f that header and means alone need at this length: ask for more"
                .formatted(bits, 8.0 * bytes.applyAsLong(Schedule.NOTHING) / values));
      }
      return best(errors, schedule -> 8 * bytes.applyAsLong(schedule) <= bits * values);
    }
  }

  /**
   * All 12,870 non-increasing schedules are tried; of equal errors the first in this order wins.
   */
  private static Schedule best(double[][] errors, Predicate<Schedule> fits) {
    Search search = new Search(errors, fits);
    search.extend(new ArrayList<>(), 0);
    return search.best;
  }

  /** Depth-first over non-increasing schedules, small widths first. */
  final class Search {
    private final double[][] errors;
    private final Predicate<Schedule> fits;
    private double least = Double.POSITIVE_INFINITY;
    private Schedule best;

    private Search(double[][] errors, Predicate<Schedule> fits) {
      this.errors = errors;
      this.fits = fits;
    }

    private void extend(List<Integer> widths, double error) {
      int group = widths.size();
      if (group == Schedule.GROUPS) {
        if (error < least) {
          Schedule schedule = new Schedule(widths);
          if (fits.test(schedule)) {
            least = error;
            best = schedule;
          }
        }
        return;
      }
      int widest = group == 0 ? 8 : widths.get(group - 1);
      for (int width = 0; width <= widest; width++) {
        widths.add(width);
        extend(widths, error + errors[group][width]);
        widths.remove(group);
      }
    }
  }
}
