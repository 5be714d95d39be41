package io.kvsweep.udfs.method.select;

import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Block layout: basis = ids of the outlier chunks, four bytes each, head after head, ascending;
 * parameters = landmarks of the other chunks in binary16, head after head, chunk after chunk; none
 * where chunks are chosen at random.
 */
final class ShadowKvSelector implements TokenSelector {
  private final CodecId id;
  private final Budget budget;
  private final Chunks chunks;
  private final OptionalLong randomSeed;

  /**
   * @param randomSeed present where chunks are chosen at random
   */
  ShadowKvSelector(String stage, Budget budget, Chunks chunks, OptionalLong randomSeed) {
    this.id = new CodecId("SHKV", stage);
    this.budget = budget;
    this.chunks = chunks;
    this.randomSeed = randomSeed;
  }

  @Override
  public boolean needsQueries() {
    return true;
  }

  private long landmarkBytes(int tokens, int heads, int headDim) {
    return randomSeed.isPresent() ? 0 : 2L * heads * chunks.landmarks(tokens) * headDim;
  }

  /** Of nothing where all stays whole. */
  private int outliers(int tokens) {
    return chunks.landmarks(tokens) == 0 ? 0 : chunks.outliers(tokens);
  }

  @Override
  public SelectionSize size(int tokens, int heads, int headDim) {
    return new SelectionSize(
        EncodedBlock.HEADER_BYTES
            + landmarkBytes(tokens, heads, headDim)
            + 4L * heads * outliers(tokens),
        chunks.coded(tokens),
        chunks.exact(tokens),
        chunks.size() * chunks.chosen(budget, tokens),
        chunks.budget(budget, tokens));
  }

  @Override
  public byte[] encode(TensorView keys, Optional<Queries> queries) {
    TensorShape shape = keys.shape();
    int count = chunks.count(shape.tokens());
    int outliers = outliers(shape.tokens());
    long landmarkBytes = landmarkBytes(shape.tokens(), shape.heads(), shape.headDim());
    Landmarks means = new Landmarks(keys.data(RopeStage.POST), shape, chunks.size());
    byte[] ids = new byte[4 * shape.heads() * outliers];
    HalfWriter landmarks = new HalfWriter((int) landmarkBytes / 2);
    for (int head = 0; head < shape.heads() && chunks.landmarks(shape.tokens()) > 0; head++) {
      int[] whole = means.outliers(head, count, outliers);
      for (int i = 0; i < outliers; i++) {
        LittleEndian.putInt(ids, 4 * (head * outliers + i), whole[i]);
      }
      for (int chunk = 0; chunk < count && landmarkBytes > 0; chunk++) {
        if (Arrays.binarySearch(whole, chunk) < 0) {
          for (double x : means.mean(head, chunk)) {
            landmarks.write((float) x, "an entry of a landmark");
          }
        }
      }
    }
    return EncodedBlock.write(
        id,
        TensorKind.KEY,
        shape,
        keys.dtype(),
        Map.of(Section.PARAMETERS, landmarks.toByteArray(), Section.BASIS, ids));
  }

  @Override
  public TokenSelection decode(byte[] block, TensorShape expected, Optional<Steps> steps) {
    EncodedBlock in = EncodedBlock.read(block, id, expected);
    int tokens = expected.tokens();
    int heads = expected.heads();
    in.expectLength(Section.CODES, 0);
    in.expectLength(Section.PARAMETERS, landmarkBytes(tokens, heads, expected.headDim()));
    in.expectLength(Section.BASIS, 4L * heads * outliers(tokens));
    in.expectLength(Section.EXACT, 0);
    int[][] outliers = readOutliers(in);
    ChunkChoice choice =
        randomSeed.isPresent()
            ? new RandomChoice(randomSeed.getAsLong())
            : new LandmarkChoice(readLandmarks(in), expected.headDim());
    return new TokenSelection(
        HeadTokens.first(heads, chunks.coded(tokens)),
        exact(tokens, outliers),
        chunks.budget(budget, tokens),
        new ShadowKvSteps(chunks, chunks.wanted(budget, tokens), tokens, outliers, choice)
            .touched(steps.orElseThrow()));
  }

  private int[][] readOutliers(EncodedBlock in) {
    int tokens = in.shape().tokens();
    int[][] ids = new int[in.shape().heads()][outliers(tokens)];
    int at = in.start(Section.BASIS);
    for (int[] head : ids) {
      for (int i = 0; i < head.length; i++, at += 4) {
        head[i] = LittleEndian.getInt(in.bytes(), at);
        if (head[i] < (i == 0 ? 0 : head[i - 1] + 1) || head[i] >= chunks.count(tokens)) {
          throw new MalformedBlockException(
              "outlier chunk %d, expected ascending ones below %d"
                  .formatted(head[i], chunks.count(tokens)),
              at);
        }
      }
    }
    return ids;
  }

  private float[][] readLandmarks(EncodedBlock in) {
    TensorShape shape = in.shape();
    HalfReader reader = in.halves(Section.PARAMETERS);
    float[][] landmarks =
        new float[shape.heads()][chunks.landmarks(shape.tokens()) * shape.headDim()];
    for (float[] head : landmarks) {
      reader.read(head);
    }
    return landmarks;
  }

  /** Outlier chunks of each head, and the tail. */
  private HeadTokens exact(int tokens, int[][] outliers) {
    int[][] exact = new int[outliers.length][chunks.exact(tokens)];
    for (int head = 0; head < exact.length; head++) {
      int n = 0;
      for (int chunk : outliers[head]) {
        for (int i = 0; i < chunks.size(); i++) {
          exact[head][n++] = chunk * chunks.size() + i;
        }
      }
      for (int t = chunks.coded(tokens); t < tokens; t++) {
        exact[head][n++] = t;
      }
    }
    return HeadTokens.ofHeads(exact);
  }
}
