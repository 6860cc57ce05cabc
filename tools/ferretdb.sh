#!/usr/bin/env bash
# A MongoDB-compatible server for the MongoDB tests: FerretDB v1 with its SQLite backend.
#
#   tools/ferretdb.sh build          build once into the cache, print the path of the program
#   tools/ferretdb.sh run [PORT]     build if needed, start on 127.0.0.1:PORT (0 or none: a free port) with a
#                                    temporary state folder, print the URI as the first line, run until ended
#   tools/ferretdb.sh test CMD...    start on a free port, run CMD with TEST_MONGODB_URI set, stop, pass its status on
#
# Needs Go. Telemetry is off, nothing listens but the loopback port, the state folder is deleted at the end.
set -euo pipefail

version=1.24.0
cache="${SIGNALBOX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/signalbox}/ferretdb-$version"
program="$cache/ferretdb"

build() {
  if [ -x "$program" ]; then return; fi
  if ! command -v go >/dev/null; then
    echo "ferretdb.sh: Go is needed to build FerretDB $version (https://go.dev/doc/install)" >&2
    exit 69
  fi
  echo "ferretdb.sh: building FerretDB $version into $cache (once, about two minutes)" >&2
  mkdir -p "$cache"
  local source
  source="$(mktemp -d "$cache/build.XXXXXX")"
  # Its own command refuses to start when built from the module proxy (it wants files made at release), so this
  # uses the documented embedding package. That one has no telemetry and can listen on a free port.
  (
    cd "$source"
    printf 'module signalbox-ferretdb\n\ngo 1.22\n\nrequire github.com/FerretDB/FerretDB v%s\n' "$version" >go.mod
    cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Arguments: listening address, folder for the databases.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: os.Args[1]},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Args[2] + "/",
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() { fmt.Println(server.MongoDBURI()) }()
	if err := server.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
GO
    GOFLAGS=-mod=mod CGO_ENABLED=0 go build -trimpath -o ferretdb .
  )
  mv "$source/ferretdb" "$program"
  rm -rf "$source"
}

server=""
state=""
uri=""

stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=""
  fi
  if [ -n "$state" ]; then rm -rf "$state"; fi
}

# Starts the server on port $1 and waits until it has said where it listens.
start() {
  state="$(mktemp -d "${TMPDIR:-/tmp}/ferretdb.XXXXXX")"
  trap stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir "$state/data"
  (cd "$state" && exec env DO_NOT_TRACK=1 "$program" "127.0.0.1:$1" "$state/data") >"$state/uri" 2>"$state/log" &
  server=$!
  for _ in $(seq 100); do
    if [ -s "$state/uri" ]; then
      uri="$(cat "$state/uri")"
      return
    fi
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "ferretdb.sh: FerretDB did not start:" >&2
  cat "$state/log" >&2
  exit 70
}

case "${1:-}" in
  build)
    build
    echo "$program"
    ;;
  run)
    build
    start "${2:-0}"
    echo "$uri"
    wait "$server"
    ;;
  test)
    shift
    build
    start 0
    TEST_MONGODB_URI="$uri" "$@"
    ;;
  *)
    sed -n '2,9p' "$0" >&2
    exit 64
    ;;
esac
