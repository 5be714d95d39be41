package io.kvsweep.udfs.codec;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.linalg.Transpose;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One tensor as codecs see it: the data in either rotary stage, and what cells share (transposed
 * data, principal axes, what codecs put there), computed on first use and kept while the view lives
 * and the heap has room. Not thread-safe: a view belongs to one task.
 */
public final class TensorView {
  private final KvTensor tensor;
  private final Optional<Rotary> rotary;
  // Soft: with many methods on a large unit the heap may not hold all of it at once. What is let
  // go is computed again, to the same bits.
  private final Map<Object, SoftReference<Object>> shared = new HashMap<>();
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
        : share(
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
    return share(
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
    return share(
        new Key("axes of " + tokens, stage, firstChannel, channels),
        () ->
            PrincipalAxes.of(
                channelMajor(stage), shape().tokens(), tokens, firstChannel, channels));
  }

  /** Nanoseconds spent so far on what cells share. */
  public long sharedNanos() {
    return sharedNanos;
  }

  /**
   * Something that cells share, computed when the first of them asks for it and kept while the view
   * lives and the heap has room.
   *
   * @param key equal for equal computations only; a record of the caller's own, so that keys of
   *     others never equal it
   */
  @SuppressWarnings("unchecked") // each key is only ever stored with one type
  public <T> T share(Object key, Supplier<T> computation) {
    SoftReference<Object> kept = shared.get(key);
    T known = kept == null ? null : (T) kept.get();
    if (known != null) {
      return known;
    }
    long before = sharedNanos;
    long start = System.nanoTime();
    T computed = computation.get();
    // What the computation itself shared is inside this span; count it once.
    sharedNanos = before + System.nanoTime() - start;
    shared.put(key, new SoftReference<>(computed));
    return computed;
  }

  private record Key(String what, RopeStage stage, int firstChannel, int channels) {}
}
