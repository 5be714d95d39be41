package io.kvsweep.udfs.fuzz;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.HeadTokens;
import io.kvsweep.udfs.codec.Queries;
import io.kvsweep.udfs.codec.Steps;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.codec.TokenSelection;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.measure.WholeTokenBlocks;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.aqua.Aqua;
import io.kvsweep.udfs.testkit.Specs;
import io.kvsweep.udfs.testkit.Tensors;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** Small sound blocks of every codec and selector of the registry. */
final class FuzzTargets {
  private static final List<String> SELECTORS =
      List.of(
          "streaming(budget=8)",
          "knorm(budget=1/4)",
          "random(budget=8)",
          "shadowkv(budget=8,chunk=4,outliers=2,local=1)",
          "shadowkv(budget=1/4,chunk=1,outliers=2,local=0)",
          "shadowkv(budget=8,chunk=4,outliers=2,local=0,choice=random)");
  private static final List<String> CACHES =
      List.of("aqua(bits=2)", "aqua(bits=2,first=4)", "aqua(bits=3,buffer=16)");

  /** Pipelines beside those of the conformance suite: a transform over tokens kept whole. */
  private static final List<String> MORE = List.of("hadamard | kivi(bits=2,group=8,residual=16)");

  private final Random random;
  private final List<FuzzTarget> targets = new ArrayList<>();

  private FuzzTargets(Random random) {
    this.random = random;
  }

  static List<FuzzTarget> all(Random random) {
    FuzzTargets all = new FuzzTargets(random);
    Stream.concat(Specs.all().stream(), MORE.stream()).forEach(all::tensor);
    SELECTORS.forEach(all::selector);
    CACHES.forEach(all::cache);
    all.wholeTokens();
    return List.copyOf(all.targets);
  }

  private List<TensorView> views() {
    return List.of(
        view(TensorKind.KEY, RopeStage.PRE, DType.F16, 37, 2, 8),
        view(TensorKind.VALUE, RopeStage.NONE, DType.F32, 9, 3, 16),
        view(TensorKind.KEY, RopeStage.NONE, DType.BF16, 64, 1, 8));
  }

  private TensorView view(
      TensorKind kind, RopeStage stage, DType dtype, int tokens, int heads, int headDim) {
    float[] data = Tensors.gaussian(random, tokens * heads * headDim, 2);
    return Tensors.view(kind, stage, dtype, data, tokens, heads, headDim);
  }

  private void tensor(String spec) {
    TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(spec, /* seed= */ 7).codec();
    int before = targets.size();
    for (TensorView view : views()) {
      try {
        targets.add(
            new FuzzTarget(
                spec + " " + view.shape(),
                codec.encode(view),
                view.shape(),
                !spec.contains("schedule=0-0-0-0-0-0-0-0"),
                (block, expected) -> codec.decode(block, expected).data()));
      } catch (UnencodableException e) {
        continue; // a budget that a short prompt cannot keep; the conformance suite looks at it
      }
    }
    assertFalse(targets.size() == before, () -> "no block of " + spec);
  }

  private void selector(String spec) {
    TokenSelector selector =
        Methods.STANDARD.pipeline(spec + " | none", /* seed= */ 7).selector().orElseThrow();
    for (TensorView keys : views()) {
      TensorShape shape = keys.shape();
      TensorShape queries = new TensorShape(3, 2 * shape.heads(), shape.headDim());
      int firstPosition = keys.tensor().firstPosition();
      Queries last =
          new Queries(
              queries,
              firstPosition + shape.tokens() - 3,
              0.25,
              Tensors.gaussian(random, queries.values(), 1));
      targets.add(
          new FuzzTarget(
              spec + " " + shape,
              selector.encode(keys, Optional.of(last)),
              shape,
              false,
              (block, expected) ->
                  numbers(
                      selector.decode(block, expected, Optional.of(new Steps(last, firstPosition))),
                      expected)));
    }
  }

  /** Per head and token whether it is coded, whether exact, and which of three steps read it. */
  private static float[] numbers(TokenSelection selection, TensorShape shape) {
    float[] out = new float[shape.heads() * shape.tokens()];
    for (int head = 0; head < shape.heads(); head++) {
      mark(out, head * shape.tokens(), selection.coded(), head, 1);
      mark(out, head * shape.tokens(), selection.exact(), head, 2);
      for (int query = 0; query < 3; query++) {
        BitSet read = selection.touched().tokens(head, query);
        for (int t = read.nextSetBit(0); t >= 0; t = read.nextSetBit(t + 1)) {
          out[head * shape.tokens() + t] += 4 << query;
        }
      }
    }
    return out;
  }

  private static void mark(float[] out, int from, HeadTokens tokens, int head, int weight) {
    for (int i = 0; i < tokens.count(); i++) {
      out[from + tokens.token(head, i)] += weight;
    }
  }

  private void cache(String spec) {
    int layers = 2;
    TensorShape shape = new TensorShape(40, 2, 8);
    CacheCodec codec = Aqua.calibrated(spec, layers, shape.channels(), 3);
    CacheCodec.Run run = new CacheCodec.Run(0, shape, shape.tokens(), layers, DType.F16);
    List<CacheCodec.Blocks> sound = new ArrayList<>();
    CacheCodec.EncodingPass pass = codec.encode(run);
    for (int layer = 0; layer < layers; layer++) {
      sound.add(
          pass.next(
              new CacheCodec.KeysAndValues(
                  view(TensorKind.KEY, RopeStage.PRE, DType.F16, 40, 2, 8).tensor().data(),
                  view(TensorKind.VALUE, RopeStage.NONE, DType.F16, 40, 2, 8).tensor().data())));
    }
    for (int layer = 0; layer < layers; layer++) {
      CacheCodec.Blocks own = sound.get(layer);
      List<CacheCodec.Blocks> below = List.copyOf(sound.subList(0, layer));
      targets.add(
          new FuzzTarget(
              spec + " layer " + layer + " keys",
              own.keys(),
              shape,
              false,
              (block, expected) ->
                  decode(codec, run, below, new CacheCodec.Blocks(block, own.values()))));
      targets.add(
          new FuzzTarget(
              spec + " layer " + layer + " values",
              own.values(),
              shape,
              false,
              (block, expected) ->
                  decode(codec, run, below, new CacheCodec.Blocks(own.keys(), block))));
    }
  }

  /** Values plus half the keys of one layer, above layers that are sound. */
  private static float[] decode(
      CacheCodec codec, CacheCodec.Run run, List<CacheCodec.Blocks> below, CacheCodec.Blocks own) {
    CacheCodec.DecodingPass pass = codec.decode(run);
    below.forEach(pass::next);
    CacheCodec.Decoded decoded = pass.next(own);
    float[] keys = decoded.keys().data();
    float[] out = decoded.values().data().clone();
    for (int i = 0; i < out.length; i++) {
      out[i] += keys[i] * 0.5f;
    }
    return out;
  }

  private void wholeTokens() {
    for (TensorView view : views()) {
      targets.add(
          new FuzzTarget(
              "tokens kept whole " + view.shape(),
              WholeTokenBlocks.encode(view),
              view.shape(),
              false,
              WholeTokenBlocks::decode));
    }
  }
}
