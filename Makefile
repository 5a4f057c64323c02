# Two commands need nothing but Python 3.11 with venv, and make: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
JOBS ?= 2
export PYTHONHASHSEED := 0

.PHONY: help demo test shared slow check lint types structure docs bench mutants contention sweep simulate fuzz browser vectors lock clean

help:
	@echo "make demo      set up and run the main job on an embedded example (SQLite), twice"
	@echo "make test      set up and pass the tests (SQLite and PostgreSQL, real SMTP on loopback)"
	@echo "make shared    the tests on the public samples and matching sets, where they lie beside the checkout"
	@echo "make slow      the long versions of the tests"
	@echo "make check     lint, types, import structure, docs"
	@echo "make bench     ratios against the floor of the same work, matching quality and cost"
	@echo "make mutants   change the rules of money, ledger, returns, review and decide; count what the tests notice"
	@echo "make contention  nights, reviewers and imports at once: processes, and statement by statement"
	@echo "make sweep     kill the night at many points and compare the books afterwards"
	@echo "make simulate  seeded simulated years"
	@echo "make fuzz      fuzz the statement readers (FUZZ_RUNS=100000)"
	@echo "make browser   the checks that need Chromium"
	@echo "make vectors   run the sourced collection vectors (RECON_VECTORS=FILE)"

$(VENV)/runtime.stamp: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (https://www.python.org)"; exit 2; }
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "Adding the test tools to $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/runtime.stamp
	@$(BIN)/recon demo --folder demo-out

test: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not slow and not shared"

shared: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "shared and not slow"

slow: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m slow

check: lint types structure docs

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	@$(BIN)/mypy

structure: $(VENV)/dev.stamp
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n0 tests/structure

docs: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n0 tests/docs

bench: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.night
	@$(BIN)/python -m bench.matching.run figures

mutants: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.mutants

contention: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.contention
	@$(BIN)/python -m bench.interleavings

sweep: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.sweep
	@$(BIN)/python -m bench.night_sweep
	@RECON_EVERY_STATEMENT=1 $(BIN)/python -m pytest -n0 tests/store/test_interruptions.py
	@RECON_STEPS=100000 $(BIN)/python -m pytest -n0 tests/books/test_stateful.py

simulate: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.simulate
	@$(BIN)/python -m bench.notices.year

fuzz: $(VENV)/dev.stamp
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(PIP) install atheris
	@$(BIN)/python -m bench.fuzz

browser: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n0 tests/browser

vectors: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.vectors

lock:
	uv pip compile --quiet pyproject.toml --python-version 3.11 --universal --generate-hashes --no-header -o requirements.lock
	uv pip compile --quiet pyproject.toml --extra dev --python-version 3.11 --universal --generate-hashes --no-header \
	  -o requirements-dev.lock

clean:
	rm -rf $(VENV) demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
