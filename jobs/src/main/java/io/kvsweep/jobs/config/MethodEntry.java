package io.kvsweep.jobs.config;

import java.util.Optional;

/**
 * One entry under {@code methods}: a specification, possibly with grids, known to be valid.
 *
 * @param spec as written
 * @param place for messages: {@code sweep.yaml:8:5} or {@code --set methods}
 * @param folder what paths in it are relative to; empty for the working directory
 */
public record MethodEntry(String spec, String place, Optional<String> folder) {}
