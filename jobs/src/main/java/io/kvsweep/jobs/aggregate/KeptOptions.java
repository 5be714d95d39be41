package io.kvsweep.jobs.aggregate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What the tables of a folder were asked for, in {@code tables/options.json}: whoever makes them
 * anew asks the same, and who shows them can tell a budget that no curve reaches from one that
 * nobody asked for.
 */
public final class KeptOptions {
  private static final String FILE = "options.json";
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          // Other versions may tell more.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private KeptOptions() {}

  /** As in the file; the reference is null where none was asked for. */
  private record Kept(List<Double> budgets, String reference) {}

  static void write(ResultStore store, AggregateOptions options) {
    try {
      String json =
          JSON.writeValueAsString(new Kept(options.budgets(), options.reference().orElse(null)));
      store.writeTable(FILE, (json + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("options are plain values only", e);
    }
  }

  /**
   * Of the tables that were written last; empty where there are none, or none of this version.
   *
   * @throws InvalidInputException if the file is damaged
   */
  public static Optional<AggregateOptions> read(ResultStore store) {
    return store.readTable(FILE).map(KeptOptions::parse);
  }

  private static AggregateOptions parse(byte[] json) {
    String problem = "budgets is missing";
    try {
      Kept kept = JSON.readValue(json, Kept.class);
      if (kept != null && kept.budgets() != null && !kept.budgets().contains(null)) {
        return new AggregateOptions(Optional.ofNullable(kept.reference()), kept.budgets());
      }
    } catch (IOException e) {
      problem = e.getMessage().lines().findFirst().orElse("damaged");
    }
    throw new InvalidInputException(
        "tables/%s: not the options of tables (%s); 'kvsweep aggregate' writes it anew"
            .formatted(FILE, problem));
  }
}
