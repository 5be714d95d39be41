package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.artefact.ArtefactRef;

/** Opens datasets of tensors that were reconstructed elsewhere. */
@FunctionalInterface
public interface Reconstructions {
  /** Where there are none. */
  Reconstructions NONE =
      path -> {
        throw new InvalidInputException(path + ": no reconstructions can be opened here");
      };

  /**
   * Opens the dataset at a path.
   *
   * @throws InvalidInputException if it cannot be read
   */
  UnitReader open(String path);

  /**
   * Opens the dataset that a cell was planned with.
   *
   * @throws InvalidInputException if it cannot be read, or the cell was not planned with one
   */
  default UnitReader open(Cell cell) {
    return open(
        cell.artefact()
            .map(ArtefactRef::path)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "'%s' names no dataset of reconstructions: use it in a sweep, with dir=DATASET"
                            .formatted(cell.spec()))));
  }
}
