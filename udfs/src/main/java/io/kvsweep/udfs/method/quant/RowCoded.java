package io.kvsweep.udfs.method.quant;

import java.util.Optional;

/** A codec of one tensor that may code its tokens one by one, so that others can build on it. */
public interface RowCoded {
  /** How it codes tokens; empty where tokens are not coded one by one. */
  Optional<RowQuantizer> rows();
}
