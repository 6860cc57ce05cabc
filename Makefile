# The menu. `make` alone lists it.
#
# run   starts everything on this machine and prints the addresses and the first-run link
# test  runs every test that needs no server from outside

SHELL := /bin/sh
CARGO ?= cargo
NPM ?= npm
NODE ?= node
WEB := web/admin
TRACKER := web/tracker
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
RELEASE := target/release/signalbox
DEBUG := target/debug/signalbox

.DEFAULT_GOAL := help
.PHONY: help setup doctor assets web build optimized run demo test test-rust test-tools test-web e2e lint fmt bench bench-engine bench-reports bench-postbacks openapi client drill drill-postbacks clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | column -t -s'|'

doctor: ## check that Rust, Node and a C compiler are here
	@$(NODE) --version >/dev/null 2>&1 || { echo "Node 20 or later is missing: install it from https://nodejs.org or your package manager"; exit 1; }
	@$(NODE) -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("Node " + process.version + " is too old: version 20 or later is needed"); process.exit(1) }'
	@$(CARGO) --version >/dev/null 2>&1 || { echo "Rust is missing: install it from https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null 2>&1 || { echo "A C compiler is missing: on Debian and Ubuntu, apt-get install build-essential"; exit 1; }
	@command -v c++ >/dev/null 2>&1 || { echo "A C++ compiler is missing: on Debian and Ubuntu, apt-get install build-essential"; exit 1; }

assets: doctor ## fetch the ClickHouse engine and the geo databases into the cache (once)
	@$(NODE) tools/fetch/fetch.mjs libchdb geo uadata

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	cd $(WEB) && $(NPM) ci --no-audit --no-fund
	@touch $@

$(TRACKER)/node_modules/.package-lock.json: $(TRACKER)/package-lock.json
	cd $(TRACKER) && $(NPM) ci --no-audit --no-fund
	@touch $@

WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null) $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/openapi.json
$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json $(WEB_SOURCES)
	cd $(WEB) && $(NPM) run --silent build

web: doctor $(WEB)/dist/index.html ## build the admin

setup: assets web ## everything that is done once

build: setup ## build the release binary
	$(CARGO) build --release --locked -p signalbox

optimized: setup ## the programs compiled by a profile of themselves under load, in target/optimized/release (two release builds)
	@tools/optimize.sh

run: build ## start everything and print the addresses and the first-run link
	@exec $(RELEASE) run

demo: build ## a seeded workspace with live traffic, until stopped
	$(CARGO) build --release --locked -p trafficgen
	@exec target/release/trafficgen demo --signalbox $(RELEASE)

test: setup test-rust test-tools test-web e2e ## every test that needs no server from outside

test-rust:
	$(CARGO) build --locked -p signalbox -p signalbox-embedded-clickhouse -p trafficgen
	$(CARGO) test --workspace --locked

test-tools: doctor
	$(NODE) --test tools/fetch/ deploy/

test-web: $(WEB)/node_modules/.package-lock.json $(TRACKER)/node_modules/.package-lock.json
	cd $(WEB) && $(NPM) test
	cd $(TRACKER) && $(NPM) test

e2e: setup $(TRACKER)/node_modules/.package-lock.json ## browser tests (skipped with a message when Chromium is missing)
ifeq ($(CHROMIUM),)
	@echo "NOT TESTED: the browser tests need Chromium (on Debian: apt-get install chromium)"
else
	$(CARGO) build --locked -p signalbox
	cd $(WEB) && CHROMIUM=$(CHROMIUM) SIGNALBOX_BIN=$(abspath $(DEBUG)) $(NPM) run e2e
	cd $(TRACKER) && CHROMIUM=$(CHROMIUM) SIGNALBOX_BIN=$(abspath $(DEBUG)) $(NPM) run e2e
endif

lint: $(WEB)/node_modules/.package-lock.json ## formatting, clippy, house rules, front-end lint
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	cd $(WEB) && $(NPM) run lint

fmt: ## format everything
	$(CARGO) fmt --all
	cd $(WEB) && $(NPM) run format

openapi: ## write the API description and the typed client from the code
	$(CARGO) run --quiet --locked -p api-service --bin openapi > $(WEB)/openapi.json.tmp
	mv $(WEB)/openapi.json.tmp $(WEB)/openapi.json
	cd $(WEB) && $(NPM) run generate

# Later options win: BENCH="--quick --write /tmp/figures" leaves the committed figures alone.
BENCH ?=
bench: build bench-engine ## throughput, latency and memory, beside nginx when it is installed (BENCH="--part redirect --quick" for less)
	$(CARGO) build --release --locked -p signalbox -p traffic-service -p api-service
	$(CARGO) build --release --locked -p trafficgen
	@target/release/trafficgen bench --signalbox $(RELEASE) --write docs/benchmarks $(BENCH)

bench-engine: doctor ## how long decisions, compiling and describing visitors take and how large a snapshot is, beside their budgets
	$(CARGO) bench --locked -p signalbox-engine --bench decide -- --quiet
	$(CARGO) bench --locked -p signalbox-detect --bench describe -- --quiet

bench-reports: doctor ## how long reports, logs and cost corrections take over 10 million clicks, beside minimal SQL (REPORTS="--clicks 1000000 --rounds 5" for less)
	$(CARGO) bench --locked -p signalbox-warehouse --bench reports -- --write $(CURDIR)/docs/benchmarks/reports.json $(REPORTS)

bench-postbacks: build ## how many postbacks a second are taken, judged and told on, and how long old clicks are looked for (POSTBACKS="--rate 1000 --seconds 5" for less)
	$(CARGO) build --release --locked -p trafficgen
	@target/release/trafficgen bench-postbacks --signalbox $(RELEASE) --write $(CURDIR)/docs/benchmarks/postbacks.json $(POSTBACKS)

drill: build ## disturb a loaded instance and compare its report with the generator's ledger: KIND=crash (50 kills), outage, disk, overload or restart
	$(CARGO) build --release --locked -p trafficgen
	@target/release/trafficgen drill --kind $(or $(KIND),crash) $(DRILL) --signalbox $(RELEASE)

drill-postbacks: ## 20,000 postbacks with everything that goes wrong, kills, corrections and judging again; then the ledger against a recomputation (COUNT=2000 for less)
	DRILL_POSTBACKS=$(or $(COUNT),20000) $(CARGO) test --release --locked -p signalbox --test scenarios postbacks_drill -- --nocapture

clean: ## remove what was built (not your data)
	$(CARGO) clean
	rm -rf $(WEB)/dist $(WEB)/node_modules
