package io.kvsweep.udfs.method.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.Blocks;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.SelectionSize;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every selector of the registry promises, on prompts that selectors trip over. */
@ExtendWith(Seeds.class)
class SelectorConformanceTest {
  private static final List<String> SPECS =
      Stream.of(
              "streaming(budget=[1,8,1/4,1000000],sinks=[0,4])",
              "knorm(budget=[1,8,0.2],sinks=[0,2],recent=[0,3])",
              "random(budget=[1,8,1/4],sinks=[0,2],recent=[0,100])",
              "shadowkv",
              "shadowkv(budget=[8,1/4,0.5],chunk=[1,4],outliers=[0,2],local=[0,1])",
              "shadowkv(budget=1/4,outliers=[0,2],local=0,choice=random)")
          .flatMap(grid -> Methods.STANDARD.expand(grid + " | none").stream())
          .map(spec -> spec.toString().replaceFirst(" \\| .*", ""))
          .toList();

  /** Keys and queries of one layer. */
  private record Prompt(TensorView keys, Queries queries) {
    Optional<Steps> steps() {
      return Optional.of(new Steps(queries, keys.tensor().firstPosition()));
    }
  }

  static Stream<String> specs() {
    return SPECS.stream();
  }

  private static TokenSelector selector(String spec) {
    return Methods.STANDARD.pipeline(spec + " | none", 7).selector().orElseThrow();
  }

  /**
   * @param behind tokens behind the position of the last query
   */
  private static Prompt prompt(
      Random random, RopeStage stage, DType dtype, int tokens, int heads, int headDim, int behind) {
    float[] data = Tensors.gaussian(random, tokens * heads * headDim, 1);
    TensorView keys = Tensors.view(TensorKind.KEY, stage, dtype, data, tokens, heads, headDim);
    int queries = Math.min(3, tokens - behind);
    return new Prompt(
        keys,
        new Queries(
            new TensorShape(queries, 2 * heads, headDim),
            keys.tensor().firstPosition() + tokens - behind - queries,
            1 / Math.sqrt(headDim),
            Tensors.gaussian(random, queries * 2 * heads * headDim, 1)));
  }

  private static List<Prompt> prompts(Random random) {
    List<Prompt> prompts = new ArrayList<>();
    prompts.add(prompt(random, RopeStage.PRE, DType.F16, 1, 2, 8, 0));
    prompts.add(prompt(random, RopeStage.NONE, DType.F32, 1, 1, 1, 0));
    prompts.add(prompt(random, RopeStage.POST, DType.BF16, 5, 3, 80, 2));
    prompts.add(prompt(random, RopeStage.NONE, DType.F16, 33, 3, 7, 0));
    prompts.add(prompt(random, RopeStage.PRE, DType.F32, 131, 2, 16, 60));
    prompts.add(prompt(random, RopeStage.PRE, DType.F16, 1001, 1, 6, 1));
    float[] zeros = new float[40 * 8];
    Prompt zero = prompt(random, RopeStage.PRE, DType.F16, 40, 2, 4, 0);
    prompts.add(
        new Prompt(
            Tensors.view(TensorKind.KEY, RopeStage.PRE, DType.F16, zeros, 40, 2, 4),
            zero.queries()));
    return prompts;
  }

