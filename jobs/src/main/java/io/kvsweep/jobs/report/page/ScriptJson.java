package io.kvsweep.jobs.report.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Data as JSON that no script element is ended or changed by, whatever the texts in it. */
final class ScriptJson {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private ScriptJson() {}

  /** Keys in order; not a number, which JSON lacks, becomes text and must not get here. */
  static Html of(Object data) {
    try {
      // Only within strings can these characters be, and there the escapes mean the same.
      return new Html(
          JSON.writeValueAsString(data)
              .replace("<", "\\u003c")
              .replace(">", "\\u003e")
              .replace("&", "\\u0026")
              .replace("\u2028", "\\u2028")
              .replace("\u2029", "\\u2029"));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("page data must be plain: " + e.getMessage(), e);
    }
  }
}
