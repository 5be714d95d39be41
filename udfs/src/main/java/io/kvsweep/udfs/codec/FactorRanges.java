package io.kvsweep.udfs.codec;

/**
 * Range evidence of a coded matrix and of the two factors that a factoring codec makes of it,
 * before any rounding.
 *
 * @param variant how it is factored
 * @param inner channels of a run; null where the variant has no runs
 * @param matrix the coded tokens in the codec's rotary stage
 * @param large the factor that is quantised, of all blocks of tokens
 * @param small the factor that is not, of all blocks of tokens
 */
public record FactorRanges(
    String variant,
    Integer inner,
    RangeEvidence matrix,
    RangeEvidence large,
    RangeEvidence small) {}
