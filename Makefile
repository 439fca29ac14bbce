# Two commands matter: `make demo` and `make test`. Both set up all they need, and only once.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# The first Python on PATH that is 3.11 or 3.12; override with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' >/dev/null 2>&1 && echo $$p && break; done)

# Ape's plugin for pytest would start a node of its own for every session; `ape test` still uses it.
PYTEST_FLAGS := -p no:ape_test
# Two processes for the whole suite; each steals what the other has not begun.
PYTEST_WORKERS ?= -n 2 --dist worksteal

.PHONY: help setup demo compare test test-slow lint format bench canaries gas-table lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup:  ## install what is missing and compile the contracts
	@if [ -z "$(PYTHON)" ]; then echo "setup: Python 3.11 or 3.12 is needed, none is on PATH" >&2; exit 2; fi
	@$(PYTHON) scripts/_setup.py

demo: setup  ## Black Thursday, a search that finds a failure, its replay on Anvil, and a report
	@.venv/bin/python scripts/_demo.py

compare: setup  ## compare all designs and write the README's table anew
	@.venv/bin/python scripts/_compare.py

test: setup  ## the test suite
	@.venv/bin/python -m pytest $(PYTEST_FLAGS) $(PYTEST_WORKERS)

test-slow: setup  ## the long tests too
	@.venv/bin/python -m pytest $(PYTEST_FLAGS) $(PYTEST_WORKERS) -m "slow or not slow"

lint: setup  ## Python and Solidity style, and the rules of the house
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@node_modules/.bin/prettier --check --log-level warn "contracts/**/*.sol" "scripts/*.cjs"
	@node_modules/.bin/solhint --max-warnings 0 "contracts/**/*.sol"

format: setup  ## rewrite sources in the project's style
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .
	@node_modules/.bin/prettier --write --log-level warn "contracts/**/*.sol" "scripts/*.cjs"

bench: setup  ## measure every speed claim
	@.venv/bin/python -m benchmarks

canaries: setup  ## search for every planted flaw, stress the repaired twins, and write the table anew
	@.venv/bin/python -m benchmarks.canaries

gas-table: setup  ## measure the gas table anew on Anvil
	@.venv/bin/python -m benchmarks.measure_gas

lock:  ## resolve the Python packages anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:  ## remove what set-up and runs have made
	@rm -rf .venv node_modules .build .cache .pytest_cache .ruff_cache .hypothesis *.egg-info
