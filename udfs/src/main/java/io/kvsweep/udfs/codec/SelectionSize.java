package io.kvsweep.udfs.codec;

/**
 * What a selection takes at a prompt length, whatever the data.
 *
 * @param blockBytes length of the selector's block
 * @param codedTokens tokens per head that the codec codes
 * @param exactTokens tokens per head that stay whole beside them
 * @param codedRead coded tokens per head that a step at the end of the prompt reads
 * @param budget tokens that a step reads by the method's own count
 */
public record SelectionSize(
    long blockBytes, int codedTokens, int exactTokens, int codedRead, int budget) {}
