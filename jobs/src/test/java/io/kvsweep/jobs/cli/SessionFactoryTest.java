package io.kvsweep.jobs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.TestSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SessionFactoryTest {
  @Test
  void embeddedSessionsAreQuietAndLocal() {
    SparkSession spark = TestSpark.session();
    assertEquals("UTC", spark.conf().get("spark.sql.session.timeZone"));
    assertEquals("4", spark.conf().get("spark.sql.parquet.columnarReaderBatchSize"));
    assertEquals("127.0.0.1", spark.sparkContext().conf().get("spark.driver.host"));
    assertEquals("false", spark.sparkContext().conf().get("spark.ui.enabled"));
    spark.sql("SHOW TABLES").collectAsList();
    assertFalse(Files.exists(Path.of("spark-warehouse")));
  }

  @Test
  void aSessionThatWasThereIsJoinedAndLeftRunning() {
    SparkSession spark = TestSpark.session();
    try (SessionFactory.Session session = SessionFactory.open("x", Optional.empty(), false)) {
      assertSame(spark.sparkContext(), session.spark().sparkContext());
    }
    assertFalse(spark.sparkContext().isStopped());
  }

  @Test
  void badMaster() {
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> SessionFactory.embedded("locl[2]", false));
    assertEquals(
        "'locl[2]' is no Spark master: expected local[*], local[N], spark://HOST:PORT, yarn or"
            + " k8s://...",
        e.getMessage());
    for (String none :
        List.of(
            "",
            "local[two]",
            "local[0]",
            "local[]",
            "local[2,x]",
            "local-cluster[x]",
            "local-cluster[1,2]",
            "spark://",
            "spark://host",
            "k8s",
            "k8s://",
            "yarn-client",
            "Local[2]")) {
      assertThrows(InvalidInputException.class, () -> SessionFactory.checkMaster(none), none);
    }
    for (String master :
        List.of(
            "local",
            "local[*]",
            "local[16]",
            "local[2, 3]",
            "local-cluster[2, 1,1024]",
            "spark://host:7077",
            "spark://a:7077,b:7077",
            "k8s://https://h:6443",
            "yarn")) {
      SessionFactory.checkMaster(master);
    }
  }
}
