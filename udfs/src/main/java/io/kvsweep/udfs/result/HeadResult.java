package io.kvsweep.udfs.result;

/**
 * Metrics of one KV head; attention averaged over its query heads, null without queries, and the
 * logit error null where stored moments of queries are too coarse to tell it.
 *
 * @param head KV head, from 0
 */
public record HeadResult(
    int head, double nmse, Double logitRms, Double attentionKl, Double outputError) {}
