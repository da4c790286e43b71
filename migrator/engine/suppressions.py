"""Comments that tell a rule to leave a place alone: `# migrator: ignore[rule-id] reason`.

Behind a line's content the comment covers that line. On a line of its own it covers the next line that is no
comment, with everything nested below it. `ignore-file` covers the whole file. What it means to whoever writes one
is in `docs/suppressing.md`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from operator import itemgetter

from migrator.documents import Document
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Mapping, Node, Sequence, walk

_MARKS = ("migrator:", "migrate: ignore")
_OURS = lazy(r"(?:^|(?<=\s))#+\s*(?:migrator:|(?P<misspelt>migrate: ignore(?:-file)?\s*\[))")
_IGNORE = lazy(r"#+\s*migrator:\s*(?P<verb>ignore(?:-file)?)\s*\[(?P<ids>[^\]]*)\]\s*(?P<reason>.*)")
_ID = lazy(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_REASON = lazy(r"\w")


def place_of_ids(comment: str) -> int | None:
    """Where in a comment that suppresses rules on its line another id can follow those it has; `None` if it has none.

    Raises `ValueError` for a comment of ours that another one cannot follow: it would not be read.
    """
    ours = _OURS.search(comment)
    if ours is None:
        return None
    found = None if ours["misspelt"] else _IGNORE.match(comment, ours.start())
    if found is None or found["verb"] != "ignore" or not found["ids"].strip():
        raise ValueError("the comment of its line is about something else")
    return found.start("ids") + len(found["ids"].rstrip())


def suppression(rule_ids: Iterable[str], reason: str) -> str:
    """The comment that suppresses rules on the line that it is behind."""
    return f"# migrator: ignore[{','.join(rule_ids)}] {reason}"


@record(frozen=False)
class _Comment:
    line: int
    ids: tuple[str, ...]
    first: int
    last: int


class Suppressions:
    """The suppressions of one document. Asking `covers` is what marks them used."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._comments: list[_Comment] = []
        self._faults: list[tuple[int, str]] = []
        self._used: set[tuple[str, int, int]] = set()
        self._blocks: dict[str, list[tuple[int, int, int]]] | None = None
        self._below: _Below | None = None
        if any(mark in document.text for mark in _MARKS):
            for offset, text in document.comments():
                ours = _OURS.search(text)  # other words may be before it
                if ours and ours["misspelt"]:
                    line, _ = document.position(offset)
                    self._faults.append((line, "suppresses nothing; write `migrator:`, not `migrate:`"))
                elif ours:
                    self._read(document, offset, text[ours.start() :])

    def _read(self, document: Document, offset: int, text: str) -> None:
        line, column = document.position(offset)
        found = _IGNORE.match(text)
        ids = tuple(name.strip() for name in found["ids"].split(",")) if found else ()
        if found is None or not all(_ID.fullmatch(name) for name in ids):
            self._faults.append((line, "is not a valid suppression; write `# migrator: ignore[rule-id] reason`"))
            return
        if not _REASON.search(found["reason"]):
            self._faults.append((line, "has no reason; add one after the bracket"))
        if found["verb"] == "ignore-file":
            first, last = 1, document.position(len(document.text))[0]
        elif document.text[offset - column + 1 : offset].strip():
            first = last = line
        else:
            self._below = self._below or _Below(document)
            first, last = self._below.block(line)
        self._comments.append(_Comment(line, ids, first, last))

    def covers(self, rule_id: str, line: int) -> bool:
        """Whether a finding of that rule on that line is to be left alone."""
        covering = self._covering(rule_id, line)
        self._used.update((rule_id, *lines) for lines in covering)
        return bool(covering)

    def leaves_alone(self, rule_id: str, node: Node) -> bool:
        """As `covers`, for a rule that wants to know what becomes of its finding on a node; marks nothing used."""
        return bool(self._covering(rule_id, self._document.position(node.head)[0]))

    def _covering(self, rule_id: str, line: int) -> list[tuple[int, int]]:
        """The blocks around a line in which a rule is told to leave things alone, by their first and last lines."""
        if self._blocks is None:
            named = {(name, comment.first, comment.last) for comment in self._comments for name in comment.ids}
            self._blocks = {}
            for name, first, last in sorted(named):
                blocks = self._blocks.setdefault(name, [])
                # With the last line of all so far: blocks before which end above a line need no look.
                blocks.append((first, last, max(last, blocks[-1][2]) if blocks else last))
        blocks = self._blocks.get(rule_id, [])
        index = bisect_right(blocks, line, key=itemgetter(0)) - 1
        found: list[tuple[int, int]] = []
        while index >= 0 and blocks[index][2] >= line:
            if blocks[index][1] >= line:
                found.append(blocks[index][:2])
            index -= 1
        return found

    def unused(self, rule_ids: Collection[str], known: Collection[str] | None = None) -> list[tuple[int, str]]:
        """Line and message of what is wrong with the suppressions, once all findings were asked about.

        `rule_ids` are the rules that ran: a suppression of another rule is not unused. `known` are all rules that
        exist, where the caller knows them: a suppression of any other id is a mistake.
        """
        told = list(self._faults)
        for comment in self._comments:
            for name in comment.ids:
                if known is not None and name not in known:
                    told.append((comment.line, _unknown(name, known)))
                elif name in rule_ids and (name, comment.first, comment.last) not in self._used:
                    told.append((comment.line, f"suppresses `{name}`, which finds nothing here; remove it"))
        return sorted(told)


def _unknown(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, list(known), 1)
    hint = f"did you mean `{close[0]}`?" if close else "`migrate rules` lists them"
    return f"suppresses `{name}`, which is not a rule; {hint}"


class _Below:
    """The entries and items of a document by the lines on which they begin."""

    def __init__(self, document: Document) -> None:
        self._last: dict[int, int] = {}
        for node in walk(document.root):
            for head, end in _parts(node):
                first = document.position(head)[0]
                last = document.position(max(head, end - 1))[0]
                self._last[first] = max(self._last.get(first, 0), last)
        self._first = sorted(self._last)

    def block(self, line: int) -> tuple[int, int]:
        """First and last line of what begins on the next line with content: an entry or an item, whole."""
        index = bisect_right(self._first, line)
        if index == len(self._first):
            return line, line
        # A dash or a tag may be on a line above what it belongs to.
        return line + 1, self._last[self._first[index]]


def _parts(node: Node) -> list[tuple[int, int]]:
    """Where the entries of a mapping or the items of a sequence begin and end."""
    if isinstance(node, Mapping):
        return [(entry.key.head, entry.end) for entry in node.entries]
    if isinstance(node, Sequence):
        return [(item.head, item.end) for item in node.items]
    return []
