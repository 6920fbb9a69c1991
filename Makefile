# Leerlus. `make help` lists the targets; nothing has to be installed by hand but Python 3.11 and make.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
SETUP := .venv/set-up
PYTHONS := python3.11 python3.12 python3.13 python3
BROWSERS := chromium chromium-browser google-chrome
ARGS ?=
ROUNDS ?= 10
MINUTES ?= 10

.PHONY: help setup demo up down test fuzz lint lint-contracts release-contracts fmt docs pictures lock browser chaos bench-validity bench-delay bench-multiplicity bench-engine bench-peers bench-trial bench-contracts bench-inspector

help:  ## list the targets
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(SETUP)  ## make .venv from requirements.lock (once; every other target does it when needed)

demo: $(SETUP)  ## start everything, stream a simulated trial through it and leave the console open
	$(BIN)/leerlus demo $(ARGS)

up: $(SETUP)  ## start Kafka, PostgreSQL, MLflow and the services, and stay as their supervisor
	$(BIN)/leerlus up $(ARGS)

down: $(SETUP)  ## stop what `make up` started
	$(BIN)/leerlus down

lint: $(SETUP)  ## ruff, mypy and the import arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-contracts: $(SETUP)  ## the contracts by our own check and by the standard's linters, each in an environment of its own
	$(BIN)/leerlus contract check
	$(BIN)/python -m benchmarks.contract_linters

release-contracts: $(SETUP)  ## keep the contracts as they are as released versions, where a version is new
	$(BIN)/leerlus contract check > /dev/null
	for file in contracts/*.odcs.yaml; do
	  version=$$(awk '/^version:/ {print $$2}' "$$file")
	  name=$$(basename "$$file" .odcs.yaml)
	  kept=contracts/released/$$name/$$version.odcs.yaml
	  if [[ ! -e $$kept ]]; then
	    mkdir -p "$$(dirname "$$kept")"
	    cp "$$file" "$$kept"
	    (cd contracts/released && sha256sum "$$name/$$version.odcs.yaml" >> sha256sums)
	    echo "$$name $$version is released"
	  fi
	done

fmt: $(SETUP)  ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

test: lint browser  ## lint, then every tier of tests with real servers and a real browser (ARGS="-k gateway")
	$(BIN)/pytest $(ARGS)

chaos: $(SETUP)  ## kill, freeze and cut in round after round, at other moments each (ROUNDS=10)
	for round in $$(seq $(ROUNDS)); do
	  echo "round $$round of $(ROUNDS)"
	  $(BIN)/pytest -q tests/integration/stream --seed "$$RANDOM" $(ARGS)
	done

fuzz: $(SETUP)  ## give the decoder and the gateway whatever comes to mind, and look for faults and lost lines (MINUTES=10)
	FUZZ_MINUTES=$(MINUTES) $(BIN)/pytest -q -s tests/property/test_decoder_fuzz.py tests/integration/gateway/test_gateway_fuzz.py $(ARGS)

bench-validity: $(SETUP)  ## how often the engine sounds an alarm where nothing is wrong
	$(BIN)/python -m benchmarks.validity $(ARGS)

bench-delay: $(SETUP)  ## how soon a change is noticed, against oracles that know its size
	$(BIN)/python -m benchmarks.delay $(ARGS)

bench-multiplicity: $(SETUP)  ## what is found, and how much of it is false, where a hundred of a thousand cells change
	$(BIN)/python -m benchmarks.multiplicity $(ARGS)

bench-engine: $(SETUP)  ## how many comparisons a core updates in a second, and what one keeps in memory
	$(BIN)/python -m benchmarks.engine $(ARGS)

bench-peers: $(SETUP)  ## the engine beside other libraries on the same streams, each in an environment of its own
	$(BIN)/python -m benchmarks.peers $(ARGS)

bench-trial: $(SETUP)  ## whether what is put into simulated trials is found, and nothing elsewhere (half an hour)
	$(BIN)/python -m benchmarks.trust_trial $(ARGS)

bench-inspector: $(SETUP)  ## whether checking the data slows the evaluator, which has a core to itself
	$(BIN)/python -m benchmarks.inspector $(ARGS)

bench-contracts: $(SETUP)  ## what it costs to check a record, and what is let through, beside other validators
	$(BIN)/python -m benchmarks.contracts $(ARGS)

pictures: $(SETUP)  ## draw the pictures of docs/explanation
	$(BIN)/python -m benchmarks.explanation

docs: $(SETUP)  ## write docs/command-line.md from the commands' own help
	$(BIN)/typer services.cli utils docs --name leerlus --output docs/command-line.md

lock: $(SETUP)  ## write requirements.lock anew from pyproject.toml (ARGS=--upgrade takes newer versions)
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet $(ARGS) --output-file requirements.lock
	echo "requirements.lock is written; \`make setup\` installs it"

$(SETUP): requirements.lock pyproject.toml
	usable() { "$$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; }
	python=
	for candidate in $(PYTHONS); do
	  if usable "$$candidate"; then python=$$candidate; break; fi
	done
	if [[ -z $$python ]]; then
	  echo "Leerlus needs Python 3.11 or newer with the venv module; looked for: $(PYTHONS)." >&2
	  echo "On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
	  exit 1
	fi
	echo "setting up .venv with $$("$$python" --version) (some minutes the first time)"
	[[ -x $(BIN)/python ]] || "$$python" -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

browser:  # the console's tests drive a real Chromium
	for name in $(BROWSERS); do
	  if command -v "$$name" > /dev/null; then exit 0; fi
	done
	if [[ $$EUID -ne 0 ]] || ! command -v apt-get > /dev/null; then
	  echo "the browser tests need Chromium ($(BROWSERS)); install it with your package manager" >&2
	  exit 1
	fi
	echo "installing Chromium for the browser tests"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null
