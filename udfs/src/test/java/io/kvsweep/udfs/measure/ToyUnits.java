package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.Float16;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** Small seeded prompts: layers drift slowly, so that predicting one from the last pays. */
final class ToyUnits {
  static final ModelInfo MODEL =
      new ModelInfo(
          "toy", "Toy", 4, 2, 8, RopeStage.PRE, RopeStage.PRE, Optional.of(new Rope(10_000)), 0.35);
  static final MethodRegistry REGISTRY = registry();

  private ToyUnits() {}

  private static MethodRegistry registry() {
    List<Method> methods = new ArrayList<>(Methods.STANDARD.methods());
    methods.add(new ToyCacheMethod());
    methods.add(new ToySelectorMethod());
    return new MethodRegistry(methods);
  }

  static Cell cell(String spec, CellKind kind) {
    return Cell.of(REGISTRY, REGISTRY.expand(spec).get(0), kind, 1);
  }

  static UnitKey key(int layer) {
    return new UnitKey("unit", "toy", "prompt", layer);
  }

  static float[] gaussian(int n, long seed) {
    Random random = new Random(seed);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = Float16.round((float) random.nextGaussian());
    }
    return out;
  }

  static KvTensor tensor(TensorKind kind, int tokens, int heads, int first, float[] data) {
    return new KvTensor(
        kind,
        new TensorShape(tokens, heads, 8),
        DType.F16,
        kind == TensorKind.VALUE ? RopeStage.NONE : RopeStage.PRE,
        first,
        data);
  }

  static LayerUnit layer(int tokens, int queries) {
    return new LayerUnit(
        key(3),
        MODEL,
        Optional.of(tensor(TensorKind.KEY, tokens, 2, 0, gaussian(tokens * 16, 1))),
        Optional.of(tensor(TensorKind.VALUE, tokens, 2, 0, gaussian(tokens * 16, 2))),
        queries == 0
            ? Optional.empty()
            : Optional.of(
                tensor(TensorKind.QUERY, queries, 4, tokens - queries, gaussian(queries * 32, 3))));
  }

  /** A prompt whose layers are each the last plus a tenth of fresh noise. */
  static CacheSource prompt(int tokens, List<Integer> layers) {
    Map<Integer, KvTensor> keys = new TreeMap<>();
    Map<Integer, KvTensor> values = new TreeMap<>();
    float[] key = gaussian(tokens * 16, 10);
    float[] value = gaussian(tokens * 16, 11);
    for (int layer : layers) {
      key = drift(key, 100 + layer);
      value = drift(value, 200 + layer);
      keys.put(layer, tensor(TensorKind.KEY, tokens, 2, 0, key));
      values.put(layer, tensor(TensorKind.VALUE, tokens, 2, 0, value));
    }
    KvTensor queries = tensor(TensorKind.QUERY, 4, 4, tokens - 4, gaussian(4 * 32, 12));
    return new InMemory(keys, values, queries);
  }

  private static float[] drift(float[] last, long seed) {
    float[] noise = gaussian(last.length, seed);
    float[] out = new float[last.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = Float16.round(last[i] + 0.1f * noise[i]);
    }
    return out;
  }

  record InMemory(Map<Integer, KvTensor> keys, Map<Integer, KvTensor> values, KvTensor query)
      implements CacheSource {
    @Override
    public ModelInfo model() {
      return MODEL;
    }

    @Override
    public List<Integer> layers() {
      return List.copyOf(keys.keySet());
    }

    private Optional<KvTensor> tensor(int layer, TensorKind kind) {
      return Optional.ofNullable((kind == TensorKind.KEY ? keys : values).get(layer));
    }

    @Override
    public Optional<TensorShape> shape(int layer, TensorKind kind) {
      return tensor(layer, kind).map(KvTensor::shape);
    }

    @Override
    public KvTensor read(int layer, TensorKind kind, int from, int tokens) {
      KvTensor whole = tensor(layer, kind).orElseThrow();
      float[] data = new float[tokens * 16];
      System.arraycopy(whole.data(), from * 16, data, 0, data.length);
      return ToyUnits.tensor(kind, tokens, 2, from, data);
    }

    @Override
    public Optional<KvTensor> queries(int layer) {
      return Optional.of(query);
    }
  }
}
