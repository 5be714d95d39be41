package io.kvsweep.udfs.result;

import java.util.Locale;

/**
 * The columns of a result row, in order: one definition for the Parquet schema, Spark's schema,
 * tables and docs.
 */
public enum ResultColumn {
  RUN_ID(Type.STRING),
  CELL_ID(Type.STRING),
  UNIT_ID(Type.STRING),
  CODE_VERSION(Type.STRING),
  MODEL(Type.STRING),
  PROMPT(Type.STRING),
  KIND(Type.STRING),
  METHOD(Type.STRING),
  METHOD_SPEC(Type.STRING),
  FIDELITY(Type.STRING),
  LAYER(Type.INT),
  TOKENS(Type.INT),
  EXACT_TOKENS(Type.INT),
  KV_HEADS(Type.INT),
  HEAD_DIM(Type.INT),
  DTYPE(Type.STRING),
  ROPE_STAGE(Type.STRING),
  SEED(Type.LONG),
  NOMINAL_BITS(Type.DOUBLE),
  EFFECTIVE_BITS(Type.DOUBLE),
  CODES_BYTES(Type.LONG),
  PARAMETERS_BYTES(Type.LONG),
  BASIS_BYTES(Type.LONG),
  EXACT_BYTES(Type.LONG),
  HEADER_BYTES(Type.LONG),
  TOTAL_BYTES(Type.LONG),
  ARTEFACT_BYTES(Type.LONG),
  COMPRESSION_RATIO(Type.DOUBLE),
  READ_RATIO(Type.DOUBLE),
  NOMINAL_READ_RATIO(Type.DOUBLE),
  KEPT_MASS(Type.DOUBLE),
  EFFECTIVE_BITS_4K(Type.DOUBLE),
  EFFECTIVE_BITS_32K(Type.DOUBLE),
  EFFECTIVE_BITS_128K(Type.DOUBLE),
  ENERGY(Type.DOUBLE),
  NMSE(Type.DOUBLE),
  NMSE_CENTRED(Type.DOUBLE),
  SQNR_DB(Type.DOUBLE),
  COSINE_MEAN(Type.DOUBLE),
  COSINE_P01(Type.DOUBLE),
  MAX_ABS_ERROR(Type.DOUBLE),
  LOGIT_RMS(Type.DOUBLE),
  ATTENTION_KL(Type.DOUBLE),
  ATTENTION_KL_P999(Type.DOUBLE),
  TOPK_RECALL_16(Type.DOUBLE),
  OUTPUT_ERROR(Type.DOUBLE),
  RD_LIMIT_NMSE(Type.DOUBLE),
  BITS_ABOVE_LIMIT(Type.DOUBLE),
  ENCODE_NS(Type.LONG),
  DECODE_NS(Type.LONG),
  HEADS(Type.HEADS),
  STATUS(Type.STRING),
  ERROR(Type.STRING),
  RD_LIMIT_LOGIT_RMS(Type.DOUBLE);

  /** Type of a column. */
  public enum Type {
    STRING(String.class),
    INT(Integer.class),
    LONG(Long.class),
    DOUBLE(Double.class),
    /** {@code array<struct<head int, nmse, logit_rms, attention_kl, output_error double>>}. */
    HEADS(HeadResult[].class);

    private final Class<?> javaType;

    Type(Class<?> javaType) {
      this.javaType = javaType;
    }
  }

  private final Type type;

  ResultColumn(Type type) {
    this.type = type;
  }

  public Type type() {
    return type;
  }

  /** Name in Parquet and SQL. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  void check(Object value) {
    if (!type.javaType.isInstance(value)) {
      throw new IllegalArgumentException(
          "column %s takes %s, got %s".formatted(label(), type, value.getClass()));
    }
  }
}
