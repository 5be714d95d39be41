package io.kvsweep.udfs.spec;

import io.kvsweep.udfs.codec.Codec;
import io.kvsweep.udfs.codec.TokenSelector;
import java.util.Optional;

/**
 * A specification made runnable.
 *
 * @param spec canonical form
 * @param codecSpec the same without the selector: what an artefact is calibrated for
 * @param method family of the codec stage
 * @param version versions of all stages, part of a cell's identity
 * @param fidelity the weakest of the stages
 * @param selector the first stage, if it selects tokens
 * @param codec the last stage, behind the transforms left of it
 * @param calibrated whether the codec needs an artefact of the model
 */
public record Pipeline(
    String spec,
    String codecSpec,
    String method,
    String version,
    Fidelity fidelity,
    Optional<TokenSelector> selector,
    Codec codec,
    boolean calibrated) {}
