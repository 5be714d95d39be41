package io.kvsweep.udfs.result;

/**
 * Metrics of one KV head; attention averaged over its query heads, null without queries.
 *
 * @param head KV head, from 0
 */
public record HeadResult(
    int head, double nmse, Double logitRms, Double attentionKl, Double outputError) {}
