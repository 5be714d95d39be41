package io.kvsweep.udfs.spec;

import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorTransform;
import io.kvsweep.udfs.codec.TokenSelector;
import java.util.List;

/**
 * A family of methods: the name in specifications, its parameters, and the factory. The registry
 * holds one instance of each; implementations have no state.
 */
public sealed interface Method {
  /** Name in specifications and in the column {@code method}. */
  String name();

  /**
   * Version of the encoder and of the block layout. It is part of the cell's identity: raise it
   * whenever any byte or any reconstructed float changes, and results are measured again.
   */
  int version();

  /**
   * Version as it enters the identity of a cell: of this method and of methods that it builds on
   * with these parameters.
   */
  default String versions(Arguments arguments) {
    return name() + "-" + version();
  }

  /** One line for people. */
  String summary();

  /** What it implements, the nearest first; none where nobody needs citing. */
  default List<Paper> papers() {
    return List.of();
  }

  /**
   * In a sentence or two how it differs from {@link #papers}; the Javadoc of the class has all of
   * it.
   */
  default String deviations() {
    return "";
  }

  /** A specification that works, with what must stand beside it. */
  default String example() {
    return name();
  }

  /** Whether it is there for others to be held against. */
  default boolean isControl() {
    return false;
  }

  /** All parameters, in the order of the canonical form. */
  List<Parameter> parameters();

  /** How close to the publication it is with these parameters. */
  Fidelity fidelity(Arguments arguments);

  /**
   * Checks what a single parameter cannot know.
   *
   * @throws IllegalArgumentException with what was expected
   */
  default void check(Arguments arguments) {}

  /**
   * Whether bytes depend on the seed with these parameters. Blocks are then bound to it: with
   * another seed they are refused, not decoded to something else.
   */
  default boolean seeded(Arguments arguments) {
    return false;
  }

  /** Codes one tensor of one layer. */
  non-sealed interface OfTensor extends Method {
    /**
     * @param stage what the block header is bound to: canonical specification of the stage, and of
     *     transforms left of it
     * @param seed of whatever is random in it
     */
    TensorCodec create(String stage, Arguments arguments, long seed);
  }

  /** Codes keys and values of all layers together. */
  non-sealed interface OfCache extends Method {
    /**
     * @param stage canonical specification of the stage, for the block header
     * @param seed of whatever is random in it
     */
    CacheCodec create(String stage, Arguments arguments, long seed);
  }

  /**
   * Codes keys and values of all layers together by means of an artefact that was calibrated for
   * the model. Without one it tells rates and refuses to code more than one layer.
   */
  interface OfCalibratedCache extends OfCache {
    /**
     * @param stage canonical specification of the stage, for the block header
     * @param seed of whatever is random in it
     * @param artefact calibrated for this specification
     */
    CacheCodec create(String stage, Arguments arguments, long seed, Artefact artefact);
  }

  /** Coded elsewhere; reconstructed tensors are read. Stands alone. */
  non-sealed interface OfExternal extends Method {
    /** Where they are and what they are called. */
    ExternalCodec create(Arguments arguments);
  }

  /** Selects tokens; stands left of a {@code |}. */
  non-sealed interface OfTokens extends Method {
    /**
     * @param stage canonical specification of the stage, for the block header
     * @param seed of whatever is random in it
     */
    TokenSelector create(String stage, Arguments arguments, long seed);
  }

  /** Transforms one tensor ahead of a codec of one tensor; stands left of its {@code |}. */
  non-sealed interface OfTransform extends Method {
    /**
     * @param seed of whatever is random in it
     */
    TensorTransform create(Arguments arguments, long seed);
  }
}
