package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.List;

/** Checks that the tensors of one capture fit together and with its metadata. */
final class CaptureShapes {
  /**
   * Heads of queries (0 without queries and moments of them) and of keys and values, and channels
   * of a head.
   */
  record Heads(int query, int kv, int headDim) {}

  private CaptureShapes() {}

  static Heads check(List<TensorSpec> specs, CaptureMetadata metadata, String place) {
    TensorSpec cache = null;
    TensorSpec query = null;
    TensorSpec moment = null;
    for (TensorSpec spec : specs) {
      switch (spec.kind()) {
        case KEY, VALUE -> cache = cache == null ? spec : same(cache, spec, place);
        case QUERY -> query = query == null ? spec : same(query, spec, place);
        case QUERY_MOMENT -> moment = moment == null ? spec : same(moment, spec, place);
      }
    }
    if (cache == null) {
      throw new InvalidInputException(
          place
              + ": holds no key and no value tensor; expected at least one layers.{l}.key or layers.{l}.value");
    }
    TensorShape kv = cache.shape();
    if (kv.tokens() != metadata.tokens()) {
      throw new InvalidInputException(
          "%s: metadata 'tokens' is %d, but tensor '%s' of shape [%d, %d, %d] holds %d tokens; expected [kv_heads, tokens, head_dim]"
              .formatted(
                  place,
                  metadata.tokens(),
                  cache.name(),
                  kv.heads(),
                  kv.tokens(),
                  kv.headDim(),
                  kv.tokens()));
    }
    if (metadata.rope().isPresent() && kv.headDim() % 2 != 0) {
      throw new InvalidInputException(
          "%s: tensor '%s' has head dimension %d; rotary embedding in layout 'half' needs an even one"
              .formatted(place, cache.name(), kv.headDim()));
    }
    int queryHeads = 0;
    if (moment != null) {
      checkHeads(moment, kv, place);
      checkMoments(moment, place);
      queryHeads = moment.shape().heads();
    }
    if (query != null) {
      checkHeads(query, kv, place);
      checkPositions(query, metadata, place);
      queryHeads = query.shape().heads();
    }
    if (query != null && moment != null && moment.shape().heads() != queryHeads) {
      throw new InvalidInputException(
          "%s: tensor '%s' has %d heads, '%s' has %d; expected one matrix per query head"
              .formatted(place, moment.name(), moment.shape().heads(), query.name(), queryHeads));
    }
    return new Heads(queryHeads, kv.heads(), kv.headDim());
  }

  private static void checkMoments(TensorSpec moment, String place) {
    TensorShape shape = moment.shape();
    if (shape.tokens() != shape.headDim()) {
      throw new InvalidInputException(
          "%s: tensor '%s' holds matrices of %d rows and %d columns; expected [heads, head_dim, head_dim]"
              .formatted(place, moment.name(), shape.tokens(), shape.headDim()));
    }
  }

  private static void checkHeads(TensorSpec query, TensorShape kv, String place) {
    TensorShape shape = query.shape();
    if (shape.heads() % kv.heads() != 0 || shape.headDim() != kv.headDim()) {
      throw new InvalidInputException(
          "%s: tensor '%s' has %d heads of dimension %d; expected a multiple of the %d KV heads, of dimension %d"
              .formatted(
                  place, query.name(), shape.heads(), shape.headDim(), kv.heads(), kv.headDim()));
    }
  }

  private static void checkPositions(TensorSpec query, CaptureMetadata metadata, String place) {
    TensorShape shape = query.shape();
    long first = metadata.queryFirstPosition().orElseThrow();
    long promptEnd = (long) metadata.firstPosition() + metadata.tokens();
    if (first < metadata.firstPosition() || first + shape.tokens() > promptEnd) {
      throw new InvalidInputException(
          "%s: tensor '%s' holds queries of positions %d to %d, outside the prompt's %d to %d; check query_first_position"
              .formatted(
                  place,
                  query.name(),
                  first,
                  first + shape.tokens() - 1,
                  metadata.firstPosition(),
                  promptEnd - 1));
    }
  }

  private static TensorSpec same(TensorSpec first, TensorSpec next, String place) {
    if (!first.shape().equals(next.shape())) {
      throw new InvalidInputException(
          "%s: tensors differ: '%s' is %s, '%s' is %s [tokens, heads, head_dim]; all %s of a capture must have one shape (layers of different shapes are not supported)"
              .formatted(
                  place,
                  first.name(),
                  first.shape(),
                  next.name(),
                  next.shape(),
                  switch (first.kind()) {
                    case KEY, VALUE -> "keys and values";
                    case QUERY -> "queries";
                    case QUERY_MOMENT -> "query moments";
                  }));
    }
    return first;
  }
}
