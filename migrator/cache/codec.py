"""An outcome as JSON, without the text of its file: of a change, where it is and what it puts there.

What is read is checked field by field. Anything else than what is written here is nothing, and never an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.outcomes import Changed, Facts, Located, Outcome, Skipped, Unchanged
from migrator.files.looking import Looks
from migrator.rule import Requirement, Safety

T = TypeVar("T")

_BOM = b"\xef\xbb\xbf"
_SAFETIES = {each.value: each for each in Safety}


def encoded(outcome: Outcome) -> bytes | None:
    """The outcome as one line; `None` for one that is not kept: a failure, and whatever has to do with a secret."""
    if outcome.secrets or not outcome.looks.marks:
        return None
    looks = [outcome.looks.at, outcome.looks.marks, outcome.looks.absent]
    if isinstance(outcome, Skipped):
        fields: list[Any] = ["skipped", looks, outcome.reason]
    elif isinstance(outcome, Unchanged):
        if outcome.unnamed:
            return None
        fields = ["unchanged", looks, *_common(outcome)]
    elif isinstance(outcome, Changed):
        if outcome.unnamed or apply_edits(outcome.before, outcome.edits) != outcome.after:
            return None
        fields = ["changed", looks, *_common(outcome), [*map(_located, outcome.applied)], outcome.edits]
    else:
        return None
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()


def looks_in(text: bytes) -> tuple[Looks, Any] | None:
    """What an outcome was decided by, and the rest of it, for `decoded`; `None` for what is no outcome."""
    try:
        kind, (at, marks, absent), *rest = json.loads(text)
        looks = Looks(_texts(at), _texts(absent), _texts(marks))
        if len(looks.at) != len(looks.marks) or not looks.at:
            return None
        return looks, (kind, rest)
    except (ValueError, TypeError, RecursionError):
        return None


def decoded(path: str, looks: Looks, rest: Any, data: bytes) -> Outcome | None:
    """The outcome of a file that holds `data`; `None` for what is none."""
    try:
        kind, fields = rest
        if kind == "skipped":
            (reason,) = fields
            return Skipped(path, _text(reason), looks=looks)
        left, images, contexts, ignored, counted, *more = fields
        found, suppressed = _tuple(_read_located, left), _tuple(_read_located, ignored)
        pulled, had = frozenset(_tuple(_pair, images)), _tuple(_context, contexts)
        facts: Facts | None = None if counted is None else _tuple(_fact, counted)
        if kind == "unchanged":
            () = more
            return Unchanged(path, found, frozenset(), 0, pulled, had, suppressed, facts, looks)
        applied, edits = more
        if kind != "changed":
            return None
        bom = data.startswith(_BOM)
        before = data[len(_BOM) if bom else 0 :].decode("utf-8")
        made = _tuple(_edit, edits)
        if not made or made[-1].end > len(before) or any(edit.start > edit.end for edit in made):
            return None
        after = apply_edits(before, made)
        done = _tuple(_read_located, applied)
        none: frozenset[str] = frozenset()
        return Changed(path, before, after, made, done, found, none, bom, 0, pulled, had, suppressed, facts, looks)
    except (ValueError, TypeError, KeyError):
        return None


def _common(outcome: Changed | Unchanged) -> list[Any]:
    return [
        [*map(_located, outcome.left)],
        sorted(outcome.images),
        outcome.contexts,
        [*map(_located, outcome.ignored)],
        outcome.facts,
    ]


def _located(finding: Located) -> list[Any]:
    return [
        finding.rule,
        finding.line,
        finding.column,
        finding.message,
        finding.safety.value,
        finding.fingerprint,
        finding.fix,
        finding.applied,
        [[n.kind, n.name, n.variables, n.owner, n.new, n.today, n.reason] for n in finding.requirements],
        finding.warnings,
        finding.why_not,
        finding.data,
        finding.later,
        finding.counts,
    ]


_LOCATED = [str, int, int, str, str, str, bool, bool, list, list, str, list, str, bool]
_REQUIREMENT = [str, str, list, str, bool, list, str]


def _read_located(given: Any) -> Located:
    if [*map(type, given)] != _LOCATED:
        raise TypeError
    rule, line, column, message, safety, name, fix, applied, needs, warnings, why_not, data, later, counts = given
    return Located(
        rule,
        line,
        column,
        message,
        _SAFETIES[safety],
        name,
        fix,
        applied,
        tuple(map(_requirement, needs)),
        _texts(warnings),
        why_not,
        tuple(map(_pair, data)),
        later,
        counts,
    )


def _requirement(given: Any) -> Requirement:
    if [*map(type, given)] != _REQUIREMENT:
        raise TypeError
    kind, name, variables, owner, new, today, reason = given
    return Requirement(kind, name, _texts(variables), owner, new, _texts(today), reason)


def _edit(given: Any) -> TextEdit:
    start, end, text = given
    return TextEdit(_number(start), _number(end), _text(text))


def _pair(given: Any) -> tuple[str, str]:
    first, second = given
    return _text(first), _text(second)


def _fact(given: Any) -> tuple[tuple[str, ...], int]:
    words, count = given
    return _texts(words), _number(count)


def _context(given: Any) -> tuple[str, tuple[str, ...]]:
    name, variables = given
    return _text(name), _texts(variables)


def _tuple(read: Callable[[Any], T], given: Any) -> tuple[T, ...]:
    if type(given) is not list:
        raise TypeError
    return tuple(map(read, given))


def _texts(given: Any) -> tuple[str, ...]:
    if type(given) is not list or not {str}.issuperset(map(type, given)):
        raise TypeError
    return tuple(given)


def _text(given: Any) -> str:
    if type(given) is not str:
        raise TypeError
    return given


def _number(given: Any) -> int:
    if type(given) is not int or given < 0:
        raise TypeError
    return given
