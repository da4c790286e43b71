# `make try` and `make test` set everything up on a machine that has Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := .ci/requirements.txt
# What a run needs and no more, in an environment of its own: `make try` waits for nothing else.
TRY := .try
TRY_LOCK := .ci/requirements-run.txt
OF_TRY := --no-deps --only-binary :all: --require-hashes -r $(TRY_LOCK)
PYTEST_ARGS ?=
# One more than there are cores: some tests wait for a terminal, a server or a process that dies.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() + 1)')
# A revision of git: `make bench AGAINST=HEAD~20` measures it in the same run.
AGAINST ?=
BENCH_ARGS ?=

.PHONY: try test lint types layers tests bench soak docs lock licences release clean

try: $(TRY)/.ready
	@$(TRY)/bin/python -m migrator --config examples/migrator.toml examples/acme; test $$? -le 1
	@echo
	@echo "Nothing was written. Try: $(TRY)/bin/python -m migrator --config examples/migrator.toml --write examples/acme && git diff examples"

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
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --durations=20 $(PYTEST_ARGS)

# One table of figures and targets. `make bench BENCH_ARGS=--write` makes docs/speed.md of it.
bench: $(READY)
	-test -d .bench || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
	  --target .bench -r bench/requirements.txt
	$(BIN)/python -m bench $(if $(AGAINST),--against $(AGAINST)) $(BENCH_ARGS)
	$(BIN)/python -m bench.instructions
	-$(BIN)/python -m bench.bulk_vs_multi_gitter

soak: $(READY)
	$(BIN)/python -m bench.bulk_soak
	$(BIN)/python -m bench.trust_soak
	$(BIN)/python -m bench.shell_soak
	$(BIN)/python -m bench.growth_soak
	$(BIN)/python -m bench.memory
	MIGRATOR_SOAK=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

# A static site in site/, which any web server serves.
docs: $(READY)
	$(BIN)/python -m release.site site

# The locks anew, from what pyproject.toml asks for: for tests, and of that what a run needs.
lock:
	$(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --quiet uv==0.13.9
	.lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	  --group dev --extra dask pyproject.toml --output-file $(LOCK)
	.lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	  --constraint $(LOCK) pyproject.toml --output-file $(TRY_LOCK)
	rm -rf .lock

licences: $(READY)
	$(BIN)/python -m bench.licences

# All but the upload: the changelog cut, commit and tag, and in dist/ the files with their hashes and contents.
release:
	@test -n "$(VERSION)" || { echo "VERSION is missing, as in: make release VERSION=1.2.3"; exit 2; }
	@$(MAKE) test
	$(BIN)/python -m release "$(VERSION)"

clean:
	rm -rf $(VENV) $(TRY) dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Every tool in the version and with the hash that the lock names; nothing is built but this project itself.
$(READY): pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q migrator rules bench
	@touch $(READY)

# Nothing is built: the checkout itself is run. By uv, else by the pip of this Python; a pip of its own takes longest.
$(TRY)/.ready: $(TRY_LOCK)
	@echo "Setting up $(TRY), once: the $$(grep -c == $(TRY_LOCK)) packages that a run needs. This takes 5 to 25 seconds."
	@$(PYTHON) -m venv --clear --without-pip $(TRY)
	@if uv --version >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(TRY)/bin/python $(OF_TRY); \
	elif $(PYTHON) -m pip --python $(TRY)/bin/python --version >/dev/null 2>&1; then \
	  $(PYTHON) -m pip --python $(TRY)/bin/python install --quiet --disable-pip-version-check --no-compile $(OF_TRY); \
	else \
	  $(TRY)/bin/python -m ensurepip >/dev/null && \
	  $(TRY)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile $(OF_TRY); \
	fi
	@touch $@
