package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.capture.DeclaredBytes;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What a dataset of reconstructions holds of one layer of a prompt, from metadata alone.
 *
 * @param place the dataset, for messages
 * @param model what it says of the model; empty if it does not have the prompt
 * @param prompt what it says of the prompt; the same
 */
public record ExternalUnit(
    String place, Optional<ModelInfo> model, Optional<PromptInfo> prompt, int layer) {

  /** Looks a unit up. */
  public static ExternalUnit of(String place, DatasetManifest manifest, UnitKey unit) {
    Optional<PromptInfo> prompt =
        manifest.prompts().stream()
            .filter(p -> p.model().equals(unit.model()) && p.prompt().equals(unit.prompt()))
            .findFirst();
    return new ExternalUnit(
        place, prompt.map(p -> manifest.model(p.model())), prompt, unit.layer());
  }

  /**
   * Names the content that a cell of this kind is measured from: values, stages, declared bytes. A
   * tensor that is missing has a name too, so that a cell that failed for want of it is another one
   * once it is there.
   */
  public String hash(CellKind kind) {
    List<String> parts = new ArrayList<>(List.of("external"));
    for (TensorKind tensor : kind.tensors()) {
      parts.add(
          find(tensor)
              .map(
                  info ->
                      String.join(
                              " ",
                              info.shape().toString(),
                              info.dtype().label(),
                              info.ropeStage().label(),
                              rope(info)
                                  .map(rope -> Double.toString(rope.theta()))
                                  .orElse("no rope"),
                              Integer.toString(info.firstPosition()),
                              info.sha256(),
                              declared(DeclaredBytes.key(info.name())).orElse("undeclared"))
                          + declaredAtOtherLengths(info))
              .orElse("missing"));
    }
    return Hashes.of(parts);
  }

  private Optional<String> declared(String key) {
    return Optional.ofNullable(prompt.orElseThrow().metadata().get(key));
  }

  /** Nothing where nothing is declared: cells keep the names they had before it could be. */
  private String declaredAtOtherLengths(TensorInfo tensor) {
    return DeclaredBytes.LENGTHS.stream()
        .map(length -> DeclaredBytes.key(length, tensor.name()))
        .flatMap(key -> declared(key).map(bytes -> " " + key + " " + bytes).stream())
        .collect(Collectors.joining());
  }

  Optional<TensorInfo> find(TensorKind kind) {
    return prompt.flatMap(p -> p.tensor(layer, kind));
  }

  private Optional<Rope> rope(TensorInfo tensor) {
    return tensor.ropeStage() == RopeStage.NONE ? Optional.empty() : model.flatMap(ModelInfo::rope);
  }

  /**
   * Compares a tensor with the one it is a reconstruction of, as far as metadata tell. One that is
   * missing passes: that is a cell's failure, not the dataset's.
   *
   * @throws InvalidInputException if it cannot be its reconstruction or declares no bytes
   */
  public void check(ModelInfo captured, TensorSpec original) {
    Optional<TensorInfo> found = find(original.kind());
    if (found.isEmpty()) {
      return;
    }
    TensorInfo tensor = found.get();
    require(original, "shape", original.shape(), tensor.shape());
    require(original, "first_position", original.firstPosition(), tensor.firstPosition());
    if (original.ropeStage() == RopeStage.NONE || tensor.ropeStage() == RopeStage.NONE) {
      require(original, "rotary stage", original.ropeStage().label(), tensor.ropeStage().label());
    } else {
      require(
          original,
          "rope_theta",
          captured.rope().map(Rope::theta).orElseThrow(),
          rope(tensor).map(Rope::theta).orElseThrow());
    }
    declaredBytes(tensor);
  }

  private void require(TensorSpec original, String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new InvalidInputException(
          "%s: %s of %s has %s %s, the capture has %s: reconstruct that capture and import into a new dataset"
              .formatted(
                  place, original.name(), prompt.orElseThrow().key(), what, actual, expected));
    }
  }

  /** Bytes that a tensor is declared to take at another prompt length, if it is. */
  OptionalLong declaredBytes(TensorInfo tensor, String length) {
    PromptInfo owner = prompt.orElseThrow();
    return DeclaredBytes.of(
        owner.metadata(), length, tensor.name(), place + ", prompt " + owner.key());
  }

  /** Bytes that a tensor is declared to have taken. */
  long declaredBytes(TensorInfo tensor) {
    PromptInfo owner = prompt.orElseThrow();
    return DeclaredBytes.of(owner.metadata(), tensor.name(), place + ", prompt " + owner.key())
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "%s: %s of %s declares no size; write the bytes that its compressed form takes into metadata '%s' of the capture and import into a new dataset"
                        .formatted(
                            place, tensor.name(), owner.key(), DeclaredBytes.key(tensor.name()))));
  }
}
