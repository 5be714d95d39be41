package io.kvsweep.udfs.metrics;

/** An attention step of a selection reads no token at all, so that it has no probabilities. */
public final class NothingReadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NothingReadException(int query, int kvHead) {
    super(
        "captured query %d reads no token of KV head %d: give the selector a larger budget"
            .formatted(query, kvHead));
  }
}
