"""Decisions about findings, and the file that keeps them: one TOML format for every way of deciding.

    [[decision]]
    path = ".circleci/config.yml"
    rule = "unauthenticated-image"
    fingerprint = "5b5f1f1e4d1c2a90"
    answer = "apply"

A decision applies to every finding that has all of the names it gives; later decisions win over earlier ones, so the
file can be appended to and edited by hand. One with `kind` is about a kind of change in a campaign, in all repositories
that have it. It contains no text of a config and no secret. `docs/interactive.md` documents it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from migrator.errors import ReadError, UsageError
from migrator.files.reading import read_head
from migrator.files.writing import append, naming, write_whole
from migrator.startup.records import record

_NAMES = ("repository", "path", "rule", "fingerprint", "shape", "kind", "change")
_MORE = ("reason", "seen")
_RAREST = ("fingerprint", "change", "kind", "shape", "repository")
"""Names by which decisions are looked up; all that `Place.wanders` is about come before the repository."""
_HEADER = "[[decision]]\n"
_MAX_BYTES = 100_000_000

Values: TypeAlias = tuple[tuple[str, str], ...]
"""What a person changed in a fix: keys of the policy, such as `registries.docker.io.context`, or `image`."""


class Answer(Enum):
    """A finding without a fix can only be `READ`; `OPEN` takes an earlier decision back."""

    APPLY = "apply"
    SKIP = "skip"
    READ = "read"
    OPEN = "open"


@record
class Place:
    """What a finding is known by. `kind` is the name or the id of a kind of change, `change` that of one repository's
    change as it was seen; `shape` is what earlier versions called all changes that look the same."""

    repository: str = ""
    path: str = ""
    rule: str = ""
    fingerprint: str = ""
    shape: str = ""
    kind: str = ""
    change: str = ""

    @property
    def names(self) -> dict[str, str]:
        """The names that are known."""
        return {name: value for name in _NAMES if (value := getattr(self, name))}

    @property
    def wanders(self) -> bool:
        """Whether it names a finding well enough to know it again in another file."""
        return bool(self.fingerprint or self.shape)


@record
class Recorded:
    """`reason` is why something is skipped, in a person's words. `seen` is when the newest of the plans that a person
    saw was made, in seconds since 1970: what was planned later is not decided. 0 says nothing."""

    answer: Answer
    place: Place
    values: Values = ()
    reason: str = ""
    seen: int = 0


class Decisions:
    """Decisions in the order in which they were made, and which of them is about a finding."""

    def __init__(self, recorded: Iterable[Recorded] = ()) -> None:
        self.recorded: list[Recorded] = []
        self._used: set[int] = set()
        # By the first of these names that a decision has: looking one up takes no longer when there are many.
        self._by: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in _RAREST}
        self._others: list[int] = []
        self.extend(recorded)

    def extend(self, recorded: Iterable[Recorded]) -> None:
        for each in recorded:
            number = len(self.recorded)
            self.recorded.append(each)
            name = next((name for name in _RAREST if getattr(each.place, name)), None)
            (self._by[name][getattr(each.place, name)] if name else self._others).append(number)

    def find(self, place: Place) -> Recorded | None:
        """The last decision about this very place; `None` where it is open."""
        found = [number for number in self._candidates(place) if _is_about(self.recorded[number].place, place)]
        self._used.update(found)
        return self._closed(max(found)) if found else None

    def find_anywhere(self, place: Place) -> tuple[Recorded, ...]:
        """What was decided about this place or, if nothing was, about the same finding in other files.

        Several where other files were decided differently: then a person has to say which is meant.
        """
        if here := self.find(place):
            return (here,)
        last: dict[tuple[str, str], int] = {}
        for number in sorted(self._candidates(place)):
            named = self.recorded[number].place
            if named.wanders and _is_about(named, place, across=True):
                self._used.add(number)
                last[named.repository, named.path] = number
        decided = [closed for number in last.values() if (closed := self._closed(number))]
        return tuple({(each.answer, each.values): each for each in decided}.values())

    def unused(self) -> list[Recorded]:
        """Decisions that no finding was looked up for."""
        return [each for n, each in enumerate(self.recorded) if n not in self._used and each.answer is not Answer.OPEN]

    def _candidates(self, place: Place) -> list[int]:
        named = (self._by[name].get(value, ()) for name in _RAREST if (value := getattr(place, name)))
        return [*(number for numbers in named for number in numbers), *self._others]

    def _closed(self, number: int) -> Recorded | None:
        recorded = self.recorded[number]
        return None if recorded.answer is Answer.OPEN else recorded


def _is_about(named: Place, place: Place, *, across: bool = False) -> bool:
    skipped = ("repository", "path") if across else ()
    return all(getattr(place, name) == value for name, value in named.names.items() if name not in skipped)


def written_path(path: str) -> str:
    """A path as decisions name it: relative to the working directory where it is below it, with slashes."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - links are not followed: a file is what the user calls it
    here = os.path.abspath(".")  # noqa: PTH100
    relative = os.path.relpath(absolute, here) if absolute.startswith(here.rstrip(os.sep) + os.sep) else absolute
    return relative.replace(os.sep, "/").encode("utf-8", "backslashreplace").decode()


