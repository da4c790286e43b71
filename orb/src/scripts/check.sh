#!/usr/bin/env bash
# Reports for people and for CircleCI, then the verdict: it ends as `migrate` does.
set -euo pipefail
mkdir -p "$MIGRATE_REPORTS"
options=()
if [ -n "$MIGRATE_CONFIG" ]; then options+=(--config "$MIGRATE_CONFIG"); fi
# CircleCI gives a boolean as 1 or true.
case "$MIGRATE_REPORT_ONLY" in 1 | true) options+=(--exit-zero) ;; esac
check() { "$HOME/.migrate/bin/migrate" ${options[@]+"${options[@]}"} "$@" -- "$MIGRATE_PATH"; }
check --format junit --output "$MIGRATE_REPORTS/junit.xml" || true
check --format html --output "$MIGRATE_REPORTS/report.html" || true
check
