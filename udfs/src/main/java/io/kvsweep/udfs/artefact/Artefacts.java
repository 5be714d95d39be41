package io.kvsweep.udfs.artefact;

import io.kvsweep.datasets.InvalidInputException;

/** Opens artefacts by path. */
@FunctionalInterface
public interface Artefacts {
  /** Where there are none. */
  Artefacts NONE =
      path -> {
        throw new InvalidInputException(path + ": no artefacts can be opened here");
      };

  /**
   * The artefact in a file.
   *
   * @throws InvalidInputException if it cannot be read
   */
  Artefact open(String path);

  /**
   * The artefact that a cell was planned with.
   *
   * @throws InvalidInputException if it cannot be read or follows from another recipe by now
   */
  default Artefact open(ArtefactRef planned) {
    Artefact artefact = open(planned.path());
    if (!artefact.recipe().hash().equals(planned.recipe())) {
      throw new InvalidInputException(
          "%s: the artefact changed since the sweep was planned (recipe %s, now %s): start the sweep again"
              .formatted(planned.path(), planned.recipe(), artefact.recipe().hash()));
    }
    return artefact;
  }
}
