package io.kvsweep.udfs.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Names and types are an interface: written out here once more, so that no rename passes unseen.
 */
class ResultColumnTest {
  private static final List<String> CONTRACT =
      List.of(
          "run_id STRING",
          "cell_id STRING",
          "unit_id STRING",
          "code_version STRING",
          "model STRING",
          "prompt STRING",
          "kind STRING",
          "method STRING",
          "method_spec STRING",
          "fidelity STRING",
          "layer INT",
          "tokens INT",
          "exact_tokens INT",
          "kv_heads INT",
          "head_dim INT",
          "dtype STRING",
          "rope_stage STRING",
          "seed LONG",
          "nominal_bits DOUBLE",
          "effective_bits DOUBLE",
          "codes_bytes LONG",
          "parameters_bytes LONG",
          "basis_bytes LONG",
          "exact_bytes LONG",
          "header_bytes LONG",
          "total_bytes LONG",
          "artefact_bytes LONG",
          "compression_ratio DOUBLE",
          "read_ratio DOUBLE",
          "nominal_read_ratio DOUBLE",
          "kept_mass DOUBLE",
          "effective_bits_4k DOUBLE",
          "effective_bits_32k DOUBLE",
          "effective_bits_128k DOUBLE",
          "energy DOUBLE",
          "nmse DOUBLE",
          "nmse_centred DOUBLE",
          "sqnr_db DOUBLE",
          "cosine_mean DOUBLE",
          "cosine_p01 DOUBLE",
          "max_abs_error DOUBLE",
          "logit_rms DOUBLE",
          "attention_kl DOUBLE",
          "attention_kl_p999 DOUBLE",
          "topk_recall_16 DOUBLE",
          "output_error DOUBLE",
          "rd_limit_nmse DOUBLE",
          "bits_above_limit DOUBLE",
          "encode_ns LONG",
          "decode_ns LONG",
          "heads HEADS",
          "status STRING",
          "error STRING",
          "rd_limit_logit_rms DOUBLE");

  @Test
  void columnsAreThoseOfTheDesign() {
    assertEquals(
        CONTRACT,
        Arrays.stream(ResultColumn.values()).map(c -> c.label() + " " + c.type()).toList());
  }

  @Test
  void everyColumnIsDocumented() throws IOException {
    Path docs = Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    String schemas = Files.readString(docs.resolve("docs/schemas.md"));
    for (ResultColumn column : ResultColumn.values()) {
      assertTrue(schemas.contains("`" + column.label() + "`"), column::label);
    }
  }
}
