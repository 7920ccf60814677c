# Needs Python 3.11 or newer, and make. Everything else is installed into .venv.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
SETUP := .venv/.locked
# Whoever has asked for it once keeps it.
OFFLINE_SPEECH := .venv/.offline-speech
SYNC := uv sync --locked --quiet
TESTS := pytest -n auto -q
# Calls by sound, the longest first: beside other work they have not the time that a call has. On a
# machine that stood still for a second a call goes wrong; it is held once more, and counted as rerun.
REAL_TIME := tests/trace tests/line tests/commands/test_talk_voice.py
ALONE := $(TESTS) --reruns 1 -rR $(REAL_TIME)
QUICK := $(TESTS) $(REAL_TIME:%=--ignore=%)
COVERAGE := --cov --cov-report=term:skip-covered

export UV_PYTHON_DOWNLOADS := never
# Without compiled modules on disk every start takes five seconds longer.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: call test setup offline-speech format lint check check-all bench bench-ear clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(SETUP) ## install what the lock file names into .venv

$(SETUP): uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name yours with: make PYTHON=python3.12 ..."; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(BIN)/$(SYNC) $(if $(wildcard $(OFFLINE_SPEECH)),--group offline-speech)
	@touch $@

offline-speech: $(SETUP) ## install what hears and speaks without a service (270 MB), for tests and demos
	@$(BIN)/$(SYNC) --group offline-speech
	@touch $(OFFLINE_SPEECH)

call: $(SETUP) ## hold a call: you are the customer
	@$(BIN)/reception talk

test: $(SETUP) ## run the tests
	@$(BIN)/$(QUICK)
	@$(BIN)/$(ALONE)

format: $(SETUP) ## format the code
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

lint: $(SETUP) ## format, lint, types and layers
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

check: lint ## the same, the tests and the core's coverage
	@$(BIN)/$(QUICK) $(COVERAGE)
	@$(BIN)/$(ALONE)

check-all: check ## the same, and the tests that take long
	@$(BIN)/$(TESTS) -m long

bench: $(SETUP) ## measure how fast it is: docs/performance.md
	@$(BIN)/python -m benchmarks $(BENCH)

bench-ear: $(SETUP) ## measure what a callee hears, on a line: docs/performance.md
	@$(BIN)/python -m benchmarks.ear $(BENCH)

clean: ## remove .venv
	rm -rf .venv
