package io.kvsweep.udfs.result;

/**
 * What a row of a diagnostic table is about: a measured layer-local cell on a unit.
 *
 * @param kind {@code key} or {@code value}; a cell that compresses both has rows for each
 */
public record Subject(
    String runId,
    String cellId,
    String unitId,
    String model,
    String prompt,
    int layer,
    String kind,
    String methodSpec,
    long seed) {}
