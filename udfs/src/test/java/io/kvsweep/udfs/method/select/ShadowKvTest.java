package io.kvsweep.udfs.method.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ShadowKV's choice against the plain text of its rules. */
@ExtendWith(Seeds.class)
class ShadowKvTest {
  private static final int FIRST_POSITION = 5; // as the views of Tensors have it

  /** The rules, token by token, with nothing shared. */
  private record Reference(
      TensorView keys, Queries queries, int budget, int chunk, int outliers, int local) {
    double key(int head, int token, int i) {
      TensorShape s = keys.shape();
      return keys.data(RopeStage.POST)[(token * s.heads() + head) * s.headDim() + i];
    }

    double landmark(int head, int c, int i) {
      return IntStream.range(c * chunk, (c + 1) * chunk).mapToDouble(t -> key(head, t, i)).sum()
          / chunk;
    }

    double smallestCosine(int head, int c) {
      double smallest = 2;
      for (int t = c * chunk; t < (c + 1) * chunk; t++) {
        double dot = 0;
        double a = 0;
        double b = 0;
        for (int i = 0; i < keys.shape().headDim(); i++) {
          dot += landmark(head, c, i) * key(head, t, i);
          a += Math.pow(landmark(head, c, i), 2);
          b += Math.pow(key(head, t, i), 2);
        }
        smallest = Math.min(smallest, dot / Math.sqrt(a) / Math.sqrt(b));
      }
      return smallest;
    }

    int chunks(int tokens) {
      return Math.max(0, tokens / chunk - local);
    }

    Set<Integer> outlierChunks(int head) {
      return new HashSet<>(
          IntStream.range(0, chunks(keys.shape().tokens()))
              .boxed()
              .sorted(Comparator.comparingDouble(c -> smallestCosine(head, c)))
              .limit(outliers)
              .toList());
    }

    Set<Integer> read(int head, int step) {
      int visible = queries.firstPosition() + step - FIRST_POSITION + 1;
      int front = chunks(visible);
      Set<Integer> whole = outlierChunks(head);
      List<Integer> candidates = new ArrayList<>();
      Set<Integer> read = new TreeSet<>();
      IntStream.range(front * chunk, visible).forEach(read::add);
      for (int c = 0; c < front; c++) {
        if (whole.contains(c)) {
          IntStream.range(c * chunk, (c + 1) * chunk).forEach(read::add);
        } else {
          candidates.add(c);
        }
      }
      int group = queries.shape().heads() / keys.shape().heads();
      double[] best = new double[candidates.size()];
      for (int g = head * group; g < (head + 1) * group; g++) {
        double[] weight = new double[best.length];
        for (int k = 0; k < best.length; k++) {
          double dot = 0;
          for (int i = 0; i < keys.shape().headDim(); i++) {
            float q =
                queries.data()[(step * queries.shape().heads() + g) * keys.shape().headDim() + i];
            dot += q * (double) Float16.round((float) landmark(head, candidates.get(k), i));
          }
          weight[k] = Math.exp(dot * queries.scale());
        }
        double sum = IntStream.range(0, best.length).mapToDouble(k -> weight[k]).sum();
        for (int k = 0; k < best.length; k++) {
          best[k] = Math.max(best[k], weight[k] / sum);
        }
      }
      IntStream.range(0, best.length)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer k) -> -best[k]))
          .limit(Math.max(1, budget / chunk))
          .forEach(
              k -> {
                int c = candidates.get(k);
                IntStream.range(c * chunk, (c + 1) * chunk).forEach(read::add);
              });
      return read;
    }
  }

  private static TokenSelector selector(int budget, int chunk, int outliers, int local) {
    String spec =
        "shadowkv(budget=%d,chunk=%d,outliers=%d,local=%d) | none"
            .formatted(budget, chunk, outliers, local);
    return Methods.STANDARD.pipeline(spec, 1).selector().orElseThrow();
  }

  private static TensorView keys(Random random, int tokens, int heads, int headDim) {
    float[] data = Tensors.gaussian(random, tokens * heads * headDim, 1);
    return Tensors.view(TensorKind.KEY, RopeStage.PRE, DType.F16, data, tokens, heads, headDim);
  }

  private static Queries queries(Random random, int count, int heads, int headDim, int last) {
    return new Queries(
        new TensorShape(count, heads, headDim),
        FIRST_POSITION + last - count + 1,
        0.7,
        Tensors.gaussian(random, count * heads * headDim, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "99, 2, 3, 24, 4, 3, 2, 98", // grouped queries, a remainder behind the last chunk
    "96, 1, 1, 16, 8, 0, 0, 95", // neither outliers nor local chunks
    "100, 3, 2, 3, 4, 2, 1, 60", // a budget below a chunk; queries in the middle of the prompt
    "100, 2, 2, 1000, 4, 2, 1, 99", // a budget beyond the prompt
    "64, 2, 2, 20, 1, 0, 3, 50" // chunks of one token, of which none stands out
  })
  void readsWhatTheRulesSay(
      int tokens,
      int heads,
      int group,
      int budget,
      int chunk,
      int outliers,
      int local,
      int last,
      Random random) {
    TensorView keys = keys(random, tokens, heads, 8);
    Queries queries = queries(random, 6, heads * group, 8, last);
    TokenSelector selector = selector(budget, chunk, outliers, local);
    TokenSelection selection =
        selector.decode(
            selector.encode(keys, Optional.of(queries)),
            keys.shape(),
            Optional.of(new Steps(queries, FIRST_POSITION)));
    Reference reference = new Reference(keys, queries, budget, chunk, outliers, local);
    int coded = Math.max(0, tokens / chunk - local) * chunk;
    assertEquals(coded, selection.coded().count());
    for (int head = 0; head < heads; head++) {
      BitSet exact = new BitSet();
      exact.set(coded, tokens);
      for (int c : reference.outlierChunks(head)) {
        exact.set(c * chunk, (c + 1) * chunk);
      }
      assertEquals(exact, selection.exact().set(head));
      for (int step = 0; step < 6; step++) {
        Set<Integer> read = new TreeSet<>();
        selection.touched().tokens(head, step).stream().forEach(read::add);
        assertEquals(reference.read(head, step), read, "head " + head + " step " + step);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "7", "31", "39"})
  void aPromptWithoutAChunkToChooseStaysWhole(int tokens, Random random) {
    TensorView keys = keys(random, tokens, 2, 8);
    Queries queries = queries(random, 1, 4, 8, tokens - 1);
    TokenSelector selector = selector(16, 8, 0, 4); // 40 tokens have one chunk
    TokenSelection selection =
        selector.decode(
            selector.encode(keys, Optional.of(queries)),
            keys.shape(),
            Optional.of(new Steps(queries, FIRST_POSITION)));
    assertEquals(0, selection.coded().count());
    assertEquals(tokens, selection.exact().count());
    assertEquals(tokens, selection.touched().tokens(1, 0).cardinality());
  }

  @Test
  void theRandomControlReadsAsMuchAndStoresNoLandmark(Random random) {
    TensorView keys = keys(random, 400, 2, 8);
    Queries queries = queries(random, 5, 4, 8, 399);
    Optional<Steps> steps = Optional.of(new Steps(queries, FIRST_POSITION));
    TokenSelector by = selector(40, 8, 3, 2);
    TokenSelector control =
        Methods.STANDARD
            .pipeline("shadowkv(budget=40,outliers=3,local=2,choice=random) | none", 1)
            .selector()
            .orElseThrow();
    byte[] block = control.encode(keys, Optional.of(queries));
    TokenSelection a = by.decode(by.encode(keys, Optional.of(queries)), keys.shape(), steps);
    TokenSelection b = control.decode(block, keys.shape(), steps);
    Set<BitSet> choices = new HashSet<>();
    for (int head = 0; head < 2; head++) {
      assertEquals(a.exact().set(head), b.exact().set(head));
      for (int step = 0; step < 5; step++) {
        assertEquals(
            a.touched().tokens(head, step).cardinality(),
            b.touched().tokens(head, step).cardinality());
        choices.add(b.touched().tokens(head, step));
      }
    }
    assertTrue(choices.size() > 5, "other chunks for each head and step");
    assertEquals(48 + 2 * 3 * 4, block.length);
  }
}
