package io.kvsweep.udfs.metrics;

/**
 * A tile of consecutive tokens as one KV head sees it, with the exact logits and weights of the
 * query head at hand.
 */
final class AttentionTile {
  /** Tokens of a tile: its keys and values stay in the second-level cache. */
  static final int TOKENS = 256;

  final int n;
  final int firstToken;
  final double[] keys; // [headDim, n]
  final double[] values; // [n, headDim]
  final int[] visible; // tokens of the tile that a query sees, per query

  // Of one query head at a time, [queries, n]:
  final double[] logits;
  final double[] weights;

  // Scratch of one reconstruction at a time, [queries, n]:
  final double[] logitsHat;
  final double[] weightsHat;

  AttentionTile(int n, int firstToken, double[] keys, double[] values, int[] visible) {
    this.n = n;
    this.firstToken = firstToken;
    this.keys = keys;
    this.values = values;
    this.visible = visible;
    this.logits = new double[visible.length * n];
    this.weights = new double[visible.length * n];
    this.logitsHat = new double[visible.length * n];
    this.weightsHat = new double[visible.length * n];
  }
}
