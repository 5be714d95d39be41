package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.claims.Claim.Judged;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.jobs.table.CsvTable;
import io.kvsweep.jobs.table.ParquetTable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Judges all claims by an output folder, writes the table, and says it in words. */
public final class ClaimsTables {
  private ClaimsTables() {}

  /**
   * What was written.
   *
   * @param text for a terminal
   * @param files paths of the tables
   */
  public record Written(String text, List<String> files) {}

  /**
   * Writes {@code tables/claims.parquet}, {@code .csv} and {@code .md}.
   *
   * @param artefacts folder of the calibrations that were swept
   * @throws io.kvsweep.datasets.InvalidInputException naming a file that cannot be read
   */
  public static Written write(
      SparkSession spark, ResultStore store, Optional<ArtefactFolder> artefacts) {
    Evidence evidence = EvidenceReader.read(spark, store, artefacts);
    List<Judged> rows = Claims.ALL.stream().map(claim -> claim.judge(evidence)).toList();
    List<String> files =
        List.of(
            store.writeTable("claims.parquet", ParquetTable.write(ClaimsTable.columns(), rows)),
            store.writeTable("claims.csv", CsvTable.write(ClaimsTable.columns(), rows)),
            store.writeTable("claims.md", ClaimsTable.markdown(rows)));
    return new Written(ClaimsText.of(rows), files);
  }
}