  @Test
  void everySelectorAndEachOfItsParametersIsCovered() {
    for (Method method : Methods.STANDARD.methods()) {
      if (!(method instanceof Method.OfTokens)) {
        continue;
      }
      List<String> own = SPECS.stream().filter(s -> s.startsWith(method.name() + "(")).toList();
      for (Parameter parameter : method.parameters()) {
        long values =
            own.stream()
                .map(s -> s.replaceFirst(".*[(,]" + parameter.name() + "=([^,)]*).*", "$1"))
                .distinct()
                .count();
        assertTrue(values >= 2, () -> parameter.name() + " of " + method.name());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void selectionsComeFromBytesAndKeepToTheirSizes(String spec, Random random) {
    for (Prompt prompt : prompts(random)) {
      TensorShape shape = prompt.keys().shape();
      byte[] block = selector(spec).encode(prompt.keys(), Optional.of(prompt.queries()));
      assertArrayEquals(block, selector(spec).encode(prompt.keys(), Optional.of(prompt.queries())));
      TokenSelection selection = selector(spec).decode(block.clone(), shape, prompt.steps());
      SelectionSize size = selector(spec).size(shape.tokens(), shape.heads(), shape.headDim());
      assertEquals(block.length, size.blockBytes());
      assertEquals(selection.coded().count(), size.codedTokens());
      assertEquals(selection.exact().count(), size.exactTokens());
      assertEquals(selection.budget(), size.budget());
      assertTrue(size.budget() >= 1 && size.budget() <= shape.tokens());
      int last = prompt.queries().shape().tokens() - 1;
      boolean atTheEnd = prompt.steps().orElseThrow().visible(last, 1 << 20) == shape.tokens();
      for (int head = 0; head < shape.heads(); head++) {
        BitSet kept = selection.coded().set(head);
        kept.or(selection.exact().set(head));
        assertTrue(kept.length() <= shape.tokens());
        for (int step = 0; step <= last; step++) {
          BitSet touched = selection.touched().tokens(head, step);
          BitSet outside = (BitSet) touched.clone();
          outside.andNot(kept);
          assertTrue(outside.isEmpty(), "reads what is gone");
          if (selector(spec).needsQueries()) {
            assertTrue(
                touched.length() <= prompt.steps().orElseThrow().visible(step, shape.tokens()));
          }
          if (atTheEnd && step == last) {
            BitSet codes = (BitSet) touched.clone();
            codes.andNot(selection.exact().set(head));
            assertEquals(size.codedRead(), codes.cardinality());
            assertEquals(size.exactTokens() + codes.cardinality(), touched.cardinality());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void withoutQueriesAnEvictingSelectorChoosesTheSame(String spec, Random random) {
    Prompt prompt = prompts(random).get(4);
    TokenSelector selector = selector(spec);
    assertEquals(spec.startsWith("shadowkv"), selector.needsQueries());
    if (!selector.needsQueries()) {
      byte[] block = selector.encode(prompt.keys(), Optional.empty());
      assertArrayEquals(block, selector.encode(prompt.keys(), Optional.of(prompt.queries())));
      TokenSelection selection = selector.decode(block, prompt.keys().shape(), Optional.empty());
      assertEquals(selection.coded().set(1), selection.touched().tokens(1, 0));
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void blocksOfOthersAndDamagedOnesAreRefused(String spec, Random random) {
    Prompt prompt = prompt(random, RopeStage.PRE, DType.F16, 37, 2, 4, 0);
    TensorShape shape = prompt.keys().shape();
    TokenSelector selector = selector(spec);
    byte[] block = selector.encode(prompt.keys(), Optional.of(prompt.queries()));
    assertThrows(
        MalformedBlockException.class,
        () -> selector.decode(block, new TensorShape(37, 1, 8), prompt.steps()));
    for (String other : SPECS) {
      if (!other.equals(spec)) {
        assertThrows(
            MalformedBlockException.class,
            () -> selector(other).decode(block, shape, prompt.steps()),
            other);
      }
    }
    for (int length = 0; length < block.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(block, length);
      assertThrows(
          MalformedBlockException.class, () -> selector.decode(cut, shape, prompt.steps()));
    }
    for (int bit = 0; bit < 8 * block.length; bit += bit < 384 ? 1 : 1 + random.nextInt(20)) {
      byte[] damaged = block.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(
          MalformedBlockException.class, () -> selector.decode(damaged, shape, prompt.steps()));
      try { // under a valid checksum: the one exception, or a selection that holds together
        Blocks.openUnchecked(damaged);
        TokenSelection out = selector.decode(Blocks.reseal(damaged), shape, prompt.steps());
        assertTrue(out.coded().count() + out.exact().count() > 0);
      } catch (MalformedBlockException e) {
        assertTrue(e.offset() >= 0 && e.offset() <= block.length, e.getMessage());
      }
    }
  }

  @Test
  void aLyingShapeIsRefused(Random random) {
    Prompt prompt = prompt(random, RopeStage.PRE, DType.F16, 37, 2, 4, 0);
    for (String spec : SPECS) {
      byte[] block = selector(spec).encode(prompt.keys(), Optional.of(prompt.queries()));
      io.kvsweep.datasets.tensor.LittleEndian.putInt(block, 16, 1 << 22);
      Blocks.reseal(block);
      TensorShape huge = new TensorShape(1 << 22, 2, 4);
      if (EncodedBlock.open(block).length(io.kvsweep.udfs.block.Section.PARAMETERS) > 0) {
        assertThrows(
            MalformedBlockException.class,
            () -> selector(spec).decode(block, huge, prompt.steps()));
      }
    }
  }

  @Test
  void aLandmarkBeyondBinary16IsRefused() {
    float[] data = new float[64 * 4];
    java.util.Arrays.fill(data, 1e6f);
    TensorView keys = Tensors.view(TensorKind.KEY, RopeStage.NONE, DType.F32, data, 64, 1, 4);
    UnencodableException e =
        assertThrows(
            UnencodableException.class,
            () -> selector("shadowkv(outliers=0)").encode(keys, Optional.empty()));
    assertEquals(
        "an entry of a landmark is 1000000.0, which binary16 (up to 65504) cannot hold: scale the capture down or leave this tensor out",
        e.getMessage());
  }

  @Test
  void evictingSelectorsKeepWhatTheyAreNamedFor() {
    // Norms 9, 8, ..., 0 in head 0 and 0, ..., 9 in head 1.
    float[] data = new float[10 * 2];
    for (int t = 0; t < 10; t++) {
      data[2 * t] = 9 - t;
      data[2 * t + 1] = -t;
    }
    TensorView keys = Tensors.view(TensorKind.KEY, RopeStage.NONE, DType.F16, data, 10, 2, 1);
    assertKept("streaming(budget=5,sinks=2)", keys, List.of(0, 1, 7, 8, 9), null);
    assertKept("streaming(budget=3)", keys, List.of(0, 1, 2), null);
    assertKept("knorm(budget=3)", keys, List.of(7, 8, 9), List.of(0, 1, 2));
    assertKept("knorm(budget=0.3,sinks=1)", keys, List.of(0, 8, 9), List.of(0, 1, 2));
    assertKept("knorm(budget=3,recent=2)", keys, List.of(7, 8, 9), List.of(0, 8, 9));
    assertKept("knorm(budget=2,sinks=1,recent=5)", keys, List.of(0, 9), List.of(0, 9));
    HeadTokens random = kept("random(budget=4,sinks=1,recent=1)", keys);
    assertTrue(random.shared() && random.set(0).get(0) && random.set(0).get(9));
    byte[] other =
        Methods.STANDARD
            .pipeline("random(budget=4) | none", 8)
            .selector()
            .orElseThrow()
            .encode(keys, Optional.empty());
    assertFalse(
        java.util.Arrays.equals(
            other, selector("random(budget=4)").encode(keys, Optional.empty())));
  }

  private static HeadTokens kept(String spec, TensorView keys) {
    TokenSelector selector = selector(spec);
    byte[] block = selector.encode(keys, Optional.empty());
    return selector.decode(block, keys.shape(), Optional.empty()).coded();
  }

  private static void assertKept(
      String spec, TensorView keys, List<Integer> first, List<Integer> second) {
    HeadTokens kept = kept(spec, keys);
    assertEquals(first, kept.set(0).stream().boxed().toList(), spec);
    assertEquals(second == null ? first : second, kept.set(1).stream().boxed().toList(), spec);
    assertEquals(second == null, kept.shared(), spec);
  }
}
