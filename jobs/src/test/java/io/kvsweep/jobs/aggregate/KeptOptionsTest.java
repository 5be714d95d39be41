package io.kvsweep.jobs.aggregate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.results.ResultStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptOptionsTest {
  @TempDir Path folder;

  private ResultStore store() {
    return ResultStore.create(folder.toString(), new Configuration(false));
  }

  @Test
  void whatWasAskedIsKept() {
    assertEquals(Optional.empty(), KeptOptions.read(store()));
    for (Optional<String> reference :
        List.of(Optional.of("rtn(bits=4)"), Optional.<String>empty())) {
      AggregateOptions options = new AggregateOptions(reference, List.of(3.0, 1.25, 3.0));
      assertEquals(List.of(1.25, 3.0), options.budgets(), "rising, each once");
      KeptOptions.write(store(), options);
      assertEquals(Optional.of(options), KeptOptions.read(store()));
    }
  }

  @Test
  void aDamagedFileIsNamed() {
    store().writeTable("options.json", "{\"reference\":null}".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        "tables/options.json: not the options of tables (budgets is missing); 'kvsweep aggregate' writes it anew",
        assertThrows(InvalidInputException.class, () -> KeptOptions.read(store())).getMessage());
  }
}
