#!/usr/bin/env bash
# The fastest programs this compiler makes: built to count what they do, driven as the benches drive them, built again for what they did
# (profile-guided optimization). Takes twice the time of a plain release build and ten minutes of load on loopback.
#
#   tools/optimize.sh          programs in target/optimized; needs `rustup component add llvm-tools`
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
host=$(rustc -vV | sed -n 's/^host: //p')
profdata="$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata"
if [ ! -x "$profdata" ]; then
    echo "llvm-profdata is missing: rustup component add llvm-tools" >&2
    exit 1
fi
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work="$target/profile"
counts="$work/counts"
programs=(-p signalbox -p traffic-service -p postback-service -p api-service)

# With --target the flags are those of the programs, not of what runs while they are built.
build() {
    RUSTFLAGS="$1" "$cargo" build --release --locked --target "$host" --target-dir "$work" "${@:2}"
}

rm -rf "$counts"
build "-Cprofile-generate=$counts" "${programs[@]}"
"$cargo" build --release --locked -p trafficgen
"$target/release/trafficgen" bench --signalbox "$work/$host/release/signalbox" --quick \
    --part redirect,fsync,whole --write "$work/figures"
"$profdata" merge -o "$work/merged.profdata" "$counts"
build "-Cprofile-use=$work/merged.profdata" "${programs[@]}"

mkdir -p "$target/optimized"
for name in signalbox traffic-service postback-service api-service; do
    cp "$work/$host/release/$name" "$target/optimized/"
done
echo "The programs are in $target/optimized."
