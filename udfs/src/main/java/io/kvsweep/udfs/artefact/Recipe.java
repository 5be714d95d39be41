package io.kvsweep.udfs.artefact;

import io.kvsweep.udfs.measure.Hashes;
import java.util.ArrayList;
import java.util.List;

/**
 * What an artefact follows from. Its hash is part of the identity of cells; nothing that was
 * computed in floating point enters it.
 *
 * @param model that it was calibrated for
 * @param spec canonical specification of the method
 * @param fitter name and version of the fitting procedure with those of the codecs in its loop
 * @param inputs calibration tensors, sorted
 */
public record Recipe(String model, String spec, String fitter, List<Input> inputs) {
  public Recipe {
    inputs = inputs.stream().sorted().toList();
  }

  /**
   * One calibration tensor.
   *
   * @param tensor its name, {@code layers.3.key}
   * @param sha256 hash of its values, as the dataset has it
   */
  public record Input(String prompt, String tensor, String sha256) implements Comparable<Input> {
    @Override
    public int compareTo(Input other) {
      int byContent = sha256.compareTo(other.sha256);
      int byTensor = tensor.compareTo(other.tensor);
      return byContent != 0 ? byContent : byTensor != 0 ? byTensor : prompt.compareTo(other.prompt);
    }
  }

  /** 32 hexadecimal digits. Names of prompts do not enter: what they hold does. */
  public String hash() {
    List<String> parts = new ArrayList<>(List.of("recipe", model, spec, fitter));
    inputs.forEach(input -> parts.add(input.tensor() + " " + input.sha256()));
    return Hashes.of(parts);
  }

  /** Names of the calibration prompts, sorted. */
  public List<String> prompts() {
    return inputs.stream().map(Input::prompt).distinct().sorted().toList();
  }

  /** Layers that it covers, ascending. */
  public List<Integer> layers() {
    return inputs.stream()
        .map(input -> Integer.valueOf(input.tensor().split("\\.")[1]))
        .distinct()
        .sorted()
        .toList();
  }
}
