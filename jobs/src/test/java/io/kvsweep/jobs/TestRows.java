package io.kvsweep.jobs;

import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.Status;

/** Result rows for tests; 16 values of f16 each. */
public final class TestRows {
  private TestRows() {}

  /** A measured row; the unit's id follows from model, prompt and layer. */
  public static ResultRow measured(
      String cell, String model, String prompt, int layer, double nmse, long bytes) {
    return base(cell, model, prompt, layer)
        .set(ResultColumn.STATUS, Status.MEASURED.label())
        .set(ResultColumn.NOMINAL_BITS, 2.25)
        .set(ResultColumn.TOTAL_BYTES, bytes)
        .set(ResultColumn.NMSE, nmse)
        .set(ResultColumn.NMSE_CENTRED, nmse / 2)
        .set(
            ResultColumn.HEADS,
            new HeadResult[] {new HeadResult(0, nmse, 0.5, null, 0.25), head(1, nmse)})
        .build();
  }

  /** A failed row. */
  public static ResultRow failed(
      String cell, String model, String prompt, int layer, String error) {
    return base(cell, model, prompt, layer)
        .set(ResultColumn.STATUS, Status.FAILED.label())
        .set(ResultColumn.ERROR, error)
        .build();
  }

  public static String unit(String model, String prompt, int layer) {
    return "unit-" + model + "-" + prompt + "-" + layer;
  }

  private static HeadResult head(int index, double nmse) {
    return new HeadResult(index, nmse, null, null, null);
  }

  private static ResultRow.Builder base(String cell, String model, String prompt, int layer) {
    return ResultRow.builder()
        .set(ResultColumn.RUN_ID, "run-1")
        .set(ResultColumn.CELL_ID, cell)
        .set(ResultColumn.UNIT_ID, unit(model, prompt, layer))
        .set(ResultColumn.MODEL, model)
        .set(ResultColumn.PROMPT, prompt)
        .set(ResultColumn.KIND, "key")
        .set(ResultColumn.METHOD, "rtn")
        .set(ResultColumn.METHOD_SPEC, "rtn(bits=2,axis=token)")
        .set(ResultColumn.SEED, 1L)
        .set(ResultColumn.LAYER, layer)
        .set(ResultColumn.TOKENS, 4)
        .set(ResultColumn.KV_HEADS, 2)
        .set(ResultColumn.HEAD_DIM, 2)
        .set(ResultColumn.DTYPE, "f16");
  }
}
