package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.util.List;
import java.util.Optional;

/**
 * A codec behind a transform, in the rotary stage of the codec. Blocks are the codec's own. Tokens
 * that it keeps whole are kept in the transformed basis, rounded to the format of the capture
 * there.
 */
public final class TransformedCodec implements TensorCodec {
  private final TensorTransform transform;
  private final TensorCodec codec;

  public TransformedCodec(TensorTransform transform, TensorCodec codec) {
    this.transform = transform;
    this.codec = codec;
  }

  @Override
  public RopeStage rope() {
    return codec.rope();
  }

  @Override
  public double nominalBits(byte[] block) {
    return codec.nominalBits(block);
  }

  @Override
  public byte[] encode(TensorView view) {
    return codec.encode(transformed(view));
  }

  private TensorView transformed(TensorView view) {
    KvTensor tensor = view.tensor();
    float[] transformed = transform.apply(view.data(rope()), view.shape());
    // Stage NONE: in the new basis there is no rotation to do or undo.
    return new TensorView(
        new KvTensor(
            tensor.kind(),
            tensor.shape(),
            tensor.dtype(),
            RopeStage.NONE,
            tensor.firstPosition(),
            transformed),
        Optional.empty());
  }

  @Override
  public Reconstruction decode(byte[] block, TensorShape expected) {
    Reconstruction transformed = codec.decode(block, expected);
    return new Reconstruction(
        transform.invert(transformed.data(), expected),
        transformed.exactPrefix(),
        transformed.exactSuffix());
  }

  @Override
  public ReadGrain readGrain(TensorShape shape) {
    return codec.readGrain(shape);
  }

  @Override
  public int parameterGroup(TensorKind kind, TensorShape shape, int token) {
    return codec.parameterGroup(kind, shape, token);
  }

  @Override
  public boolean headsShareParameters(TensorKind kind, TensorShape shape) {
    return codec.headsShareParameters(kind, shape);
  }

  @Override
  public List<Spectrum> spectra(TensorView view, byte[] block) {
    return codec.spectra(transformed(view), block);
  }

  @Override
  public Optional<FactorRanges> ranges(TensorView view) {
    return codec.ranges(transformed(view));
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    // Asked at several lengths.
    TensorView transformed = view.share(new Projected(this), () -> transformed(view));
    return codec.projectedBytes(transformed, block, tokens);
  }

  /** Key of the view that projections of one codec share. */
  private record Projected(TransformedCodec codec) {}
}
