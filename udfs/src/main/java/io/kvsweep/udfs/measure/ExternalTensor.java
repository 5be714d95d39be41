package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.metrics.Distortion;
import java.util.List;
import java.util.OptionalLong;

/**
 * One tensor of a cell that was reconstructed elsewhere. All its tokens count as coded.
 *
 * @param stage rotary stage of {@code data}
 * @param declaredBytes what its compressed form is declared to take
 * @param projectedBytes the same at other prompt lengths, in the order of {@link
 *     DeclaredBytes#LENGTHS}
 */
record ExternalTensor(
    TensorView original,
    float[] data,
    RopeStage stage,
    long declaredBytes,
    List<OptionalLong> projectedBytes)
    implements ComparedTensor {

  /**
   * Reads it.
   *
   * @throws CellFailure if the dataset does not have it
   */
  static ExternalTensor read(
      UnitReader reconstructions, ExternalUnit unit, LayerUnit original, TensorKind kind) {
    TensorView view = original.view(kind);
    KvTensor tensor = view.tensor();
    TensorSpec spec =
        new TensorSpec(
            unit.layer(),
            kind,
            tensor.shape(),
            tensor.dtype(),
            tensor.ropeStage(),
            tensor.firstPosition());
    unit.check(original.model(), spec);
    TensorInfo info =
        unit.find(kind)
            .orElseThrow(
                () ->
                    new CellFailure(
                        "%s has no %s of %s: reconstruct it too and import it with 'kvsweep import RECONSTRUCTED... --out %s'"
                            .formatted(
                                unit.place(),
                                spec.name(),
                                original.key().model() + "/" + original.key().prompt(),
                                unit.place())));
    return new ExternalTensor(
        view,
        reconstructions.tensor(original.key(), kind).data(),
        info.ropeStage(),
        unit.declaredBytes(info),
        DeclaredBytes.LENGTHS.stream().map(length -> unit.declaredBytes(info, length)).toList());
  }

  @Override
  public void compare(Distortion sums, int tensor) {
    float[] exact = original.tensor().data();
    sums.add(tensor, exact, reconstructedIn(RopeStage.NONE), 0, original.shape().tokens());
  }

  @Override
  public float[] reconstructedIn(RopeStage wanted) {
    return original.convert(data, stage, wanted);
  }
}
