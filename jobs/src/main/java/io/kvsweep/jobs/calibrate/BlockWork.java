package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.measure.CacheSource;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.aqua.AquaCodec;
import io.kvsweep.udfs.method.aqua.NormalEquations;
import io.kvsweep.udfs.method.aqua.Predictor;
import io.kvsweep.udfs.method.aqua.ResidualCoder;
import io.kvsweep.udfs.sql.UnitReaders;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What tasks do with a block. Layers count from 0, the first captured one.
 *
 * @param layers captured layers, ascending
 * @param keyPredictors of the layers above the first, as far as they are fitted
 * @param valuePredictors the same
 * @param bytesRead captured bytes
 */
record BlockWork(
    SerializableConfiguration conf,
    String dataset,
    String runId,
    String spec,
    List<Integer> layers,
    int channels,
    Scratch scratch,
    List<Broadcast<Predictor>> keyPredictors,
    List<Broadcast<Predictor>> valuePredictors,
    LongAccumulator bytesRead)
    implements Serializable {

  /** Codes both tensors of the first layer. */
  void start(TokenBlock block) {
    for (TensorKind kind : List.of(TensorKind.KEY, TensorKind.VALUE)) {
      scratch.write(0, kind, block, code(0, exact(0, kind, block), Optional.empty()));
    }
  }

  /** Sums for the key predictor of a layer. */
  void sumKeys(int layer, TokenBlock block, NormalEquations sums) {
    float[] last = reconstructed(layer - 1, TensorKind.KEY, block);
    sums.add(block.tokens(), exact(layer, TensorKind.KEY, block), last);
  }

  /** Codes the keys of a layer, keeps them, and sums for its value predictor. */
  void sumValues(int layer, TokenBlock block, NormalEquations sums) {
    float[] last = reconstructed(layer - 1, TensorKind.KEY, block);
    float[] keys = codeKeys(layer, block, last);
    scratch.write(layer, TensorKind.KEY, block, keys);
    float[] lastValues = reconstructed(layer - 1, TensorKind.VALUE, block);
    sums.add(block.tokens(), exact(layer, TensorKind.VALUE, block), keys, lastValues);
  }

  /** Codes the values of a layer and keeps them. */
  void finish(int layer, TokenBlock block) {
    float[] keys = reconstructed(layer, TensorKind.KEY, block);
    float[] last = reconstructed(layer - 1, TensorKind.VALUE, block);
    scratch.write(layer, TensorKind.VALUE, block, codeValues(layer, block, keys, last));
  }

  /** What was kept of a layer; if it is lost, coded again from the first layer on. */
  private float[] reconstructed(int layer, TensorKind kind, TokenBlock block) {
    return scratch
        .read(layer, kind, block, block.tokens() * channels)
        .orElseGet(() -> again(layer, kind, block));
  }

  private float[] again(int layer, TensorKind kind, TokenBlock block) {
    float[] keys = code(0, exact(0, TensorKind.KEY, block), Optional.empty());
    float[] values = code(0, exact(0, TensorKind.VALUE, block), Optional.empty());
    for (int l = 1; l <= layer; l++) {
      keys = codeKeys(l, block, keys);
      if (l < layer || kind == TensorKind.VALUE) { // the last may have no value predictor yet
        values = codeValues(l, block, keys, values);
      }
    }
    return kind == TensorKind.KEY ? keys : values;
  }

  private float[] codeKeys(int layer, TokenBlock block, float[] last) {
    Predictor predictor = keyPredictors.get(layer - 1).value();
    float[] prediction = predictor.predict(block.tokens(), last);
    return code(layer, exact(layer, TensorKind.KEY, block), Optional.of(prediction));
  }

  private float[] codeValues(int layer, TokenBlock block, float[] keys, float[] last) {
    Predictor predictor = valuePredictors.get(layer - 1).value();
    float[] prediction = predictor.predict(block.tokens(), keys, last);
    return code(layer, exact(layer, TensorKind.VALUE, block), Optional.of(prediction));
  }

  private float[] code(int layer, float[] exact, Optional<float[]> prediction) {
    AquaCodec codec = (AquaCodec) Methods.STANDARD.pipeline(spec, 1).codec();
    ResidualCoder coder = codec.coder(layer, channels);
    return coder.encode(exact, prediction, exact.length / channels).reconstruction();
  }

  /** Rows {@code [tokens, channels]} of the capture, keys before rotation. */
  private float[] exact(int layer, TensorKind kind, TokenBlock block) {
    UnitKey key = new UnitKey(block.unitId(), block.model(), block.prompt(), UnitKey.ALL_LAYERS);
    CacheSource source = UnitReaders.of(dataset, runId, conf.value()).cache(key);
    KvTensor tensor = source.read(layers.get(layer), kind, block.from(), block.tokens());
    bytesRead.add(tensor.capturedBytes());
    return kind == TensorKind.KEY
        ? source.keyView(tensor).data(io.kvsweep.datasets.tensor.RopeStage.PRE)
        : tensor.data();
  }
}
