"""`status`: the state of every repository, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator

from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State

VERSION = 1
WAITS = "waits: "
"""What the message of an approved repository begins with that `push --when-ready` left waiting."""


def as_json(ledger: Ledger) -> Iterator[str]:
    """One JSON object, in pieces: the list of repositories is never held whole."""
    yield f'{{\n  "version": {VERSION},\n  "campaign": {json.dumps(ledger.name)},\n  "repositories": ['
    mark = "\n    "
    for entry in ledger.entries():
        row = {
            "repository": entry.name,
            "source": entry.source,
            "state": entry.state.value,
            "class": entry.fault,
            "message": entry.message,
            "branch": entry.branch,
            "pull_request": entry.pull_request,
        }
        yield mark + json.dumps(row)
        mark = ",\n    "
    summary = {str(state): number for state, number in ledger.counts().items()}
    yield f'\n  ],\n  "summary": {json.dumps({"repositories": sum(summary.values()), **summary})}\n}}\n'


def as_text(ledger: Ledger) -> Iterator[str]:
    """Failures by class, what waits, and a line of counts."""
    last = ""
    failed = sorted(ledger.entries(State.FAILED), key=lambda entry: (entry.fault, entry.name))
    for entry in failed:
        if entry.fault != last:
            yield f"failed, {entry.fault}:\n"
            last = entry.fault
        yield f"  {entry.name}: {entry.message}\n"
    for entry in ledger.entries(State.SKIPPED):
        yield f"skipped: {entry.name}: {entry.message}\n"
    for entry in ledger.entries(State.APPROVED):
        if entry.message.startswith(WAITS):
            yield f"waiting: {entry.name}: {entry.message.removeprefix(WAITS)}\n"
    for entry in ledger.entries(State.OPEN):
        checks = f" (checks: {entry.checks})" if entry.checks else ""
        yield f"open: {entry.pull_request}{checks}\n"
    yield f"{summary(ledger)}\n"
    if hint := what_next(ledger):
        yield f"next: {hint}\n"


def summary(ledger: Ledger) -> str:
    counts = ledger.counts()
    parts = [f"{number} {state}" for state, number in counts.items()]
    return f"{sum(counts.values())} repositories: {', '.join(parts) or 'none'}"


def what_next(ledger: Ledger) -> str:
    """The next command of the campaign, or nothing if it is done."""
    counts = ledger.counts()
    command = f"migrate bulk {{}} {ledger.name}"
    for state, word in (
        (State.DISCOVERED, "plan"),
        (State.PLANNED, "review"),
        (State.APPROVED, "push"),
        (State.FAILED, "retry"),
        (State.OPEN, "merge"),
    ):
        if counts.get(state):
            return command.format(word)
    return ""
