package io.kvsweep.jobs.sweep;

import io.kvsweep.jobs.results.Diagnostic;
import io.kvsweep.jobs.results.ResultStore;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.sql.ResultRows;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;

/** Publishes the results of each unit as soon as they are there. */
record PublishUnits(ResultStore store, String runId, String codeVersion, SweepCounters counters)
    implements ForeachPartitionFunction<Row> {
  private static final long serialVersionUID = 1L;

  @Override
  public void call(Iterator<Row> units) {
    long start = System.nanoTime();
    publish(units);
    counters.nanos().add(System.nanoTime() - start);
  }

  /** Measures, too: the rows of a unit are made when it is asked for. */
  private void publish(Iterator<Row> units) {
    while (units.hasNext()) {
      Row unit = units.next();
      List<ResultRow> rows =
          ofThisRun(unit.<Row>getList(2).stream().map(ResultRows::fromRow).toList());
      stopIfKilled();
      String unitId = unit.<Row>getAs(0).getAs("unit_id");
      for (Diagnostic table : Diagnostic.values()) {
        List<Row> found = unit.getList(unit.fieldIndex(table.label()));
        if (!found.isEmpty()) {
          store.publishBeside(table.label(), runId, unitId, rows, table.parquet(found));
        }
      }
      store.publish(runId, unitId, rows);
      long failed = distinctCells(rows, false);
      long done = distinctCells(rows, true) + failed;
      counters.cells().add(done);
      counters.failed().add(failed);
      counters.values().add(done * unit.getLong(1));
    }
  }

  /** Publishes the rows of a unit that no task could measure. */
  void publishFailed(String unitId, List<ResultRow> rows) {
    store.publish(runId, unitId, ofThisRun(rows));
  }

  private List<ResultRow> ofThisRun(List<ResultRow> rows) {
    return rows.stream()
        .map(
            row ->
                row.with()
                    .set(ResultColumn.RUN_ID, runId)
                    .set(ResultColumn.CODE_VERSION, codeVersion)
                    .build())
        .toList();
  }

  /**
   * A task that is killed, because its job ended or another attempt was faster, may have been
   * interrupted while it measured: what then looks like failed cells is not published.
   */
  private static void stopIfKilled() {
    TaskContext task = TaskContext.get();
    if (task != null && task.isInterrupted()) {
      throw new TaskKilledException("the task was killed before it published");
    }
  }

  private static long distinctCells(List<ResultRow> rows, boolean measured) {
    return rows.stream()
        .filter(row -> row.measured() == measured)
        .map(row -> row.get(ResultColumn.CELL_ID))
        .distinct()
        .count();
  }
}
