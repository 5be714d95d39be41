package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;
import java.util.Optional;

/**
 * A toy that uses all of the cross-layer contract: a layer is coded as its difference from the
 * reconstruction of the layer before, in a closed loop, by {@code rtn} per token.
 */
final class ToyCacheMethod implements Method.OfCache {
  @Override
  public String name() {
    return "toy-delta";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "difference to the layer before";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.integer("bits", 1, 8, "bits of a code").orElse("4"));
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.VARIANT;
  }

  @Override
  public CacheCodec create(String stage, Arguments arguments, long seed) {
    String inner = "rtn(bits=%s,rope=pre)".formatted(arguments.text("bits"));
    TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(inner, seed).codec();
    return new Delta(codec, arguments.integer("bits"));
  }

  private record Delta(TensorCodec inner, int bits) implements CacheCodec {
    @Override
    public RopeStage rope() {
      return RopeStage.PRE;
    }

    @Override
    public double nominalBits(int layer, TensorShape shape, DType captured) {
      return bits;
    }

    @Override
    public EncodingPass encode(Run run) {
      float[][] previous = {new float[run.shape().values()], new float[run.shape().values()]};
      return exact ->
          new Blocks(
              encode(run, TensorKind.KEY, exact.keys(), previous[0]),
              encode(run, TensorKind.VALUE, exact.values(), previous[1]));
    }

    private byte[] encode(Run run, TensorKind kind, float[] exact, float[] previous) {
      float[] residual = exact.clone();
      for (int i = 0; i < residual.length; i++) {
        residual[i] -= previous[i];
      }
      KvTensor tensor =
          new KvTensor(kind, run.shape(), run.dtype(), RopeStage.NONE, run.firstToken(), residual);
      byte[] block = inner.encode(new TensorView(tensor, Optional.empty()));
      decode(run, block, previous);
      return block;
    }

    @Override
    public DecodingPass decode(Run run) {
      float[][] previous = {new float[run.shape().values()], new float[run.shape().values()]};
      return blocks ->
          new Decoded(
              new Reconstruction(decode(run, blocks.keys(), previous[0]).clone()),
              new Reconstruction(decode(run, blocks.values(), previous[1]).clone()));
    }

    /** Adds what the block says to the reconstruction of the layer before, in place. */
    private float[] decode(Run run, byte[] block, float[] previous) {
      float[] residual = inner.decode(block, run.shape()).data();
      for (int i = 0; i < previous.length; i++) {
        previous[i] += residual[i];
      }
      return previous;
    }
  }
}
