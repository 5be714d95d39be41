package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.List;
import java.util.Optional;

/** The codec of a cross-layer cell, bound to its artefact if it has one. */
record BoundCodec(CacheCodec codec, Optional<Artefact> artefact) {

  /**
   * Opens the artefact.
   *
   * @param layers of the prompt
   * @throws InvalidInputException if it cannot be read or was calibrated on other layers
   */
  static BoundCodec open(
      MethodRegistry registry, Cell cell, Artefacts artefacts, UnitKey unit, List<Integer> layers) {
    Optional<Artefact> artefact = cell.artefact().map(artefacts::open);
    artefact.ifPresent(calibrated -> requireLayers(calibrated, cell, unit, layers));
    CellMethod method = CellMethod.of(registry, cell, artefact);
    return new BoundCodec((CacheCodec) method.pipelines().get(0).codec(), artefact);
  }

  private static void requireLayers(
      Artefact calibrated, Cell cell, UnitKey unit, List<Integer> layers) {
    if (!calibrated.recipe().layers().equals(layers)) {
      throw new InvalidInputException(
          "%s: captured layers are %s, '%s' was calibrated on layers %s; calibrate on captures with the same layers"
              .formatted(unit, layers, cell.spec(), calibrated.recipe().layers()));
    }
  }
}
