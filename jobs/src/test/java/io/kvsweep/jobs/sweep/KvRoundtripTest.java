package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kvsweep.datasets.canonical.PromptKey;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.jobs.TestSpark;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.result.ResultColumn;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code kv_roundtrip} over the Parquet of a dataset. What holds for all functions is tested in
 * {@link SqlFunctionsTest} and {@link SqlSpecTest}.
 */
class KvRoundtripTest {
  @TempDir static Path folder;

  private static SweepBench bench;

  @BeforeAll
  static void dataset() {
    TestSpark.session();
    bench = new SweepBench(folder).with(SweepBench.small());
    bench.with(SweepBench.small().model("brain").dtype(DType.BF16));
  }

  private static Dataset<Row> sql(String arguments) {
    return TestSpark.session()
        .sql(
            """
            SELECT model, prompt, layer, kind, kv_roundtrip(%s) AS r
            FROM parquet.`%s/tensors/*/*.parquet` WHERE kind <> 'query'
            """
                .formatted(arguments, bench.dataset()));
  }

  private static Dataset<Row> withSpec(String spec) {
    return sql("payload, dtype, tokens, heads, head_dim, '" + spec + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "none(dtype=bf16)",
        "rtn(bits=2)",
        "rtn(bits=3,axis=channel,group=16,symmetric=true)",
        "kivi(bits=2,group=8,residual=16)",
        "svdq(bits=1.25)",
        "svdq(schedule=8-4-2-1-1-0-0-0,group=0,levels=endpoints)"
      })
  void isTheCodecItself(String spec) {
    TensorReader reader = TensorReader.open(bench.dataset().toString(), SweepBench.CONF);
    TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
    List<Row> rows = withSpec(spec).collectAsList();
    assertEquals(2 * 2 * 2 * 2, rows.size());
    for (Row row : rows) {
      KvTensor tensor =
          reader.read(
              new PromptKey(row.getString(0), row.getString(1)),
              row.getInt(2),
              TensorKind.of(row.getString(3)));
      KvTensor bare =
          new KvTensor(
              TensorKind.KEY, tensor.shape(), tensor.dtype(), RopeStage.NONE, 0, tensor.data());
      byte[] block = codec.encode(new TensorView(bare, Optional.empty()));
      float[] decoded = codec.decode(block, tensor.shape()).data();
      Row r = row.getStruct(4);
      assertEquals((long) block.length, r.<Long>getAs("total_bytes"));
      assertEquals(8.0 * block.length / (40 * 16), r.<Double>getAs("effective_bits"));
      assertEquals(40 * 16 * 2.0 / block.length, r.<Double>getAs("compression_ratio"));
      double worst = 0;
      for (int i = 0; i < decoded.length; i++) {
        worst = Math.max(worst, Math.abs((double) decoded[i] - tensor.data()[i]));
      }
      assertEquals(worst, r.<Double>getAs("max_abs_error"));
      double nmse = r.<Double>getAs("nmse");
      assertEquals(
          worst == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(nmse),
          r.<Double>getAs("sqnr_db"));
    }
  }

  @Test
  void nmseIsThatOfTheSweep() {
    bench.yaml("methods: ['rtn(bits=2,rope=pre)']", "kinds: [value]", "models: [small]");
    assertEquals(0, bench.sweep("o").code());
    bench
        .rows("o")
        .values()
        .forEach(
            row -> {
              Row r =
                  withSpec("rtn(bits=2)")
                      .where("kind = 'value' AND model = 'small'")
                      .where(
                          "prompt = '%s' AND layer = %s"
                              .formatted(row.get(ResultColumn.PROMPT), row.get(ResultColumn.LAYER)))
                      .collectAsList()
                      .get(0)
                      .getStruct(4);
              assertEquals(row.get(ResultColumn.NMSE), r.<Double>getAs("nmse"));
            });
  }
}
