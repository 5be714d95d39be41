package io.kvsweep.datasets.canonical;

/**
 * What an import did.
 *
 * @param added prompts that are new in the dataset
 * @param unchanged prompts that were there already with the same content
 * @param values numbers in the added prompts
 * @param bytes their size as captured
 */
public record ImportSummary(int added, int unchanged, long values, long bytes) {}
