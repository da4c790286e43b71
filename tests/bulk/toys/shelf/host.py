"""What a campaign asks of a shelf."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from migrator.bulk.blobs import blob_id
from migrator.bulk.contents import new_files
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File, wanted
from migrator.bulk.host import Discovered, Job, OnHost, Read, Request, Terms, human
from migrator.bulk.host import Host as Protocol
from migrator.bulk.states import RepositoryError, State
from migrator.errors import UsageError
from migrator.files.names import FOLDER
from migrator.services.faults import Fault


class Host(Protocol):
    """Every repository of one shelf."""

    def discover(self, place: str) -> Iterator[Discovered]:
        if not Path(place).is_dir():
            raise UsageError(f"--source shelf:{place}: no such folder")
        for folder in sorted(Path(place).iterdir()):
            yield Discovered(folder.name, str(folder), "" if (folder / "main").is_dir() else "is empty")

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        return [_read(entry) for entry in entries]

    def push(self, job: Job, terms: Terms) -> OnHost:
        top, branch = Path(job.entry.source), _branch(job.entry)
        for edited in job.result.edited:
            if blob_id((top / "main" / edited.path).read_bytes()) != edited.before:
                raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
        made = top / "branch-next"
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(top / "main", made)
        for file in new_files(terms.plan, job.result, self.planned(job.entry, job.result), job.entry.name):
            (made / file.path).write_bytes(file.data)
        head, there = _commit(made), _commit(branch)
        # The same commit is ours too: a run was killed before it could note it.
        if there not in ("", head, job.entry.head):
            raise human(terms.branch)
        shutil.rmtree(branch, ignore_errors=True)
        made.rename(branch)
        texts = self.texts(job.entry, job.result, terms)
        _note(job.entry, state="open", title=texts.title, body=texts.body)
        return OnHost(job.entry, State.OPEN, head, 1, f"shelf:{job.entry.name}/1")

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        if _commit(_branch(entry)) not in ("", entry.head):
            raise human(terms.branch)
        shutil.rmtree(_branch(entry), ignore_errors=True)
        if _request(entry).get("state") == "merged":
            return OnHost(entry, State.MERGED, message="its branch was deleted")
        _note(entry, state="closed")
        return OnHost(entry, State.CLOSED, message="its branch was deleted")

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        for entry in entries:
            request = _request(entry)
            if not request:
                yield entry, None
            elif request["state"] == "queued":
                yield entry, Request(State.OPEN, _commit(_branch(entry)), queued="waits for the librarian")
            else:
                checks = request.get("checks", "none")
                yield entry, Request(State(request["state"]), _commit(_branch(entry)), checks)

    def merge(self, entry: Entry, method: str) -> OnHost:
        _note(entry, state="queued")
        return OnHost(entry, State.OPEN, message="the librarian was asked to merge it")


def _branch(entry: Entry) -> Path:
    return Path(entry.source, "branch")


def _read(entry: Entry) -> Read:
    main = Path(entry.source, "main")
    tree = _commit(main / FOLDER)
    if entry.result and entry.tree == tree:
        return Read(entry, entry.base, tree, is_known=True)
    paths = sorted(path for path in main.rglob("*") if path.is_file())
    named = [(path.relative_to(main).as_posix(), path) for path in paths]
    files = tuple(File(name, path.read_bytes()) for name, path in named if wanted(name))
    return Read(entry, _commit(main), tree, files)


def _commit(folder: Path) -> str:
    """What names the content of a folder, empty where there is none."""
    if not folder.is_dir():
        return ""
    digest = hashlib.sha1(usedforsecurity=False)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0{blob_id(path.read_bytes())}\0".encode())
    return digest.hexdigest()


def _request(entry: Entry) -> dict[str, Any]:
    path = Path(entry.source, "request.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def _note(entry: Entry, **values: str) -> None:
    Path(entry.source, "request.json").write_text(json.dumps({**_request(entry), **values}), "utf-8")
