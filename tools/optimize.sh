#!/usr/bin/env bash
# The release programs once more, compiled by a profile of themselves under load ("profile-guided optimization").
#
#   tools/optimize.sh            build with counters, run the load, build with what they counted: target/optimized/release/
#   tools/optimize.sh --again    build anew with the profile of before, as long as that fits the compiler
#
# The load is that of the benchmarks in their short form: redirects, durability `fsync`, postbacks in and out. Takes two release builds
# and five minutes; needs about 15 GB in target/. The profile is of this compiler and of no use to another one.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
programs=(signalbox traffic-service postback-service api-service trafficgen)
# Naming the target keeps the flags away from what only runs while building.
build=(cargo build --release --locked --target "$host")
for program in "${programs[@]}"; do build+=(-p "$program" --bin "$program"); done
counting=target/counting optimized=target/optimized
profile="$PWD/$optimized/load.profdata" counts="$PWD/$counting/counts"

profdata() { # arguments of llvm-profdata
  local tool
  tool="$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata"
  if [ ! -x "$tool" ] && command -v rustup >/dev/null; then rustup component add llvm-tools >&2; fi
  if [ ! -x "$tool" ]; then
    echo "optimize.sh: llvm-profdata of this compiler is missing: rustup component add llvm-tools" >&2
    exit 69
  fi
  "$tool" "$@"
}

measure_itself() {
  profdata --version >/dev/null
  RUSTFLAGS="-Cprofile-generate=$counts" "${build[@]}" --target-dir "$counting"
  rm -rf "$counts"
  local from="$counting/$host/release" folder="$PWD/$counting"
  "$from/trafficgen" bench --signalbox "$from/signalbox" --folder "$folder" \
    --part redirect,fsync --quick
  # Slower than it will be: every branch is counted.
  "$from/trafficgen" bench-postbacks --signalbox "$from/signalbox" --folder "$folder" \
    --clicks 20000 --rate 1000 --seconds 15 --outgoing-rate 400 --rounds 1 --round-seconds 10 >/dev/null
  mkdir -p "$optimized"
  profdata merge -o "$profile" "$counts"
}

if [ "${1:-}" != --again ] || [ ! -f "$profile" ]; then measure_itself; fi
RUSTFLAGS="-Cprofile-use=$profile" "${build[@]}" --target-dir "$optimized"
ln -sfn "$host/release" "$optimized/release"
echo "built: $optimized/release/"
