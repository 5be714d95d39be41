package io.kvsweep.udfs.artefact;

/**
 * What a cell uses beside its unit: a calibrated artefact, or tensors that were reconstructed
 * elsewhere.
 *
 * @param path of the file or dataset, as executors see it
 * @param recipe hash of the artefact's recipe or of the reconstructed tensors, part of the cell's
 *     identity
 */
public record ArtefactRef(String path, String recipe) {}
