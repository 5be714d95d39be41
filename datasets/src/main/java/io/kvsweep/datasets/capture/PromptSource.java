package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.tensor.ModelInfo;
import java.util.List;

/**
 * One prompt's tensors, read run of tokens by run of tokens, so that no tensor need fit in memory.
 * Not thread-safe.
 */
public interface PromptSource extends AutoCloseable {
  /** File or name, for messages. */
  String place();

  /** The model that was captured. */
  ModelInfo model();

  /** The prompt. */
  PromptHead prompt();

  /** All tensors, in {@link TensorSpec#ORDER}. */
  List<TensorSpec> tensors();

  /**
   * Reads rows {@code row} to {@code row + rows - 1} of a tensor into the start of {@code out}:
   * little-endian, row-major {@code [rows, heads, headDim]}.
   *
   * @throws io.kvsweep.datasets.InvalidInputException if the source cannot give them
   */
  void read(TensorSpec tensor, int row, int rows, byte[] out);

  @Override
  void close();
}
