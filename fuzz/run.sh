#!/usr/bin/env bash
# Runs fuzz targets, two at a time: fuzz/run.sh [seconds each, 600 unless said] [targets, all unless said]. Fails at the first finding.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' Cargo.toml)
# No sanitizer: the code is safe Rust, where a finding is a panic; it runs several times as fast.
cargo +nightly fuzz build --fuzz-dir . --sanitizer none --features services
programs=target/$(rustc +nightly --print host-tuple)/release
# The programs themselves, as they were built now: `cargo fuzz run` would build them again when a source changes meanwhile.
one() {
  mkdir -p "corpus/$1" "seeds/$1"
  "$3/$1" "corpus/$1" "seeds/$1" -artifact_prefix="corpus/$1/" \
    -max_total_time="$2" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"corpus/$1.log" 2>&1 ||
    { echo "$1: a finding; see corpus/$1.log"; tail -30 "corpus/$1.log"; return 255; }
  echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "corpus/$1.log") runs in $2 s, no finding"
}
export -f one
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c "one {} $seconds $programs"
