"""`status`: the state of every repository, for people and for scripts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from migrator.bulk.deciding.deciding import kinds_by_entry
from migrator.bulk.entry import Entry
from migrator.bulk.kinds import kinds
from migrator.bulk.ledger import Ledger
from migrator.bulk.phases.retiring import obsolete
from migrator.bulk.states import State
from migrator.results.counted import counted

VERSION = 1
_NAMED = 3
Missing: TypeAlias = Mapping[int, Sequence[str]]
_NONE: Missing = {}
WAITS = "waits: "
"""What the message of an approved repository begins with that `push --when-ready` left waiting."""


def as_json(ledger: Ledger, missing: Missing = _NONE, more: Mapping[str, Any] = MappingProxyType({})) -> Iterator[str]:
    """One JSON object, in pieces: the list of repositories is never held whole. `missing` is what CircleCI does not
    have, by the number of the repository that needs it; `more` are keys beside it."""
    yield f'{{\n  "version": {VERSION},\n  "campaign": {json.dumps(ledger.name)},\n  "repositories": ['
    mark = "\n    "
    kinds_of = kinds_by_entry(ledger)
    for entry in ledger.entries():
        row = {
            "repository": entry.label,
            "host": entry.kind,
            "source": entry.source,
            "state": entry.state.value,
            "class": entry.fault,
            "message": entry.message,
            "branch": entry.branch,
            "pull_request": entry.pull_request,
            "kinds": list(kinds_of.get(entry.id, ())),
            "checks": entry.checks,
            "review": entry.review,
            "opened": _moment(entry.opened) if entry.opened else "",
            "waits": _waits(entry),
            "missing": list(missing.get(entry.id, ())),
        }
        yield mark + json.dumps(row)
        mark = ",\n    "
    hosts = {kind: _in_json(counts) for kind, counts in ledger.counts_by_kind().items()}
    whole = {**_in_json(ledger.counts()), "hosts": hosts}
    others = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in more.items())
    yield f'\n  ],\n{others}  "summary": {json.dumps(whole)}\n}}\n'


def _in_json(counts: Mapping[State, int]) -> dict[str, int]:
    return {"repositories": sum(counts.values()), **{str(state): counts[state] for state in State if state in counts}}


def as_text(ledger: Ledger, missing: Missing = _NONE, now: float | None = None) -> Iterator[str]:
    """Failures by class, what waits, and a line of counts. `now` is in seconds since 1970."""
    now = time.time() if now is None else now
    last = ""
    failed = sorted(ledger.entries(State.FAILED), key=lambda entry: (entry.fault, entry.label))
    for entry in failed:
        if entry.fault != last:
            yield f"failed, {entry.fault}:\n"
            last = entry.fault
        yield f"  {entry.label}: {entry.message}\n"
    for entry in ledger.entries(State.SKIPPED):
        yield f"skipped: {entry.label}: {entry.message}\n"
    for entry in ledger.entries(State.APPROVED):
        if entry.message.startswith(WAITS):
            yield f"waiting: {entry.label}: {entry.message.removeprefix(WAITS)}\n"
    yield from _rejected(ledger)
    kinds_of = kinds_by_entry(ledger, State.OPEN)
    for entry in ledger.entries(State.OPEN):
        about = "; ".join((*_about(entry, missing.get(entry.id, ()), now), *_kinds(kinds_of.get(entry.id, ()))))
        message = f": {entry.message}" if entry.message else ""
        yield f"open: {entry.pull_request}{f' ({about})' if about else ''}{message}\n"
    yield f"{summary(ledger)}\n"
    if hint := what_next(ledger):
        yield f"next: {hint}\n"


def _about(entry: Entry, missing: Sequence[str], now: float) -> Iterator[str]:
    """What is known of an open change request, in the order in which it decides."""
    if entry.checks:
        yield f"checks: {entry.checks}"
    if entry.review:
        yield f"review: {entry.review.replace('-', ' ')}"
    if entry.waits:
        yield entry.waits
    if missing:
        yield f"missing at CircleCI: {', '.join(missing)}"
    if entry.opened:
        yield f"opened {_age(now - entry.opened)} ago"


def _kinds(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"{', '.join(names[:_NAMED])}{more}"


def _rejected(ledger: Ledger) -> Iterator[str]:
    """What was rejected for a reason, by the reason."""
    reasons: dict[str, list[str]] = {}
    for entry in ledger.entries(State.REJECTED):
        if entry.message:
            reasons.setdefault(entry.message, []).append(entry.label)
    for reason, names in reasons.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"rejected: {', '.join(names[:_NAMED])}{more}: {reason}\n"


def _age(seconds: float) -> str:
    """How long that is, in its largest unit."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return counted(int(seconds // length), unit)
    return "less than a minute"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _waits(entry: Entry) -> str:
    """What an open or approved repository waits for, as far as it is known."""
    if entry.state is State.APPROVED and entry.message.startswith(WAITS):
        return entry.message.removeprefix(WAITS)
    return entry.waits if entry.state is State.OPEN else ""


def summary(ledger: Ledger) -> str:
    """How many repositories are in each state: a line, and one for each kind of host where there are several."""
    by_kind = ledger.counts_by_kind()
    known = kinds() if len(by_kind) > 1 else {}
    lines = [_counted(ledger.counts())]
    for name, counts in by_kind.items() if known else ():
        title = known[name].title if name in known else name
        lines.append(f"  {title}: {_counted(counts)}")
    return "\n".join(lines)


def _counted(counts: Mapping[State, int]) -> str:
    parts = [f"{counts[state]} {state}" for state in State if state in counts]
    return f"{counted(sum(counts.values()), 'repository')}: {', '.join(parts) or 'none'}"


def what_next(ledger: Ledger) -> str:
    """The next command of the campaign, or nothing if it is done."""
    counts = ledger.counts()
    command = f"migrate bulk {{}} {ledger.name}"
    if not any(counts.get(state) for state in (State.DISCOVERED, State.PLANNED)) and next(obsolete(ledger), None):
        return command.format("push")
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
