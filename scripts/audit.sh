#!/usr/bin/env bash
# Searches with RELUS_AUDIT=1, under which every conclusion of the search is checked in rationals while it is drawn, and has the certificates checked:
#
#     scripts/audit.sh [PROGRAM]      [default: relus as cargo's tests build it]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

relus=${1:-}
if [ -z "$relus" ]; then
  cargo build --quiet --all-features || exit 1
  relus=${CARGO_TARGET_DIR:-target}/debug/relus
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

audit() {
  local data=$1
  if RELUS_AUDIT=1 "$relus" train "$@" --method search --certificate "$work/certificate" --quiet >"$work/result" 2>"$work/errors" &&
    "$relus" check "$work/certificate" "$data" >>"$work/result" 2>>"$work/errors"; then
    printf 'audited: %s\n' "$*"
  else
    failed=1
    printf 'FAILED: %s\n' "$*"
    cat "$work/result" "$work/errors"
  fi
}

# All kinds of problems, each of a few hundred nodes at most: squares, other losses, thresholds, zero error; ties, duplicates and numbers of very different size.
for name in syn-d1-k2-n40 syn-d2-k2-n20 syn-d2-k2-n40 syn-d2-k2-n20-l1 syn-d2-k2-n20-linf syn-d3-k1-n80 syn-d3-k2-n20 diab-d2-k1-n40-l1 thr-d2-k1-n80 thr-d2-k2-n40; do
  audit "instances/benchmark/$name.json"
done
for name in stackloss longley linnerud-pulse anscombe-4 strikes iris-petal-width-50; do
  audit "instances/real/$name.csv" --width 1
  audit "instances/real/$name.csv" --width 1 --loss linf --output-bias
done
audit instances/real/strikes.csv --width 2
audit instances/real/strikes.csv --width 2 --activation threshold
audit instances/real/diabetes-bmi-s5-20.csv --width 2
audit instances/real/anscombe-2.csv --width 2 --loss l1
audit instances/real/anscombe-1.csv --width 2 --target-error 0
audit instances/real/wine-class-0-1-44.csv --width 1 --loss zero-one
exit "$failed"
