package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.linalg.Transpose;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One tensor as codecs see it: the data in either rotary stage, and what cells share (transposed
 * data, principal axes), computed on first use and kept until the view is dropped. Not thread-safe:
 * a view belongs to one task.
 */
public final class TensorView {
  private final KvTensor tensor;
  private final Optional<Rotary> rotary;
  private final Map<Object, Object> shared = new HashMap<>();
  private long sharedNanos;

  /**
   * @param rotary rotation for the tensor's positions; empty where it is never rotated
   */
  public TensorView(KvTensor tensor, Optional<Rotary> rotary) {
    if (rotary.isEmpty() && tensor.ropeStage() != RopeStage.NONE) {
      throw new IllegalArgumentException(
          "a tensor in rotary stage " + tensor.ropeStage().label() + " needs a rotation");
    }
    this.tensor = tensor;
    this.rotary = tensor.ropeStage() == RopeStage.NONE ? Optional.empty() : rotary;
  }

  /** Shape {@code [tokens, heads, headDim]}. */
  public TensorShape shape() {
    return tensor.shape();
  }

  /** Format of the captured values. */
  public DType dtype() {
    return tensor.dtype();
  }

  /** The tensor as captured. */
  public KvTensor tensor() {
    return tensor;
  }

  /**
   * The stage that the data really is in when {@code wanted} is asked for: as captured if the model
   * does not rotate or if {@code wanted} is {@code NONE}.
   */
  public RopeStage stage(RopeStage wanted) {
    return rotary.isEmpty() || wanted == RopeStage.NONE ? tensor.ropeStage() : wanted;
  }

  /** Row-major {@code [tokens, heads, headDim]} in a stage; shared, not to be changed. */
  public float[] data(RopeStage wanted) {
    RopeStage stage = stage(wanted);
    return stage == tensor.ropeStage()
        ? tensor.data()
        : once(
            new Key("data", stage, 0, 0), () -> convert(tensor.data(), tensor.ropeStage(), stage));
  }

  /**
   * Brings data of this tensor's shape and positions from one stage into another.
   *
   * @return {@code data} itself where there is nothing to do, else a copy
   */
  public float[] convert(float[] data, RopeStage from, RopeStage to) {
    RopeStage source = stage(from);
    RopeStage target = stage(to);
    if (source == target) {
      return data;
    }
    Rotary rotation = rotary.orElseThrow();
    return target == RopeStage.POST
        ? rotation.rotate(data, shape())
        : rotation.unrotate(data, shape());
  }

  /** The data in a stage as {@code [channels, tokens]}; shared, not to be changed. */
  public float[] channelMajor(RopeStage wanted) {
    RopeStage stage = stage(wanted);
    return once(
        new Key("channelMajor", stage, 0, 0),
        () -> Transpose.of(data(stage), shape().tokens(), shape().channels()));
  }

  /**
   * Mean, principal axes and latent channels of a run of channels in a stage.
   *
   * @param firstChannel first of the joined channels
   * @param channels their number: all of them, or one head's
   */
  public PrincipalAxes principalAxes(RopeStage wanted, int firstChannel, int channels) {
    return principalAxes(wanted, firstChannel, channels, shape().tokens());
  }

  /**
   * The same of the first {@code tokens} tokens alone: what a prefill sees of a prompt that goes
   * on.
   */
  public PrincipalAxes principalAxes(RopeStage wanted, int firstChannel, int channels, int tokens) {
    RopeStage stage = stage(wanted);
    return once(
        new Key("axes of " + tokens, stage, firstChannel, channels),
        () ->
            PrincipalAxes.of(
                channelMajor(stage), shape().tokens(), tokens, firstChannel, channels));
  }

  /**
   * What a codec computes from this tensor for several cells, computed on first use.
   *
   * @param key names it, by value; a record of the codec's own
   */
  public <T> T shared(Record key, Supplier<T> computation) {
    return once(key, computation);
  }

  /** Nanoseconds spent so far on what cells share. */
  public long sharedNanos() {
    return sharedNanos;
  }

  private record Key(String what, RopeStage stage, int firstChannel, int channels) {}

  @SuppressWarnings("unchecked") // each key is only ever stored with one type
  private <T> T once(Record key, Supplier<T> computation) {
    T known = (T) shared.get(key);
    if (known != null) {
      return known;
    }
    long before = sharedNanos;
    long start = System.nanoTime();
    T computed = computation.get();
    // What the computation itself shared is inside this span; count it once.
    sharedNanos = before + System.nanoTime() - start;
    shared.put(key, computed);
    return computed;
  }
}
