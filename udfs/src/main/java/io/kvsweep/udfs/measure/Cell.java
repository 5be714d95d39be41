package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.artefact.ArtefactRef;
import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A method with all its parameters, applied to keys, values or both. Its id is a hash of the
 * canonical specification, kind, seed, the version of the codec and the recipe of a calibrated one,
 * so an unrelated change reruns nothing.
 *
 * @param cellId 32 hexadecimal digits
 * @param spec canonical specification; {@code pair(...)} only where kind is {@code both}
 * @param artefact of a calibrated method, such a cell is of one model; or the dataset of an
 *     external one with a hash of what it holds of a unit, such a cell is of one unit
 */
public record Cell(
    String cellId, String spec, CellKind kind, long seed, Optional<ArtefactRef> artefact) {

  /** A cell without artefact. */
  public Cell(String cellId, String spec, CellKind kind, long seed) {
    this(cellId, spec, kind, seed, Optional.empty());
  }

  /** The cell of an expanded specification. */
  public static Cell of(MethodRegistry registry, MethodSpec spec, CellKind kind, long seed) {
    return of(registry, spec, kind, seed, Optional.empty());
  }

  /** The cell of an expanded specification with the artefact of a model. */
  public static Cell of(
      MethodRegistry registry,
      MethodSpec spec,
      CellKind kind,
      long seed,
      Optional<ArtefactRef> artefact) {
    String text =
        switch (kind) {
          case KEY -> spec.key();
          case VALUE -> spec.value();
          case BOTH -> spec.toString();
        };
    String versions =
        switch (kind) {
          case KEY -> registry.pipeline(spec.key(), seed).version();
          case VALUE -> registry.pipeline(spec.value(), seed).version();
          case BOTH ->
              registry.pipeline(spec.key(), seed).version()
                  + "+"
                  + registry.pipeline(spec.value(), seed).version();
        };
    List<String> parts =
        new ArrayList<>(List.of("cell", text, kind.label(), Long.toString(seed), versions));
    artefact.ifPresent(ref -> parts.add(ref.recipe()));
    return new Cell(Hashes.of(parts), text, kind, seed, artefact);
  }

  /**
   * Whether its method codes all layers of a prompt together, so that its unit is the prompt.
   *
   * @throws io.kvsweep.datasets.InvalidInputException if keys and values disagree about that
   */
  public boolean crossLayer(MethodRegistry registry) {
    return CellMethod.of(registry, this).crossLayer();
  }

  /**
   * The specification whose artefact its method needs: what stands right of a selector; empty if it
   * needs none.
   */
  public Optional<String> calibrated(MethodRegistry registry) {
    CellMethod method = CellMethod.of(registry, this);
    return method.pipelines().get(0).calibrated()
        ? Optional.of(method.codecSpec())
        : Optional.empty();
  }

  /** What its method names that was coded elsewhere; empty for a method that codes here. */
  public Optional<ExternalCodec> external(MethodRegistry registry) {
    return CellMethod.of(registry, this).external();
  }
}
