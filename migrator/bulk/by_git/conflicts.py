"""Whether a commit of ours still merges, for hosts whose API does not say it of an open change request."""

from __future__ import annotations

import tempfile
from pathlib import Path

from migrator.bulk.entry import Entry
from migrator.bulk.git import Url, git
from migrator.bulk.ours import changed_by
from migrator.bulk.store import Repository, Store


def has_conflicts(store: Store, url: Url, entry: Entry, what: str) -> bool:
    """Whether git cannot merge the branch of a repository into `what`, such as `HEAD`, as that is now.

    Our commit is one, and its parent was on that branch: so it is a merge of each file that it changes.
    """
    if store.object(f"{entry.head}^") is None:
        store.fetch(url, entry.id, f"refs/heads/{entry.branch}", "branch", depth=2)
    tip = store.fetch(url, entry.id, what, "tip")
    return any(_conflicts(store, tip, path, *blobs) for path, *blobs in changed_by(store.path, entry.head))


def _conflicts(repository: Repository, tip: str, path: str, before: str, after: str) -> bool:
    theirs = repository.object(f"{tip}:{path}")
    if theirs is None:
        return True
    if theirs[0] in (before, after):
        return False
    base, ours = repository.object(before), repository.object(after)
    if base is None or ours is None:
        return True
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, data in (("ours", ours[2]), ("base", base[2]), ("theirs", theirs[2])):
            names.append(str(Path(folder, name)))
            Path(names[-1]).write_bytes(data)
        return git(None, "merge-file", "-p", "--quiet", *names).code != 0
