# The tasks of this project. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where the machine asks to keep no compiled modules, each process would compile pytest's plugins anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
WINDOW := $(strip $(DISPLAY)$(WAYLAND_DISPLAY))
SEEDS ?= 20
HOURS ?= 2
# Simulated worlds at once.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
SEED ?= 1
# Tests at once: they wait a quarter of their time, for programs, disks and databases, so four test
# processes keep two cores busy. A file's tests stay in one, since they share what it sets up; the
# order of files (`tests/factories/order_of_files.py`) puts those that wait among those that
# compute, and the many short ones last. A test process that breaks down is not replaced: the run
# would never end.
WORKERS ?= 4
SPREAD := --dist loadfile --no-loadscope-reorder --max-worker-restart=0
# For example: make test TESTS=tests/unit
TESTS ?= tests
# Where tests run that depend on no database: needed is SQLite alone, both is also PostgreSQL.
DATABASES ?= needed

.PHONY: setup icons demo test bench shift soak simulate screenshots layouts recording lint format lock clean help

setup: ## Install everything the other targets need, into .venv/ and the system
	@scripts/setup.sh --wants python window readers test

icons: ## Add the desk and the gate to your applications, to open without a terminal
	@scripts/setup.sh --needs python window readers
	@$(BIN)/gatekeeper icons

demo: ## Show the main job with built-in defaults: server, event, two gates, a till
ifeq ($(WINDOW),)
	@scripts/setup.sh --needs python
	@$(BIN)/gatekeeper demo --headless
else
	@scripts/setup.sh --needs python window readers
	@$(BIN)/gatekeeper demo
endif

test: ## Run every test, large sets by sample; TESTS=… for some, WORKERS=…, DATABASES=both
	@scripts/setup.sh --needs python window readers test
	@$(BIN)/python -m pytest -n $(WORKERS) $(SPREAD) --databases $(DATABASES) $(TESTS)

bench: ## Measure against the budgets; writes build/bench.json
	@scripts/setup.sh --needs python window readers test
	@mkdir -p build
	@$(BIN)/python -m bench

shift: ## Run 30,000 scans through one kiosk's window: memory, open files, stalls
	@scripts/setup.sh --needs python window readers test
	@mkdir -p build
	@$(BIN)/python -m bench shift

soak: ## Run 20 lanes with servers killed and links cut, 10 million hostile inputs, every test in full; SEED=…
	@scripts/setup.sh --needs python readers test
	@$(BIN)/python -m soak --seed $(SEED)
	@$(BIN)/python -m soak.fuzz --seed $(SEED)
	@$(BIN)/python -m pytest -n $(WORKERS) $(SPREAD) --whole $(TESTS)

simulate: ## Simulate whole venues from seeds, with faults: SEEDS=20 HOURS=2 JOBS=2
	@scripts/setup.sh --needs python
	@$(BIN)/python -m simulator --seeds $(SEEDS) --hours $(HOURS) --jobs $(JOBS) \
	    --keep build/simulate

screenshots: ## Save every screen as PNG in build/screenshots/
	@scripts/setup.sh --needs python window readers test
	@mkdir -p build/screenshots
	@$(BIN)/python scripts/screenshots.py

layouts: ## Check that every page fits every panel, language and text size: JOBS=2
	@scripts/setup.sh --needs python window readers test
	@$(BIN)/python scripts/layouts.py --jobs $(JOBS)

recording: ## Record the animated picture for the README: docs/images/demo.webp
	@scripts/setup.sh --needs python window readers test
	@$(BIN)/python scripts/recording.py

lint: ## Check format, lint, types and import rules; changes nothing
	@scripts/setup.sh --needs python
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(wildcard shared command_line gatekeeper server tests scripts bench simulator soak)
	@$(BIN)/lint-imports

format: ## Format the code, and fix what can be fixed safely
	@scripts/setup.sh --needs python
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## Rewrite requirements/*.lock from pyproject.toml (needs uv)
	@scripts/lock.sh

clean: ## Remove build output; keeps .venv/
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
