package io.kvsweep.jobs.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The job jar, built against one Spark, started by the {@code spark-submit} of others. */
class SparkVersionsIT {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"4.0.4", "4.2.0"})
  @EnabledIfSystemProperty(
      named = "kvsweep.full",
      matches = "true",
      disabledReason = "fetches two more Sparks of 270 MB; mvn verify -Pcluster,full")
  void rowsAreThoseOfTheEmbeddedSpark(String version) throws Exception {
    SweepBench bench = new SweepBench(folder).with(SweepBench.small().tokens(200));
    bench.yaml("methods: ['svdq(bits=[1.25,4])', 'kivi(bits=2)', none]");
    SweepBench.Said said = bench.sweep("embedded");
    assertEquals(0, said.code(), said.err());
    Path work = Files.createDirectory(folder.resolve("work"));
    try (Driver driver =
        SparkHome.of(version).submit(work, "local[2]", List.of(), bench.command("o"))) {
      assertEquals(0, driver.finish(), driver.err());
      assertEquals(said.out(), driver.out());
    }
    assertEquals(SweepBench.values(bench.rows("embedded")), SweepBench.values(bench.rows("o")));
  }
}
