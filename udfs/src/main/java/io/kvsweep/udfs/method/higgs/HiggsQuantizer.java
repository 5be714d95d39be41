package io.kvsweep.udfs.method.higgs;

import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.linalg.Hadamard;
import io.kvsweep.udfs.method.quant.GroupQuantizer;

/**
 * HIGGS quantisation of groups of {@code G} values, {@code G} a power of two and at least the
 * grid's dimension {@code d}: {@code s = ||x||} in binary16, {@code y = H D x / s} with the
 * unscaled Hadamard transform {@code H}, so that the mean square of {@code y} is 1, and the index
 * of the nearest grid point for every {@code d} consecutive values of {@code y}. Decoding is {@code
 * x^ = D H (s c) / G}. {@code D} is a diagonal of random signs, or absent.
 *
 * <p>Sums of squares are formed in double, so a norm is only ever too large for binary16, which is
 * an {@link io.kvsweep.udfs.block.UnencodableException}. A norm that rounds to zero, below 3e-8,
 * gives a group of zeros with indices 0. Decoding is plain float arithmetic in a fixed order: the
 * same bytes give the same floats everywhere. Costs {@code log2 G} additions and one search per
 * value. Immutable and thread-safe.
 */
public final class HiggsQuantizer implements GroupQuantizer {
  /** Longest group. */
  public static final int MAX_GROUP = 1024;

  private final HiggsGrid grid;
  private final float[] signs;

  private HiggsQuantizer(HiggsGrid grid, float[] signs) {
    this.grid = grid;
    this.signs = signs;
  }

  /** Without random signs, as AQUA-KV. */
  public static HiggsQuantizer unsigned(HiggsGrid grid) {
    return new HiggsQuantizer(grid, new float[0]);
  }

  /** With the random signs of a seed, the same for every group. */
  public static HiggsQuantizer signed(HiggsGrid grid, long seed) {
    return new HiggsQuantizer(grid, Hadamard.signs(seed, MAX_GROUP));
  }

  /**
   * Largest group that divides {@code channels} evenly, so that nothing is padded: a power of two,
   * at most {@value #MAX_GROUP}.
   */
  public static int largestGroup(int channels) {
    return Math.min(MAX_GROUP, Hadamard.largestBlock(channels));
  }

  /** The grid. */
  public HiggsGrid grid() {
    return grid;
  }

  @Override
  public int bits() {
    return grid.indexBits() / grid.dim();
  }

  @Override
  public int parametersPerGroup() {
    return 1;
  }

  @Override
  public void encode(float[] values, int from, int count, BitWriter codes, HalfWriter parameters) {
    requireGroup(count);
    double squares = 0;
    for (int i = from; i < from + count; i++) {
      squares += (double) values[i] * values[i];
    }
    float norm = parameters.write((float) Math.sqrt(squares), "the norm of a group");
    int[] indices = new int[count / grid.dim()];
    if (norm > 0) {
      float[] y = new float[count];
      for (int i = 0; i < count; i++) {
        // Divided first: the transform of large values could overflow.
        y[i] = sign(i) * (values[from + i] / norm);
      }
      Hadamard.transform(y, 0, count);
      for (int i = 0; i < indices.length; i++) {
        indices[i] = grid.nearest(y, i * grid.dim());
      }
    }
    codes.write(indices, 0, indices.length, grid.indexBits());
  }

  @Override
  public void decode(BitReader codes, HalfReader parameters, float[] out, int from, int count) {
    requireGroup(count);
    int[] indices = new int[count / grid.dim()];
    codes.read(indices, 0, indices.length, grid.indexBits());
    float norm = parameters.read();
    float scale = norm / count; // exact but for subnormal results: a power of two
    for (int i = 0; i < count; i++) {
      out[from + i] = scale * grid.coordinate(indices[i / grid.dim()], i % grid.dim());
    }
    Hadamard.transform(out, from, count);
    for (int i = 0; i < count; i++) {
      out[from + i] *= sign(i);
    }
  }

  private float sign(int i) {
    return signs.length == 0 ? 1 : signs[i];
  }

  private void requireGroup(int count) {
    if (Integer.bitCount(count) != 1 || count < grid.dim() || count > MAX_GROUP) {
      throw new IllegalArgumentException(
          "a group of %d values: expected a power of two from %d to %d"
              .formatted(count, grid.dim(), MAX_GROUP));
    }
  }
}
