#!/usr/bin/env bash
# A scheduled sweep: measures what is new, writes tables, and compares with the last results that were not worse. For cron:
#
#   0 2 * * *  /path/to/kvsweep/docs/schedule/nightly.sh sweep.yaml dataset results
#
# Exit codes are kvsweep's: 0 all well, 3 some rows failed, 4 a method became worse (until it is mended, or until
# results.good is deleted), 2 bad input. Needs an output on a file system of this machine; for others copy results/ with
# their own tools, e.g. hdfs dfs -cp.
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
  ((code == 0 || code == 3)) || exit "$code"
  ((code == 0)) || failed=$code
}

step sweep "$config" --dataset "$dataset" --out "$out"
step aggregate "$out" >"$out/tables/summary.txt"
if [[ -d $out.good ]]; then
  step compare "$out.good" "$out"
fi

# Result files are never changed, only added or replaced whole: links are as good as copies and take no room.
rm -rf "$out.next"
mkdir "$out.next"
cp -Rl "$out/results" "$out.next/" 2>/dev/null || cp -R "$out/results" "$out.next/"
rm -rf "$out.good"
mv "$out.next" "$out.good"
exit "$failed"
