package io.kvsweep.udfs.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.TokenSelection.Touched;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seeds.class)
class AttentionFidelityTest {
  // Both sides sum some hundred terms in double, 300 * 2^-53 = 3e-14 relative; a divergence is a
  // difference of numbers up to a hundred times larger, a centred square one up to ten times.
  private static final double RELATIVE = 1e-10;

  /** One layer: data and the reconstruction of it. */
  private record Scene(
      Queries queries,
      int kvHeads,
      int firstPosition,
      float[] keys,
      float[] keysHat,
      float[] values,
      float[] valuesHat) {
    int tokens() {
      return keys.length / kvHeads / headDim();
    }

    int headDim() {
      return queries.shape().headDim();
    }
  }

  private static Scene scene(
      Random random, int tokens, int kvHeads, int group, int headDim, int queries, int behind) {
    int channels = kvHeads * headDim;
    float[] keys = Tensors.gaussian(random, tokens * channels, 1);
    float[] values = Tensors.gaussian(random, tokens * channels, 1);
    int firstPosition = 11;
    return new Scene(
        new Queries(
            new TensorShape(queries, kvHeads * group, headDim),
            firstPosition + tokens - queries - behind,
            1.7 / Math.sqrt(headDim),
            Tensors.gaussian(random, queries * channels * group, 1)),
        kvHeads,
        firstPosition,
        keys,
        noisy(random, keys),
        values,
        noisy(random, values));
  }

  private static float[] noisy(Random random, float[] data) {
    float[] noise = Tensors.gaussian(random, data.length, 0.2);
    for (int i = 0; i < data.length; i++) {
      noise[i] += data[i];
    }
    return noise;
  }

  private static AttentionFidelity.Result measure(
      Scene scene, Optional<Touched> touched, int... cuts) {
    AttentionFidelity fidelity =
        new AttentionFidelity(scene.queries(), scene.kvHeads(), scene.headDim(), List.of(touched));
    int from = 0;
    for (int cut : IntStream.concat(Arrays.stream(cuts), IntStream.of(scene.tokens())).toArray()) {
      int channels = scene.kvHeads() * scene.headDim();
      float[] keys = Arrays.copyOfRange(scene.keys(), from * channels, cut * channels);
      float[] values = Arrays.copyOfRange(scene.values(), from * channels, cut * channels);
      fidelity.add(
          new AttentionFidelity.Run(from, scene.firstPosition() + from, cut - from, keys, values),
          List.of(
              new AttentionFidelity.Candidate(
                  scene.keysHat() == scene.keys()
                      ? keys
                      : Arrays.copyOfRange(scene.keysHat(), from * channels, cut * channels),
                  scene.valuesHat() == scene.values()
                      ? values
                      : Arrays.copyOfRange(scene.valuesHat(), from * channels, cut * channels))));
      from = cut;
    }
    return fidelity.result(0);
  }

  /** Materialised attention and full softmax: the obvious way. */
  private static final class Reference {
    private final Scene scene;
    private final Touched touched;
    private final List<Double> divergences = new ArrayList<>();
    private final double[] squares;
    private final double[] kl;
    private final double[] error;
    private final double[] energy;
    private double recall;
    private double mass;

    Reference(Scene scene, Touched touched) {
      this.scene = scene;
      this.touched = touched;
      squares = new double[scene.kvHeads()];
      kl = new double[scene.kvHeads()];
      error = new double[scene.kvHeads()];
      energy = new double[scene.kvHeads()];
      for (int head = 0; head < scene.queries().shape().heads(); head++) {
        for (int q = 0; q < scene.queries().shape().tokens(); q++) {
          row(head, q);
        }
      }
    }

    private double logit(float[] keys, int token, int head, int q, int kvHead) {
      double dot = 0;
      for (int i = 0; i < scene.headDim(); i++) {
        dot +=
            (double)
                    scene.queries()
                        .data()[(q * scene.queries().shape().heads() + head) * scene.headDim() + i]
                * keys[(token * scene.kvHeads() + kvHead) * scene.headDim() + i];
      }
      return dot * scene.queries().scale();
    }

