#!/usr/bin/env bash
# Runs each fuzz target of core and of the emulator for SECONDS_EACH (60) seconds, from a corpus of the vectors and the files in
# seeds/. TARGETS="xml request" runs these alone. Stable Rust is enough: no sanitizer is used.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target/fuzz}"
tools="$CARGO_TARGET_DIR/tools"
[ -x "$tools/bin/cargo-fuzz" ] || cargo install --quiet --locked --root "$tools" cargo-fuzz
command -v c++ >/dev/null || { echo 'missing: a C++ compiler, which libFuzzer is built with. apt-get install g++' >&2; exit 1; }
host=$(rustc -vV | sed -n 's/^host: //p')
for crate in core emulator; do
  for program in "$crate"/fuzz/fuzz_targets/*.rs; do
    target=$(basename "$program" .rs)
    case " ${TARGETS:-$target} " in *" $target "*) ;; *) continue ;; esac
    corpus="$CARGO_TARGET_DIR/corpus/$target"
    mkdir -p "$corpus"
    python3 core/fuzz/seeds.py "$crate" "$target" "$corpus"
    (cd "$crate/fuzz" && PATH="$tools/bin:$PATH" cargo fuzz run --fuzz-dir . --sanitizer none --target "$host" "$target" "$corpus" -- \
      -max_total_time="${SECONDS_EACH:-60}" -max_len=8192 -print_final_stats=1)
  done
done
