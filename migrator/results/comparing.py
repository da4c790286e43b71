"""What a change is to CircleCI, as plain data without a tree, by the documents before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.circleci.compare.comparison import Comparison
from migrator.circleci.compare.differences import Difference, Pulled, Replaced, Steps, Variable
from migrator.circleci.config import Config
from migrator.documents import Document
from migrator.engine.outcomes import Changed
from migrator.engine.views import read_configs
from migrator.results.rereading import documents_of
from migrator.tree import Mapping, Node, Text, walk
from migrator.tree import Sequence as SequenceNode


class Compared(NamedTuple):
    """What differs for CircleCI. `unknown` says why that is not known. `users` are the jobs that run on executors that
    change, `values` counts the values that were compared. `code_changes`: something that only runs changes as well;
    `computed`: there is such a thing.
    """

    differences: tuple[Difference, ...] = ()
    users: dict[str, list[str]] = {}  # noqa: RUF012 - nothing is added to it
    values: int = 0
    code_changes: bool = False
    computed: bool = False
    unknown: str = ""


def compared_of(changed: Changed) -> Compared:
    """What differs for CircleCI: as it was described, else by its texts, which are read again."""
    for known in changed.described:
        if isinstance(known, Compared):
            return known
    before, after = documents_of(changed)
    if before is None or after is None:
        return Compared(unknown="the file cannot be read again")
    return compared(changed.path, before, after)


def compared(path: str, before: Document, after: Document) -> Compared:
    """What differs for CircleCI between two documents of a file."""
    old, new = read_configs(before, path), read_configs(after, path)
    if len(old) != len(new):
        return Compared(unknown="the number of configs in it changed")
    differences = [d for b, a in zip(old, new, strict=True) for d in Comparison(b, a).differences]
    unread = after.unread()
    changes = before.unread() != unread
    return Compared(tuple(differences), _users(new, differences), _count(after.root), changes, bool(unread))


def _count(root: Node) -> int:
    values = 0
    for node in walk(root):
        if isinstance(node, Mapping):
            values += sum(isinstance(entry.value, Text) for entry in node.entries)
        elif isinstance(node, SequenceNode):
            values += sum(isinstance(item, Text) for item in node.items)
    return values


def _users(configs: Sequence[Config], differences: Sequence[Difference]) -> dict[str, list[str]]:
    """The jobs that run on executors that change."""
    owned = (Pulled, Replaced, Variable, Steps)
    if not any(isinstance(each, owned) and each.owner.kind == "executor" for each in differences):
        return {}
    return {
        name: list(dict.fromkeys(call.job.name for call in config.calls.calls_of(executor) if call.job))
        for config in configs
        for name, executor in config.executors.items()
    }
