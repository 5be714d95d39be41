#!/usr/bin/env bash
# One large sweep on a standalone Spark on this machine, a master and two workers of one core each, all on the loopback; then
# where its time and memory went. What it measures, and what is scaled down: ../scale.md.
#
#   SPARK_HOME=/path/to/spark docs/scale/run.sh WORK [CAPTURES]
#
#   WORK       folder for dataset, results and logs; again with the same folder goes on where it was stopped
#   CAPTURES   folder of real captures (*.safetensors), measured beside the synthetic ones
#
# MODELS=3 PROMPTS=1 makes it small, SWEEP=small.yaml measures other specifications; TOKENS=256 LAYERS=1 are those of
# synthetic captures.
set -euo pipefail
die() {
  echo "run.sh: $*" >&2
  exit 2
}

(($# == 1 || $# == 2)) || die "usage: SPARK_HOME=/path/to/spark docs/scale/run.sh WORK [CAPTURES]"
[[ -f ${SPARK_HOME:-}/bin/spark-class ]] || die "SPARK_HOME is '${SPARK_HOME:-}', with no bin/spark-class in it; set it to a Spark 4.0 or newer"
mkdir -p "$1"
work=$(cd "$1" && pwd)
captures=${2:+$(cd "$2" && pwd)}
sweep=$(realpath "${SWEEP:-$(dirname "${BASH_SOURCE[0]}")/sweep.yaml}")
cd "$(dirname "${BASH_SOURCE[0]}")"
kvsweep=../../kvsweep
jar=../../jobs/target/kvsweep.jar
prompts=$(seq -s, -f 'prompt-%.0f' 0 $((${PROMPTS:-3} - 1)))

make_dataset() {
  if [[ -n $captures ]]; then
    "$kvsweep" import "$captures"/*.safetensors --out "$work/dataset"
  else
    echo "run.sh: no folder of captures given: synthetic models alone"
  fi
  tail -n +2 models.csv | head -n "${MODELS:-1000}" | while IFS=, read -r model _ query_heads kv_heads head_dim rope_theta _; do
    "$kvsweep" synth --out "$work/dataset" --model "synthetic-$model" --prompts "$prompts" --layers "${LAYERS:-1}" \
      --tokens "${TOKENS:-256}" --query-heads "$query_heads" --kv-heads "$kv_heads" --head-dim "$head_dim" \
      --rope-theta "$rope_theta" </dev/null 2>/dev/null
  done
  touch "$work/dataset.made"
}

# A daemon's standard error goes to a file: the master says there where it listens.
daemon() {
  local name=$1 class=$2
  shift 2
  SPARK_LOCAL_DIRS=$work/scratch "$BASH" "$SPARK_HOME/bin/spark-class" "org.apache.spark.deploy.$class" \
    --host 127.0.0.1 --port 0 --webui-port 0 "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
}

waitfor() {
  for _ in $(seq 600); do
    (($(grep -c "$1" "$work/master.log" || true) < $2)) || return 0
    sleep 0.2
  done
  die "the cluster does not start; see $work/*.log"
}

"$kvsweep" --version # builds the job jar
[[ -e $work/dataset.made ]] || make_dataset

export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1 SPARK_SCALA_VERSION=2.13 SPARK_DAEMON_MEMORY=256m
export SPARK_DAEMON_JAVA_OPTS="-Dspark.master.rest.enabled=false"
pids=()
# The last started goes first: workers end their executors.
trap 'for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill "${pids[i]}" 2>/dev/null && wait "${pids[i]}" || true; done' EXIT
mkdir -p "$work/events"
daemon master master.Master
waitfor "Successfully started service 'sparkMaster' on port" 1
master=spark://127.0.0.1:$(sed -n "s/.*'sparkMaster' on port \([0-9]*\).*/\1/p" "$work/master.log")
for worker in 1 2; do
  daemon "worker-$worker" worker.Worker --cores 1 --memory 2g --work-dir "$work/work-$worker" "$master"
done
waitfor "Registering worker" 2

code=0
"$BASH" "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.SparkSubmit --master "$master" \
  --driver-memory 512m --executor-memory 2g --conf spark.driver.host=127.0.0.1 --conf spark.ui.enabled=false \
  --conf spark.eventLog.enabled=true --conf "spark.eventLog.dir=file://$work/events" \
  --conf spark.eventLog.compress=false --conf spark.eventLog.rolling.enabled=false \
  "$jar" sweep "$sweep" --dataset "$work/dataset" --out "$work/results" 2>"$work/sweep.log" || code=$?
((code == 0 || code == 3)) || die "the sweep ended with exit code $code; see $work/sweep.log"
python3 summary.py "$work"
"$kvsweep" query "$work/results" "SELECT count(*) AS files, sum(n) AS rows, min(n) AS least_rows_per_file,
  percentile(n, 0.5) AS median, max(n) AS most, sum(failed) AS failed FROM (SELECT count(*) AS n,
  count_if(status = 'failed') AS failed FROM parquet.\`$work/results/results\` GROUP BY input_file_name())"
exit "$code"
