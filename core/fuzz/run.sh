#!/usr/bin/env bash
# Runs each fuzz target for SECONDS_EACH (60) seconds, from a corpus of the vectors. Stable Rust is enough: no sanitizer is used.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../target/fuzz}"
tools="$CARGO_TARGET_DIR/tools"
[ -x "$tools/bin/cargo-fuzz" ] || cargo install --quiet --locked --root "$tools" cargo-fuzz
command -v c++ >/dev/null || { echo 'missing: a C++ compiler, which libFuzzer is built with. apt-get install g++' >&2; exit 1; }
host=$(rustc -vV | sed -n 's/^host: //p')
for target in ${TARGETS:-xml notify oauth_json store settings}; do
  corpus="$CARGO_TARGET_DIR/corpus/$target"
  mkdir -p "$corpus"
  python3 seeds.py "$target" "$corpus"
  PATH="$tools/bin:$PATH" cargo fuzz run --fuzz-dir . --sanitizer none --target "$host" "$target" "$corpus" -- \
    -max_total_time="${SECONDS_EACH:-60}" -max_len=8192 -print_final_stats=1
done
