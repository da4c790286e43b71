"""A bare repository behind a stand-in for a host: what answers are made of."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tests.bulk.repositories import ENVIRONMENT

R = TypeVar("R")


class GitFailedError(Exception):
    """git refused: its own words."""


class Entry(NamedTuple):
    """An entry of a folder, its path from the top of the repository."""

    mode: str
    kind: str
    oid: str
    path: str


class Bare:
    """git itself over a bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._kept: dict[tuple[object, ...], Any] = {}

    def once(self, make: Callable[..., R], *of: object) -> R:
        """What is the same for ever, as what a commit has: git is asked once."""
        key = (make.__name__, *of)
        if key not in self._kept:
            self._kept[key] = make(*of)
        found: R = self._kept[key]
        return found

    def git(self, *arguments: str, given: bytes = b"", check: bool = True) -> bytes:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=given, capture_output=True, env=ENVIRONMENT, check=False
        )
        if check and done.returncode:
            raise GitFailedError(done.stderr.decode()[:200])
        return done.stdout

    def resolve(self, name: str) -> str:
        """The commit that a name leads to, empty where there is none."""
        loose = self.path / name
        if name.startswith("refs/") and loose.is_file():
            return loose.read_text().strip()
        return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False).decode().strip()

    def blob(self, oid: str) -> bytes:
        return self.once(self._blob, oid)

    def _blob(self, oid: str) -> bytes:
        return self.git("cat-file", "blob", oid)

    def entries(self, commit: str, path: str = "", *, recursive: bool = False) -> list[Entry] | None:
        """The entries of a folder, or of all below it; `None` where there is none."""
        return self.once(self._entries, commit, path, recursive)

    def _entries(self, commit: str, path: str, recursive: bool) -> list[Entry] | None:
        where = f"{commit}:{path.strip('/')}"
        if self.git("cat-file", "-t", where, check=False).strip() not in (b"tree", b"commit"):
            return None
        out = self.git("ls-tree", "-z", *(["-r", "-t"] if recursive else []), where)
        top = f"{path.strip('/')}/" if path.strip("/") else ""
        found = []
        for line in filter(None, out.decode("utf-8", "surrogateescape").split("\0")):
            words, _, name = line.partition("\t")
            mode, kind, oid = words.split()
            found.append(Entry(mode, kind, oid, f"{top}{name}"))
        return found

    def last_for(self, ref: str, path: str) -> str:
        """The last commit that touched a path."""
        return self.once(self._last_for, self.resolve(f"refs/heads/{ref}") or self.resolve(ref), path)

    def _last_for(self, ref: str, path: str) -> str:
        return self.git("log", "-1", "--format=%H", ref, "--", path or ".", check=False).decode().strip()

    def move(self, ref: str, after: str, before: str) -> bool:
        """Move a ref if it still is where it was; both may be empty."""
        zero = "0" * 40
        line = f"update {ref} {after or zero} {before or zero}\n"
        done = subprocess.run(
            ["git", "update-ref", "--stdin"], cwd=self.path, input=line.encode(), capture_output=True, env=ENVIRONMENT,
            check=False,
        )  # fmt: skip
        return done.returncode == 0

    def merged(self, base: str, head: str) -> str:
        """The tree of a merge, empty where it conflicts."""
        return self.once(self._merged, base, head)

    def _merged(self, base: str, head: str) -> str:
        done = subprocess.run(
            ["git", "merge-tree", "--write-tree", base, head], cwd=self.path, capture_output=True, env=ENVIRONMENT,
            check=False,
        )  # fmt: skip
        return done.stdout.decode().split("\n", 1)[0] if done.returncode == 0 else ""

    def commit_tree(self, tree: str, message: str, *parents: str) -> str:
        given = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree, *given, given=message.encode()).decode().strip()
