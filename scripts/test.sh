#!/usr/bin/env bash
# Runs the whole test suite with every feature, from any folder:
#
#     scripts/test.sh [arguments for cargo test]
#
# Installs what compiling HiGHS needs if it is missing (see highs-tools.sh). Exit code 69 and a message if that is not
# possible; otherwise the exit code of cargo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/highs-tools.sh

readonly UNAVAILABLE=69

has cargo || {
  say "cargo is missing: install a Rust toolchain first (https://rustup.rs)"
  exit "$UNAVAILABLE"
}
provide_highs_tools || exit "$UNAVAILABLE"

cargo test --workspace --all-features "$@"
