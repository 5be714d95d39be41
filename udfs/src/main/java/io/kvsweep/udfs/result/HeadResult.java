package io.kvsweep.udfs.result;

/**
 * Metrics of one KV head; attention averaged over its query heads, null without queries, its output
 * also without values, and the logit error null where stored moments of queries are too coarse to
 * tell it. Errors relative to nothing are null: {@code nmse} of a head that is all zero and was
 * rebuilt as another, {@code outputError} where the exact output is all zero and the other is not.
 *
 * @param head KV head, from 0
 */
public record HeadResult(
    int head, Double nmse, Double logitRms, Double attentionKl, Double outputError) {}
