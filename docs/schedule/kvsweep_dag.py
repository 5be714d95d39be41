"""A nightly sweep as an Airflow DAG: not tested here. Needs apache-airflow-providers-apache-spark and a connection spark_default.

Exit code 3, some rows failed, fails the tasks `sweep` and `aggregate` every night until the rows are mended. As in nightly.sh that
keeps nothing else from being done: every step runs once the one before has ended, however it ended, since Airflow does not tell the
codes of spark-submit apart. So bad input does not stop the steps after it either; they work on what is published. `night` fails
where any step did, and with it the run. Airflow would else go by `compare` alone.

Rows that failed are tried again by `sweep` with `--retry-failed`, and only then: add it for a night once their cause is mended.
"""

import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

JAR = "/path/to/kvsweep.jar"
DATASET = "hdfs:///kv/dataset"
RESULTS = "hdfs:///kv/results"
GOOD = "hdfs:///kv/results.good"  # the results to compare with: a copy of RESULTS/results, made when you are content


def kvsweep(task_id, *arguments):
    return SparkSubmitOperator(
        task_id=task_id,
        application=JAR,
        application_args=list(arguments),
        executor_memory="4g",
        trigger_rule="all_done",
    )


with DAG(
    dag_id="kvsweep",
    schedule="0 2 * * *",
    start_date=datetime.datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,  # a second sweep on the same output is refused
    default_args={
        "retries": 2,  # a sweep that was stopped goes on; one with failed rows measures nothing again
        # A killed driver's lock on the output holds for five minutes: a retry before that is refused.
        "retry_delay": datetime.timedelta(minutes=6),
    },
) as dag:
    sweep = kvsweep("sweep", "sweep", "hdfs:///kv/sweep.yaml", "--dataset", DATASET, "--out", RESULTS)
    aggregate = kvsweep("aggregate", "aggregate", RESULTS)
    # Exit code 4, a method became worse, fails this task.
    compare = kvsweep("compare", "compare", GOOD, RESULTS)
    night = EmptyOperator(task_id="night")
    sweep >> aggregate >> compare
    [sweep, aggregate, compare] >> night
