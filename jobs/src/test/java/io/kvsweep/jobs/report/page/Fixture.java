package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.TestRows;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Results of two models, one with a name that wants to be markup, in an output folder. */
record Fixture(Path folder, List<ResultRow> rows) {
  static final String HOSTILE =
      "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&`$x!";
  static final String PLAIN = "plain";
  static final List<String> PROMPTS = List.of("dracula", "it's \"q\" <b>");

  /** Specification, bytes of 16 values, error of layer 0 of the first prompt. */
  private record Entry(String spec, String method, long bytes, double nmse) {}

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry("none", "none", 32, 0),
          new Entry("rtn(bits=2)", "rtn", 5, 0.2),
          new Entry("rtn(bits=4)", "rtn", 9, 0.02),
          new Entry("svdq(bits=1.25)", "svdq", 3, 0.09),
          new Entry("svdq(bits=4)", "svdq", 10, 0.004),
          new Entry("knorm(budget=0.2) | rtn(bits=4)", "rtn", 2, 0.001));

  static Fixture in(Path folder) {
    ResultStore store = store(folder);
    List<ResultRow> rows = new ArrayList<>();
    for (String model : List.of(PLAIN, HOSTILE)) {
      for (String prompt : PROMPTS) {
        for (int layer = 0; layer < 2; layer++) {
          List<ResultRow> unit = new ArrayList<>();
          for (Entry entry : ENTRIES) {
            unit.add(row(entry, model, prompt, layer));
          }
          store.publish("run-1", unit(model, prompt, layer), unit);
          rows.addAll(unit);
        }
      }
    }
    try {
      Files.createDirectories(folder.resolve("runs"));
      Files.writeString(
          folder.resolve("runs/run-1.json"),
          """
          {"run_id":"run-1","started":"2026-01-02T03:04:05Z","finished":"2026-01-02T03:05:05Z","counts":{},
           "config":{"dataset":"my data"},"versions":{"kvsweep":"abc","java":"17","spark":"4"},
           "host":{"os":"Linux"},"kernels":"scalar"}""");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Fixture(folder, rows);
  }

  /** As a hash in real results: names may hold what file names may not. */
  private static String unit(String model, String prompt, int layer) {
    return "%08x".formatted((model + prompt + layer).hashCode());
  }

  static ResultStore store(Path folder) {
    return ResultStore.create(folder.toString(), new Configuration(false));
  }

  private static ResultRow row(Entry entry, String model, String prompt, int layer) {
    String spec = Methods.STANDARD.expand(entry.spec()).get(0).toString();
    double factor = (1 + layer) * (prompt.equals("dracula") ? 1 : 1.5);
    ResultRow.Builder row =
        entry.method().equals("svdq") && model.equals(HOSTILE) && layer == 1
            ? TestRows.failed(spec, model, prompt, layer, "broke at <b>" + HOSTILE + "</b>").with()
            : TestRows.measured(spec, model, prompt, layer, entry.nmse() * factor, entry.bytes())
                .with()
                .set(ResultColumn.CODES_BYTES, entry.bytes() - 1)
                .set(ResultColumn.HEADER_BYTES, 1L)
                .set(ResultColumn.EFFECTIVE_BITS, entry.bytes() / 2.0)
                .set(ResultColumn.EFFECTIVE_BITS_4K, entry.bytes() / 2.5)
                .set(ResultColumn.EFFECTIVE_BITS_32K, entry.bytes() / 2.5)
                .set(ResultColumn.EFFECTIVE_BITS_128K, entry.bytes() / 2.5)
                .set(ResultColumn.OUTPUT_ERROR, entry.nmse() * factor / 3)
                .set(ResultColumn.RD_LIMIT_NMSE, 0.5 * factor / entry.bytes())
                .set(
                    ResultColumn.HEADS,
                    new HeadResult[] {
                      new HeadResult(0, entry.nmse() * factor, null, null, 0.1 * factor),
                      new HeadResult(1, entry.nmse() * factor * 2, null, null, null)
                    });
    return row.set(ResultColumn.UNIT_ID, unit(model, prompt, layer))
        .set(ResultColumn.METHOD, entry.method())
        .set(ResultColumn.METHOD_SPEC, spec)
        .build();
  }

  String html() {
    try {
      return Files.readString(folder.resolve("report.html"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
