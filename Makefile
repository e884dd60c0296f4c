# Two commands do everything: `make run` opens the console on an embedded PostgreSQL with live demo traffic,
# `make test` runs every test. Both set up .venv the first time and start at once afterwards.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PINS := .ci/constraints.txt

.PHONY: run test servers lint bench pictures clean

run: $(VENV)/.run
	$(BIN)/gbtui demo --traffic 20

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

# PostgreSQL 14, 16 and 17 for `make test`, which runs on 18 (and on the system's 15) without them; needs npm.
servers: .servers/.made

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench

pictures: $(VENV)/.dev
	$(BIN)/python -m docs.pictures

clean:
	rm -rf $(VENV) .servers dist build

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "gbtui needs Python 3.11 or later; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml $(PINS) | $(BIN)/python
	$(PIP) install -c $(PINS) -e .
	touch $@

$(VENV)/.dev: pyproject.toml $(PINS) | $(BIN)/python
	$(PIP) install -c $(PINS) -e '.[dev]'
	touch $@ $(VENV)/.run

# A newer npm runs no package's script unasked; this one only restores the symbolic links among the libraries.
.servers/.made: .ci/servers/package.json .ci/servers/package-lock.json
	mkdir -p .servers
	cp $^ .servers
	npm ci --prefix .servers --ignore-scripts --no-audit --no-fund --loglevel=error
	for server in .servers/node_modules/postgresql-*; do (cd $$server && node scripts/hydrate-symlinks.js) || exit 1; done
	touch $@
