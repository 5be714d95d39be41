"""A nightly sweep as an Airflow DAG: not tested here. Needs apache-airflow-providers-apache-spark and a connection spark_default."""

import datetime

from airflow import DAG
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

JAR = "/path/to/kvsweep.jar"
DATASET = "hdfs:///kv/dataset"
RESULTS = "hdfs:///kv/results"
GOOD = "hdfs:///kv/results.good"  # the results to compare with: a copy of RESULTS/results, made when you are content


def kvsweep(task_id, *arguments):
    return SparkSubmitOperator(task_id=task_id, application=JAR, application_args=list(arguments), executor_memory="4g")


with DAG(
    dag_id="kvsweep",
    schedule="0 2 * * *",
    start_date=datetime.datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,  # a second sweep on the same output is refused
    default_args={"retries": 2},  # a sweep that was stopped goes on
) as dag:
    sweep = kvsweep("sweep", "sweep", "hdfs:///kv/sweep.yaml", "--dataset", DATASET, "--out", RESULTS)
    aggregate = kvsweep("aggregate", "aggregate", RESULTS)
    # Exit code 4, a method became worse, fails this task.
    compare = kvsweep("compare", "compare", GOOD, RESULTS)
    sweep >> aggregate >> compare