    private static double[] softmax(double[] logits) {
      double max = Arrays.stream(logits).max().orElseThrow();
      double sum = Arrays.stream(logits).map(x -> Math.exp(x - max)).sum();
      return Arrays.stream(logits).map(x -> Math.exp(x - max) / sum).toArray();
    }

    private double[] output(int[] tokens, double[] p, float[] values, int kvHead) {
      double[] out = new double[scene.headDim()];
      for (int j = 0; j < tokens.length; j++) {
        for (int i = 0; i < out.length; i++) {
          out[i] += p[j] * values[(tokens[j] * scene.kvHeads() + kvHead) * scene.headDim() + i];
        }
      }
      return out;
    }

    private static List<Integer> top16(int[] tokens, double[] logits) {
      return IntStream.range(0, tokens.length)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer j) -> -logits[j]))
          .limit(16)
          .map(j -> tokens[j])
          .toList();
    }

    private void row(int head, int q) {
      int kvHead = head * scene.kvHeads() / scene.queries().shape().heads();
      int position = scene.queries().firstPosition() + q;
      int[] seen =
          IntStream.range(0, scene.tokens())
              .filter(j -> scene.firstPosition() + j <= position)
              .toArray();
      int[] read =
          Arrays.stream(seen)
              .filter(j -> touched == null || touched.tokens(kvHead, q).get(j))
              .toArray();
      double[] all =
          Arrays.stream(seen).mapToDouble(j -> logit(scene.keys(), j, head, q, kvHead)).toArray();
      double[] exact =
          Arrays.stream(read).mapToDouble(j -> logit(scene.keys(), j, head, q, kvHead)).toArray();
      double[] hat =
          Arrays.stream(read)
              .mapToDouble(j -> logit(scene.keysHat(), j, head, q, kvHead))
              .toArray();
      double[] p = softmax(exact);
      double[] pHat = softmax(hat);
      double divergence = 0;
      double mean = 0;
      for (int j = 0; j < read.length; j++) {
        divergence += p[j] * (Math.log(p[j]) - Math.log(pHat[j]));
        mean += (exact[j] - hat[j]) / read.length;
      }
      double square = 0;
      for (int j = 0; j < read.length; j++) {
        square += Math.pow(exact[j] - hat[j] - mean, 2) / read.length;
      }
      divergences.add(divergence);
      kl[kvHead] += divergence;
      squares[kvHead] += square;
      double[] pAll = softmax(all);
      for (int j = 0; j < seen.length; j++) {
        int token = seen[j];
        mass += Arrays.stream(read).anyMatch(r -> r == token) ? pAll[j] : 0;
      }
      double[] o = output(seen, pAll, scene.values(), kvHead);
      double[] oHat = output(read, pHat, scene.valuesHat(), kvHead);
      for (int i = 0; i < o.length; i++) {
        error[kvHead] += (o[i] - oHat[i]) * (o[i] - oHat[i]);
        energy[kvHead] += o[i] * o[i];
      }
      List<Integer> before = top16(seen, all);
      List<Integer> after = top16(read, hat);
      recall += before.stream().filter(after::contains).count() / (double) before.size();
    }

    void check(AttentionFidelity.Result result) {
      int rows = divergences.size();
      int perHead = rows / scene.kvHeads();
      near(Math.sqrt(Arrays.stream(squares).sum() / rows), result.logitRms(), "logit_rms");
      near(Arrays.stream(kl).sum() / rows, result.kl(), "kl");
      near(recall / rows, result.topRecall16(), "recall");
      near(Arrays.stream(error).sum() / Arrays.stream(energy).sum(), result.outputError(), "error");
      near(mass / rows, result.keptMass(), "mass");
      double[] sorted = divergences.stream().mapToDouble(x -> x).sorted().toArray();
      double rank = 0.999 * (rows - 1);
      int low = (int) rank;
      int high = Math.min(rows - 1, low + 1);
      near(sorted[low] + (rank - low) * (sorted[high] - sorted[low]), result.klP999(), "p999");
      for (int h = 0; h < scene.kvHeads(); h++) {
        near(Math.sqrt(squares[h] / perHead), result.heads()[h].logitRms(), "head " + h);
        near(kl[h] / perHead, result.heads()[h].kl(), "head " + h);
        near(error[h] / energy[h], result.heads()[h].outputError(), "head " + h);
      }
    }

    private static void near(double expected, double actual, String what) {
      assertEquals(expected, actual, RELATIVE * Math.abs(expected), what);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "300, 2, 3, 16, 20, 0", // grouped queries, two full tiles and a short one
    "129, 1, 1, 5, 129, 0", // every token asks: rows of one token to all
    "128, 3, 1, 8, 4, 40", // queries that do not see the end of the prompt
    "10, 2, 2, 4, 3, 0", // fewer tokens than the top 16
    "1, 1, 2, 4, 1, 0"
  })
  void everyMetricAgreesWithMaterialisedAttention(
      int tokens, int kvHeads, int group, int headDim, int queries, int behind, Random random) {
    Scene scene = scene(random, tokens, kvHeads, group, headDim, queries, behind);
    new Reference(scene, null).check(measure(scene, Optional.empty()));
    assertEquals(1, measure(scene, Optional.empty()).keptMass());
  }

  @Test
  void everyMetricAgreesUnderASelection(Random random) {
    Scene scene = scene(random, 300, 2, 3, 16, 20, 5);
    BitSet[][] read = new BitSet[2][20];
    for (BitSet[] head : read) {
      for (int q = 0; q < head.length; q++) {
        head[q] = new BitSet();
        for (int t = 0; t < 300; t++) {
          head[q].set(t, random.nextInt(4) == 0);
        }
        head[q].set(0);
      }
    }
    Touched touched = (head, q) -> read[head][q];
    AttentionFidelity.Result result = measure(scene, Optional.of(touched));
    new Reference(scene, touched).check(result);
    assertTrue(result.keptMass() < 0.5, "about a quarter is read");
    BitSet everything = new BitSet();
    everything.set(0, 300);
    new Reference(scene, null).check(measure(scene, Optional.of((head, q) -> everything)));
  }

  @Test
  void runsCutAtTilesGiveTheSameBitsAndOthersTheSameNumbers(Random random) {
    Scene scene = scene(random, 700, 2, 2, 8, 6, 3);
    AttentionFidelity.Result whole = measure(scene, Optional.empty());
    same(whole, measure(scene, Optional.empty(), 256), 0);
    same(whole, measure(scene, Optional.empty(), 256, 512), 0);
    // Other tiles raise the running maximum at other places: 700 terms of 2^-53 each.
    same(whole, measure(scene, Optional.empty(), 1, 2, 77, 205, 699), RELATIVE);
  }

  private static void same(
      AttentionFidelity.Result a, AttentionFidelity.Result b, double relative) {
    assertEquals(a.kl(), b.kl(), relative * a.kl());
    assertEquals(a.klP999(), b.klP999(), relative * a.klP999());
    assertEquals(a.logitRms(), b.logitRms(), relative * a.logitRms());
    assertEquals(a.outputError(), b.outputError(), relative * a.outputError());
    assertEquals(a.topRecall16(), b.topRecall16());
    for (int h = 0; h < a.heads().length; h++) {
      assertEquals(a.heads()[h].kl(), b.heads()[h].kl(), relative * a.heads()[h].kl());
    }
  }

  @Test
  void anExactCopyHasNoErrorAtAll(Random random) {
    Scene s = scene(random, 300, 2, 2, 8, 6, 0);
    for (boolean copy : new boolean[] {false, true}) {
      Scene exact =
          new Scene(
              s.queries(),
              2,
              11,
              s.keys(),
              copy ? s.keys().clone() : s.keys(),
              s.values(),
              copy ? s.values().clone() : s.values());
      AttentionFidelity.Result result = measure(exact, Optional.empty());
      assertEquals(0, result.kl());
      assertEquals(0, result.klP999());
      assertEquals(0, result.logitRms());
      assertEquals(0, result.outputError());
      assertEquals(1, result.topRecall16());
    }
  }

  /** A row added to every key shifts all logits of a query alike, which softmax does not see. */
  @Test
  void aConstantRowAddedToKeysChangesNothing(Random random) {
    Scene s = scene(random, 300, 2, 2, 8, 6, 0);
    float[] eighths = new float[s.keys().length];
    float[] shifted = new float[s.keys().length];
    for (int i = 0; i < shifted.length; i++) {
      // Multiples of 1/8, so that adding is exact in float.
      eighths[i] = Math.round(s.keys()[i] * 8) / 8f;
      shifted[i] = eighths[i] + (i % 16 - 8) / 4f;
    }
    AttentionFidelity.Result result =
        measure(
            new Scene(s.queries(), 2, 11, eighths, shifted, s.values(), s.values()),
            Optional.empty());
    assertEquals(0, result.kl(), 1e-9);
    assertEquals(0, result.outputError(), 1e-9);
    assertEquals(1, result.topRecall16(), 0.05); // ties between equal logits may turn
    // The square of a centred difference is left over from squares of about 10 at 2^-53 each.
    assertEquals(0, result.logitRms(), 1e-6);
  }

  /** Rounding left -4e-17 of a divergence, which then beat the 0 of an exact reconstruction. */
  @Test
  void noDivergenceIsNegative(Random random) {
    int belowRounding = 0;
    for (int round = 0; round < 50; round++) {
      Scene s = scene(random, 40, 1, 1, 4, 1, 0);
      float[] nearly = s.keys().clone();
      nearly[0] = Math.nextUp(nearly[0]);
      AttentionFidelity.Result result =
          measure(
              new Scene(s.queries(), 1, 11, s.keys(), nearly, s.values(), s.values()),
              Optional.empty());
      assertTrue(result.kl() >= 0 && result.klP999() >= 0, () -> "divergence " + result.kl());
      belowRounding += result.kl() == 0 ? 1 : 0;
    }
    assertTrue(belowRounding > 0, "some are rounding alone");
  }

  /** Values of one head are all zero: what is made of them has no error relative to nothing. */
  @Test
  void anOutputOfZerosHasNoRelativeErrorInItsHead(Random random) {
    Scene s = scene(random, 40, 2, 1, 4, 3, 0);
    float[] quiet = s.values().clone();
    float[] loud = s.valuesHat().clone();
    for (int t = 0; t < 40; t++) {
      Arrays.fill(quiet, t * 8, t * 8 + 4, 0);
    }
    AttentionFidelity.Result result =
        measure(new Scene(s.queries(), 2, 11, s.keys(), s.keys(), quiet, loud), Optional.empty());
    assertTrue(Double.isNaN(result.heads()[0].outputError()));
    assertTrue(Double.isFinite(result.heads()[1].outputError()));
    assertTrue(Double.isFinite(result.outputError()), "of both heads there are squares");
    AttentionFidelity.Result exact =
        measure(
            new Scene(s.queries(), 2, 11, s.keys(), s.keys(), quiet, quiet.clone()),
            Optional.empty());
    assertEquals(0, exact.heads()[0].outputError());
  }

  @Test
  void aRowThatReadsNothingIsRefused(Random random) {
    Scene scene = scene(random, 20, 1, 1, 4, 2, 0);
    NothingReadException e =
        assertThrows(
            NothingReadException.class,
            () -> measure(scene, Optional.of((head, q) -> new BitSet())));
    assertEquals(
        "captured query 0 reads no token of KV head 0: give the selector a larger budget",
        e.getMessage());
  }
}