def decisions_toml(recorded: Iterable[Recorded]) -> str:
    """Decisions as the file has them."""
    return "".join(_block(each) for each in recorded)


def _block(recorded: Recorded) -> str:
    lines = [f"{name} = {_quoted(value)}\n" for name, value in recorded.place.names.items()]
    if recorded.values:
        values = ", ".join(f"{_quoted(key)} = {_quoted(value)}" for key, value in recorded.values)
        lines.append(f"values = {{{values}}}\n")
    if recorded.reason:
        lines.append(f"reason = {_quoted(recorded.reason)}\n")
    if recorded.seen:
        lines.append(f"seen = {recorded.seen}\n")
    # The answer is last: a block that a crash cut short has none, so it is not read as one that applies to more.
    return f'{_HEADER}{"".join(lines)}answer = "{recorded.answer.value}"\n\n'


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def read_decisions(file: Path) -> Decisions:
    """The decisions of a file that somebody names. Raises `UsageError` if it is missing or not a decisions file."""
    text = _read(file)
    if text is None:
        raise UsageError(f"{file}: no such file; `migrate --interactive --decisions FILE` writes one")
    return Decisions(_parsed(text, file))


def _read(file: Path, *, cut_short: bool = False) -> str | None:
    """The text of the file; if it may be `cut_short`, without the part of a character at its end."""
    try:
        data = read_head(file, _MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except ReadError:
        raise UsageError(f"{file}: is not a regular file") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not cut_short or error.end < len(data):
            raise UsageError(f"{file}: is not UTF-8; save it as UTF-8") from None
        text = data[: error.start].decode("utf-8-sig")
    return text.replace("\r\n", "\n")


def _parsed(text: str, file: Path) -> list[Recorded]:
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        raise UsageError(f"{file}: {place[1] if place else 'somewhere'}: is not valid TOML") from None
    tables = content.pop("decision", [])
    if content:
        raise UsageError(f"{file}: unknown key `{next(iter(content))}`; expected only [[decision]]")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{file}: `decision` is a list of tables: write [[decision]]")
    return [_recorded(table, f"{file}: decision {number}") for number, table in enumerate(tables, 1)]


def _recorded(table: dict[str, object], where: str) -> Recorded:
    for key in table:
        if key not in ("answer", "values", *_MORE, *_NAMES):
            expected = ", ".join(("answer", "values", *_MORE, *_NAMES))
            raise UsageError(f"{where}: unknown key `{key}`; expected {expected}")
    names = {name: table[name] for name in _NAMES if name in table}
    for name, value in names.items():
        if not isinstance(value, str) or not value:
            raise UsageError(f"{where}: {name}: expected a string")
    if not names:
        raise UsageError(f"{where}: does not say what it applies to; add one of {', '.join(_NAMES)}")
    if table.get("answer") not in [answer.value for answer in Answer]:
        raise UsageError(f"{where}: answer: expected one of {', '.join(answer.value for answer in Answer)}")
    values = table.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise UsageError(f'{where}: values: expected a table such as {{"registries.docker.io.context" = "x"}}')
    reason, seen = table.get("reason", ""), table.get("seen", 0)
    if not isinstance(reason, str):
        raise UsageError(f"{where}: reason: expected a string")
    if not isinstance(seen, int) or isinstance(seen, bool) or seen < 0:
        raise UsageError(f"{where}: seen: expected seconds since 1970")
    place = Place(**names)  # type: ignore[arg-type]
    return Recorded(Answer(table["answer"]), place, tuple(sorted(values.items())), reason, seen)


class DecisionLog:
    """The file of one session. What `add` is given is on disk when it returns."""

    def __init__(self, file: Path, about: Path | None = None) -> None:
        """`about` is the folder that the decisions apply to; a new file names it at its top."""
        self.file = file
        self.decisions = Decisions()
        self._added: list[str] = []
        text = _read(file, cut_short=True)
        self._existed = text is not None
        self._before: list[Recorded] = []
        self._lead = ""
        if text:
            self._before, whole = _whole(text, file)
            self.decisions.extend(self._before)
            if whole != text:
                self._replace(whole)
            self._lead = "" if whole.endswith("\n") or not whole else "\n"
        elif text is None and about is not None:
            self._lead = f"# Decisions of `migrate --interactive` in {_quoted(str(about))}\n\n"

    def add(self, recorded: Sequence[Recorded]) -> None:
        """Append decisions, all or none of them. Raises `WriteError`."""
        if not recorded:
            return
        text = self._lead + decisions_toml(recorded)
        append(self.file, text.encode("utf-8"))
        self._lead = ""
        self.decisions.extend(recorded)
        self._added.append(text)

    def forget(self) -> None:
        """Take back everything that was added, as if this session had not happened. Raises `WriteError`.

        What another session has added meanwhile stays.
        """
        if not self._added:
            return
        self.decisions = Decisions(self._before)
        text = _read(self.file) or ""
        for added in reversed(self._added):
            before, found, after = text.rpartition(added)
            text = before + after if found else text
        if text or self._existed:
            self._replace(text)
        else:
            with naming(self.file):
                self.file.unlink(missing_ok=True)
        self._added = []

    def _replace(self, text: str) -> None:
        write_whole(self.file, text.encode("utf-8"))


def _whole(text: str, file: Path) -> tuple[list[Recorded], str]:
    """The decisions of a session's file, without what a crash left half written at its end."""
    try:
        return _parsed(text, file), text
    except UsageError:
        whole = text[: text.rfind("\n\n") + 2] if "\n\n" in text else ""
        if not _is_cut_short(text[len(whole) :]):
            raise
        return _parsed(whole, file), whole


def _is_cut_short(block: str) -> bool:
    """Whether this is the beginning of a block as `_block` writes it. A mistake made while editing the file is not."""
    if not block.startswith(_HEADER):
        return _HEADER.startswith(block)
    *lines, last = block.removeprefix(_HEADER).split("\n")
    starts = [f'{name} = "' for name in (*_NAMES, "reason")] + ["values = {", "seen = "]
    whole = all(
        line.startswith(tuple(starts)) and (line.endswith(('"', "}")) or line[len("seen = ") :].isdigit())
        for line in lines
    )
    return whole and any(start.startswith(last) or last.startswith(start) for start in [*starts, 'answer = "'])


def about(places: Iterable[Place], answer: Answer, values: Values = ()) -> Iterator[Recorded]:
    """The same decision for each place."""
    return (Recorded(answer, place, values) for place in places)
