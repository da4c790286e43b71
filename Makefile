# `make try` and `make test` set everything up on a machine that has Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := .ci/requirements.txt
PYTEST_ARGS ?=
# A revision of git: `make bench AGAINST=v0.1.0` measures it in the same run.
AGAINST ?=

.PHONY: try test lint types layers tests bench soak lock licences clean

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

# Imports run one way, in no circle, and no kind of host is compared by name outside of its folder.
layers: $(READY)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_layers.py tests/bulk/test_kinds.py

tests: $(READY)
	$(BIN)/python -m pytest -q -n auto --dist worksteal --durations=10 $(PYTEST_ARGS)

bench: $(READY)
	$(BIN)/python -m bench.speed $(if $(AGAINST),--against $(AGAINST))
	$(BIN)/python -m bench.bulk_vs_all_repos
	$(BIN)/python -m bench.html

soak: $(READY)
	$(BIN)/python -m bench.bulk_soak
	$(BIN)/python -m bench.trust_soak
	$(BIN)/python -m bench.shell_soak
	$(BIN)/python -m bench.growth_soak
	MIGRATOR_SOAK=1 $(BIN)/python -m pytest -q -n auto tests/accounts/test_killed.py tests/accounts/test_many.py

# The lock anew, from what pyproject.toml asks for; then the table of licences.
lock:
	$(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --quiet uv==0.13.9
	.lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	  --group dev --extra dask pyproject.toml --output-file $(LOCK)
	rm -rf .lock

licences: $(READY)
	$(BIN)/python -m bench.licences

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Every tool in the version and with the hash that the lock names; nothing is built but this project itself.
$(READY): pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q migrator rules bench
	@touch $(READY)
