"""Whether a commit is ours: its trailers name the campaign and exactly the change that it makes to its parent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.git import Url, git
from migrator.bulk.requests.texts import CAMPAIGN, CHANGE
from migrator.bulk.store import Repository, Store
from migrator.bulk.work import change_id


class Trailers(NamedTuple):
    campaign: str
    change: str


def trailers(message: str) -> Trailers:
    """Our trailers, empty if the message has none. Only the last paragraph counts, as for git."""
    last = message.strip().rpartition("\n\n")[2]
    found = dict(re.findall(r"^([A-Za-z-]+): (\S+)$", last, re.MULTILINE))
    return Trailers(found.get(CAMPAIGN, ""), found.get(CHANGE, ""))


def our_change(repository: Repository, commit: str, campaign: str) -> str | None:
    """The change that a commit of this campaign makes, or `None` where a person made or amended it.

    Its parent must be there.
    """
    found = repository.object(commit)
    if found is None or found[1] != "commit":
        return None
    head, _, message = found[2].decode("utf-8", "replace").partition("\n\n")
    named = trailers(message)
    if named.campaign != campaign or head.count("\nparent ") != 1:
        return None
    made = change_id(changed_by(repository.path, found[0]))
    return made if made == named.change else None


def is_alone(store: Store, url: Url, entry: Entry, branch: str, commit: str, base: str) -> bool:
    """Whether a commit of ours, which was fetched with its parent, is all that our branch has: a person may have put
    it on top of commits of their own. `base` is the branch to change, or `HEAD`."""
    parent = store.object(f"{commit}^")
    if parent is not None and parent[0] == entry.base:
        return True
    return store.ahead(url, entry.id, f"refs/heads/{branch}", base) <= 1


def changed_by(folder: Path, commit: str) -> Iterator[tuple[str, str, str]]:
    """Path, old and new blob of each file that a commit changes."""
    answer = git(folder, "diff-tree", "-r", "-z", "--raw", "--no-commit-id", "--no-renames", f"{commit}^", commit)
    words = answer.out.decode("utf-8", "surrogateescape").split("\0")
    for state, path in zip(words[::2], words[1::2], strict=False):
        _, _, before, after, *_ = state.split()
        yield path, before, after
