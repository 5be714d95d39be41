package io.kvsweep.jobs.config;

/**
 * One entry under {@code methods}: a specification, possibly with grids, known to be valid.
 *
 * @param spec as written
 * @param place for messages: {@code sweep.yaml:8:5} or {@code --set methods}
 */
public record MethodEntry(String spec, String place) {}
