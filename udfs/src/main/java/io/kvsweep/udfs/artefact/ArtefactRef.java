package io.kvsweep.udfs.artefact;

/**
 * The artefact that a cell uses.
 *
 * @param path of its file, as executors see it
 * @param recipe hash of its recipe, part of the cell's identity
 */
public record ArtefactRef(String path, String recipe) {}
