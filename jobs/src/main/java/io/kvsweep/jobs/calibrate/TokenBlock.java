package io.kvsweep.jobs.calibrate;

import java.io.Serializable;

/**
 * A run of tokens of one calibration prompt: what is read, coded and kept as scratch together.
 *
 * @param index among all blocks of the calibration, in the order of prompts and tokens
 * @param unitId of the prompt with all its layers
 * @param from index of the first token in the prompt, sinks not counted
 * @param tokens at least 1
 */
record TokenBlock(int index, String unitId, String model, String prompt, int from, int tokens)
    implements Serializable {}
