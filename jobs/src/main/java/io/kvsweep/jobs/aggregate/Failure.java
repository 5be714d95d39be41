package io.kvsweep.jobs.aggregate;

import java.io.Serializable;

/** A row that was not measured, and why. */
public record Failure(GroupKey key, int layer, String prompt, String error)
    implements Serializable {}
