package io.kvsweep.datasets;

import java.util.function.Supplier;

/**
 * Asks a store again that did not answer. A sweep's task does so itself: Spark would run it again
 * on a cluster only, and give the whole job up in the end.
 *
 * @param delaysMillis waits before each further try
 */
public record Retries(long... delaysMillis) {
  /** Two more tries, in five seconds. */
  public static final Retries STANDARD = new Retries(1_000, 4_000);

  /**
   * What the supplier gives.
   *
   * @throws StoreUnavailableException if the store does not answer to the last try either, or this
   *     thread is interrupted while it waits
   */
  public <T> T run(Supplier<T> reading) {
    for (long delay : delaysMillis) {
      try {
        return reading.get();
      } catch (StoreUnavailableException e) {
        try {
          Thread.sleep(delay);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
    return reading.get();
  }
}
