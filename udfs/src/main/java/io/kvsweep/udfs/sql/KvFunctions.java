package io.kvsweep.udfs.sql;

import java.util.List;

/** The SQL functions: one line each. */
final class KvFunctions {
  static final List<SqlFunction> ALL =
      List.of(
          KvRoundtrip.FUNCTION,
          KvEncode.FUNCTION,
          KvDecode.FUNCTION,
          KvSpectrum.FUNCTION,
          KvEffectiveBits.FUNCTION,
          KvRdLimit.FUNCTION,
          KvJoinBlocks.FUNCTION,
          KvRoundtrip.FUNCTION.overBlocks("_FUNC_(s, p, 'f16', 1, 1, 2, 'none').total_bytes", "56"),
          KvEncode.FUNCTION.overBlocks("octet_length(_FUNC_(s, p, 'f16', 1, 1, 2, 'none'))", "56"),
          KvSpectrum.FUNCTION.overBlocks(
              "transform(_FUNC_(s, p, 'f16', 1, 1, 2), v -> round(v, 4))", "[3.1623,0.0]"),
          KvRdLimit.FUNCTION.overBlocks("round(_FUNC_(s, p, 'f16', 1, 1, 2, 1.25), 6)", "0.03125"));

  private KvFunctions() {}
}
