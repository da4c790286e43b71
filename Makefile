# `make try` and `make test` set everything up on a machine that has Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST_ARGS ?=

.PHONY: try test lint types layers tests bench soak clean

try: $(READY)
	@$(BIN)/migrate --config examples/migrator.toml examples/acme; test $$? -le 1
	@echo
	@echo "Nothing was written. Try: $(BIN)/migrate --config examples/migrator.toml --write examples/acme && git diff examples"

test: lint types layers tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

tests: $(READY)
	$(BIN)/python -m pytest -q -n auto --dist worksteal --durations=10 $(PYTEST_ARGS)

bench: $(READY)
	$(BIN)/python -m bench.speed
	$(BIN)/python -m bench.bulk_vs_all_repos
	$(BIN)/python -m bench.html

soak: $(READY)
	$(BIN)/python -m bench.bulk_soak

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev --editable ".[dask]"
	$(BIN)/python -m compileall -q migrator rules bench
	@touch $(READY)
