/**
 * Reads and writes captures: one safetensors file per (model, prompt).
 *
 * <p>{@code PromptSource} is what an import reads from: tensors block by block, never whole.
 */
package io.kvsweep.datasets.capture;
