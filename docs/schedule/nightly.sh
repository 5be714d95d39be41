#!/usr/bin/env bash
# A scheduled sweep: measures what is new, writes tables, and compares with the last results that were not worse. For cron:
#
#   0 2 * * *  /path/to/kvsweep/docs/schedule/nightly.sh sweep.yaml dataset results
#
# Failed rows stay failed every night until a sweep with --retry-failed tries them again, such as once their cause is mended.
# Exit codes are kvsweep's: 0 all well, 3 some rows failed, 4 a method became worse, 2 bad input, or nothing is left to
# compare, as where the dataset was captured again. After 4 and 2 results.good stays what it is, and the next night tells
# the same, until the cause is mended or, where the change is wanted, results.good is deleted. Needs an output on a file
# system of this machine; for others copy results/ with their own tools, e.g. hdfs dfs -cp.
set -euo pipefail

(($# == 3)) || {
  echo "usage: nightly.sh SWEEP.yaml DATASET OUT; the results to compare with are kept in OUT.good" >&2
  exit 2
}
config=$1 dataset=$2 out=${3%/}
kvsweep=${KVSWEEP:-$(dirname "${BASH_SOURCE[0]}")/../../kvsweep}

# Rows that failed are told by exit code 3 at the end; they keep nothing else from being done.
failed=0
step() {
  local code=0
  "$kvsweep" "$@" || code=$?
  if ((code != 0 && code != 3)); then
    [[ $1 != compare ]] ||
      echo "nightly.sh: $out.good stays; where the change is wanted, delete it, and the next night begins anew" >&2
    exit "$code"
  fi
  ((code == 0)) || failed=$code
}

# Result files are never changed, only added, replaced whole or deleted: links are as good as copies and take no room.
copy() {
  rm -rf "$out.next" && mkdir "$out.next" && cp "$@" "$out/results" "$out.next/"
}

# OUT.ready is a whole copy that was compared. A script that is killed in here leaves it to the next night.
accept() {
  if [[ -d $out.ready ]]; then
    rm -rf "$out.good"
    mv "$out.ready" "$out.good"
  fi
}

step sweep "$config" --dataset "$dataset" --out "$out"
step aggregate "$out" >"$out/tables/summary.txt"
accept
if [[ -d $out.good ]]; then
  step compare "$out.good" "$out"
fi
copy -Rl 2>/dev/null || copy -R
mv "$out.next" "$out.ready"
accept
exit "$failed"
