#!/usr/bin/env bash
# Installs $MIGRATE_PACKAGE into an environment of its own; nothing is built on the way.
set -euo pipefail
python3 -m venv "$HOME/.migrate"
"$HOME/.migrate/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$MIGRATE_PACKAGE"
"$HOME/.migrate/bin/migrate" --version
