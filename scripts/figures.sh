#!/usr/bin/env bash
# Makes the figures of the README again, in docs/figures, with target/release/relus, in about four minutes:
#
#     cargo build --release && scripts/figures.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly relus=target/release/relus
readonly data=instances/real/diabetes-bmi-s5-40.csv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p docs/figures
"$relus" train "$data" --width 3 --quiet --save-network "$work/network.json" -o "$work/result.txt"
"$relus" plot network "$work/network.json" "$data" --title "The best network of three ReLUs for 40 patients" -o docs/figures/network.svg
"$relus" experiment run scaling --full --quiet --out "$work"
"$relus" experiment run descent --full --quiet --out "$work"
cp "$work/scaling/times-l2.svg" docs/figures/scaling.svg
cp "$work/descent/success.svg" docs/figures/descent.svg
