"""The shape of a change: equal for changes that differ only in the names of jobs and images and in indentation.

Earlier versions let people decide by shapes, as `results.kinds` does now: files of decisions may still name them. A
place that changes in the same way as one before it adds nothing: three images with the same new lines have the shape of
one.
A shape contains no secret and no name, so it may be stored and shown anywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrator.engine.outcomes import Changed
from migrator.results.diffs import hunks
from migrator.results.masking import MASKED, Mask, Range, cut
from migrator.results.rereading import documents_of
from migrator.tree import Mapping, Node, Sequence, Text, resolve, walk

_NAMED = ("jobs", "workflows", "commands", "executors", "job-groups")
"""The sections whose keys are names that somebody made up."""
_LANGUAGE = frozenset(
    ("version", "jobs", "docker", "image", "auth", "username", "password", "context", "environment", "steps", "run")
) | {MASKED}
"""Words that are kept even where a job has that name."""
_WORD = re.compile(r"[^\s'\",\[\]{}:#&*]+(?::[^\s'\",\[\]{}#]+)*|:")
_INDENT = re.compile(r"[ \t]*")


class Shape(NamedTuple):
    """`id` names the shape; `text` is its diff with the names abstracted."""

    id: str
    text: str


def shape_of(changes: Iterable[Changed], mask: Mask | None = None) -> Shape:
    """The shape of what changes in one repository: in all its files together, whatever they are called."""
    pieces: dict[str, None] = {}
    for change in changes:
        pieces.update(dict.fromkeys(_pieces(change, Mask(change.secrets) if mask is None else mask)))
    text = "\n".join(sorted(pieces))
    return Shape(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10], text)


def _pieces(change: Changed, mask: Mask) -> Iterator[str]:
    """Each run of changed lines as an abstract text."""
    names = _names(change)
    old, new = mask.ranges(change.before), mask.ranges(change.after) if mask else []
    for hunk in hunks(change.before, change.edits):
        run: list[tuple[str, str]] = []
        for line in hunk.lines:
            if line.mark == " ":
                if run:
                    yield _abstract(run, names)
                run = []
            else:
                run.append((line.mark, _shown(line.text, line.start, new if line.mark == "+" else old)))
        if run:
            yield _abstract(run, names)


def _shown(text: str, start: int, ranges: list[Range]) -> str:
    return cut(text, start, ranges).rstrip("\r\n")


def _abstract(run: list[tuple[str, str]], names: dict[str, str]) -> str:
    """Names replaced; of the indentation only which line is deeper than which stays."""
    depths = sorted({len(_INDENT.match(text)[0].expandtabs()) for _, text in run if text.strip()})  # type: ignore[index]
    lines = []
    for mark, text in run:
        body = text.strip()
        indent = len(_INDENT.match(text)[0].expandtabs())  # type: ignore[index]
        depth = depths.index(indent) if body else 0
        lines.append(f"{mark}{'  ' * depth}{_WORD.sub(lambda match: names.get(match[0], match[0]), body)}")
    return "\n".join(lines)


def _names(change: Changed) -> dict[str, str]:
    """The placeholder of each name in the file, before and after."""
    names: dict[str, str] = {}
    for document in documents_of(change):
        if document is None:
            continue  # a syntax that this cannot read keeps its names
        root = document.root
        if isinstance(root, Mapping):
            for section in _NAMED:
                found = root.get(section)
                node = resolve(found) if found else None
                if isinstance(node, Mapping):
                    names |= {name: "<job>" for entry in node.entries if (name := entry.name)}
        for node in walk(root):
            names |= _of_node(node)
    return {word: sign for word, sign in names.items() if word not in _LANGUAGE}


def _of_node(node: Node) -> dict[str, str]:
    if not isinstance(node, Mapping):
        return {}
    found = {}
    for entry in node.entries:
        value = resolve(entry.value)
        if entry.name == "image" and isinstance(value, Text):
            found[value.value] = "<image>"
        elif entry.name == "requires" and isinstance(value, Sequence):
            found |= {item.value: "<job>" for item in value.items if isinstance(item, Text)}
    return found
