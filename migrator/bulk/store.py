"""A git repository that is read and committed to, and a bare one of ours, with what was fetched and what to push."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from migrator.bulk.generated import File, is_of_interest
from migrator.bulk.git import Answer, Identity, Url, fault_of, git, helper
from migrator.bulk.outside.asking import complete
from migrator.bulk.signing import signed
from migrator.bulk.states import CampaignError, RepositoryError
from migrator.bulk.wire import fetching
from migrator.bulk.wire.committing import changed
from migrator.bulk.wire.loose import keep
from migrator.bulk.wire.sending import Move, send
from migrator.bulk.wire.talking import OddError
from migrator.documents import MAX_BYTES
from migrator.files.links import MOST_LINKS, led_to
from migrator.files.names import FOLDER, FOREIGN
from migrator.services.faults import Fault

_AT_ONCE = 1_000_000
_FOLDER, _LINK = "40000", "120000"
"""Modes of entries of a tree."""

_FULL = "No space left on device"
_LITTLE = 1_000_000
"""Bytes of a disk with so few left that git cannot write."""
_FETCH = (
    "-c", "fetch.unpackLimit=1", "-c", "transfer.unpackLimit=1", "-c", "fetch.writeCommitGraph=false",
    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
)  # fmt: skip


class Message(NamedTuple):
    """Who commits what when: everything that a commit's id depends on besides its files."""

    text: str
    identity: Identity
    at: int

    @property
    def who(self) -> bytes:
        """The lines of a commit that name its author and committer."""
        who = f"{self.identity.name} <{self.identity.email}> {self.at} +0000"
        return f"author {who}\ncommitter {who}\n".encode()


class Repository:
    """A git repository that is read and committed to without its index, work tree or HEAD. Close it after use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: subprocess.Popen[bytes] | None = None
        self._writer: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def close(self) -> None:
        for process in (self._reader, self._writer):
            if process is not None and process.stdin and process.stdout:
                with suppress(BrokenPipeError):  # It ended by itself, before it read all that was written.
                    process.stdin.close()
                process.stdout.close()
                process.wait()
        self._reader = self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def object(self, name: str) -> tuple[str, str, bytes] | None:
        """Id, type and content of an object by any name git understands, or `None` if there is none.

        Of a large one only the beginning is returned, longer than any config may be.
        """
        if "\n" in name:
            return None
        if self._reader is None:
            self._reader = helper(self.path, "cat-file", "--batch")
        stdin, stdout = self._reader.stdin, self._reader.stdout
        assert stdin
        assert stdout
        try:
            stdin.write(f"{name}\n".encode("utf-8", "surrogateescape"))
            stdin.flush()
            head = stdout.readline()
        except BrokenPipeError:
            head = b""
        if not head:
            self.close()
            answer = git(self.path, "rev-parse", "--git-dir")
            raise fault_of(answer) if answer.code else RepositoryError(Fault.GIT, f"{self.path}: git cannot read it")
        if head.endswith((b" missing\n", b" ambiguous\n")):
            return None
        oid, kind, size = head.decode().split()
        data = stdout.read(min(int(size), MAX_BYTES + 1))
        rest = int(size) - len(data) + 1
        while rest > 0 and (part := stdout.read(min(rest, _AT_ONCE))):
            rest -= len(part)
        return oid, kind, data

    def files(self, commit: str) -> tuple[str, list[File]]:
        """The id of the `.circleci` folder of a commit, empty where it has none; its configs and what is beside."""
        tree, found = self.folder(commit)
        return tree, complete(found, Committed(self, commit))

    def folder(self, commit: str) -> tuple[str, list[File]]:
        """The same, of that folder alone."""
        top = self.object(f"{commit}:{FOLDER}")
        return (top[0], list(self.below(commit, FOLDER))) if top is not None else ("", [])

    def below(self, commit: str, path: str) -> Iterator[File]:
        """The files of a folder, or the file itself, that are of interest. Links are followed within the commit."""
        yield from {file.path: file for file in self._by_name(commit, path, path, set())}.values()

    def file(self, commit: str, path: str) -> File | None:
        """The file that a path leads to within the commit, by that path."""
        real = path
        for _ in range(MOST_LINKS):
            folder, _, name = real.rpartition("/")
            mode = next((mode for mode, other in self.names(commit, folder) if other == name), "")
            found = self.object(f"{commit}:{real}") if mode.startswith("1") else None
            if found is None or mode != _LINK:
                return File(path, found[2]) if found is not None and found[1] == "blob" else None
            real = led_to(real, found[2].decode("utf-8", "surrogateescape"))
        return None

    def names(self, commit: str, folder: str = "") -> Iterator[tuple[str, str]]:
        """Mode and name of each entry of a folder; of the top where none is named."""
        tree = self.object(f"{commit}:{folder}")
        if tree is not None and tree[1] == "tree":
            yield from ((mode, name) for mode, name, _ in read_tree(tree[2], len(tree[0]) // 2))

    def _by_name(self, commit: str, path: str, named: str, seen: set[str]) -> Iterator[File]:
        folder, _, name = path.rpartition("/")
        tree = self.object(f"{commit}:{folder}")
        if tree is not None and tree[1] == "tree":
            for mode, other, oid in read_tree(tree[2], len(tree[0]) // 2):
                if other == name:
                    yield from self._at(commit, path, named, mode, oid, seen)

    def _at(self, commit: str, path: str, named: str, mode: str, oid: str, seen: set[str]) -> Iterator[File]:
        """What is at a path, or below it; it is reached by the name `named`, which links within the commit may differ
        from. Of files by several names one is taken."""
        if (
            path in seen
            or (mode.startswith("100") and not is_of_interest(named))
            or (found := self.object(oid)) is None
        ):
            return
        seen.add(path)
        if mode == _FOLDER:
            for mode, name, below in read_tree(found[2], len(oid) // 2):
                yield from self._at(commit, f"{path}/{name}", f"{named}/{name}", mode, below, seen)
        elif mode.startswith("100"):
            yield File(path, found[2], mode)
        elif mode == _LINK and (real := led_to(path, found[2].decode("utf-8", "surrogateescape"))):
            yield from self._by_name(commit, real, named, seen)

    def commit(self, base: str, ref: str, message: Message, files: Sequence[File]) -> str:
        """Commit files on top of `base`; a ref of ours names the commit, or where it is signed the one without that.

        The same commit has the same id every time, unless it is signed.
        """
        if self._writer is None:
            self._writer = helper(self.path, "fast-import", "--quiet", "--force", "--date-format=raw")
        stdin, stdout = self._writer.stdin, self._writer.stdout
        assert stdin
        assert stdout
        self._asked += 1
        text = message.text.encode()
        parts = [f"commit {ref}\nmark :1\n".encode(), message.who, f"data {len(text)}\n".encode(), text]
        parts.append(f"\nfrom {base}\n".encode())
        for file in files:
            parts += (f"M {file.mode} inline {_quoted(file.path)}\ndata {len(file.data)}\n".encode(), file.data, b"\n")
        parts.append(f"get-mark :1\ncheckpoint\nprogress done {self._asked}\n".encode())
        try:
            stdin.write(b"".join(parts))
            stdin.flush()
            oid = stdout.readline().decode().strip()
            done = stdout.readline()
        except BrokenPipeError:
            oid, done = "", b""
        if not oid or done != f"progress done {self._asked}\n".encode():
            self.close()
            if shutil.disk_usage(self.path).free < _LITTLE:
                raise full(self.path)
            raise broken(self.path)
        if message.identity.signing:
            return signed(self.path, oid, base, text, message.identity, message.at)
        return oid


class Committed:
    """What a commit has, as a place to ask."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository, self._commit = repository, commit

    def listed(self) -> set[str]:
        found = set()
        for mode, name in self._repository.names(self._commit):
            if mode != _FOLDER:
                found.add(name)
            elif name not in (*FOREIGN, FOLDER) and "\n" not in name:
                below = self._repository.names(self._commit, name)
                found |= {f"{name}/{each}" for mode, each in below if mode != _FOLDER}
        return found

    def files(self, path: str) -> Iterator[File]:
        if path.endswith("/"):
            yield from self._repository.below(self._commit, path.rstrip("/"))
        elif found := self._repository.file(self._commit, path):
            yield found


class Store(Repository):
    """One of our own bare stores."""

    def __init__(self, path: Path, number: int) -> None:
        super().__init__(path)
        self.number = number
        self.taken = 0
        self._made: dict[str, tuple[tuple[str, bytes], ...]] = {}

    def commit(self, base: str, ref: str, message: Message, files: Sequence[File]) -> str:
        """The same, for files that are there: without git, which would write a pack and its index for each."""
        try:
            wished = {file.path: (file.mode, file.data) for file in files}
            made = changed(self.object, base, message.who + b"\n" + message.text.encode(), wished)
        except OddError:
            return super().commit(base, ref, message, files)
        self._made = {made.commit: made.objects}
        if message.identity.signing:
            self._keep_made()
            return signed(self.path, made.commit, base, message.text.encode(), message.identity, message.at)
        return made.commit

    def _keep_made(self) -> None:
        """Let git see the commit that was made last."""
        try:
            for objects in self._made.values():
                keep(self.path / "objects", objects)
        except OSError as error:
            raise unwritable(self.path, error) from None
        self._made.clear()

    def fetch(self, url: Url, entry: int, what: str = "HEAD", name: str = "base", depth: int = 1) -> str:
        """Fetch one branch as shallow as can be, and return its commit. Raises `RepositoryError`."""
        if depth == 1:
            try:
                return fetching.fetch(url, what, self.path)
            except OddError:
                clear(self.path)
            except OSError as error:
                clear(self.path)
                raise unwritable(self.path, error) from None
        ref = f"refs/{name}/{entry}"
        answer = git(self.path, *_FETCH, f"--depth={depth}", "--", url.plain, f"+{what}:{ref}", url=url)
        if answer.code:
            clear(self.path)
            if _FULL in answer.err:
                raise full(self.path)
            raise fault_of(answer, url)
        found = self.object(ref)
        if found is None:
            raise RepositoryError(Fault.GIT, f"{url.plain}: git fetched nothing")
        return found[0]

    def ahead(self, url: Url, entry: int, what: str, base: str) -> int:
        """How many commits a branch has that another one, its base there, lacks. Raises `RepositoryError`."""
        ref = f"refs/branch/{entry}"
        answer = git(self.path, *_FETCH, f"--shallow-exclude={base}", "--", url.plain, f"+{what}:{ref}", url=url)
        if answer.code and "no commits selected" in answer.err:
            return 0
        if answer.code:
            clear(self.path)
            raise fault_of(answer, url)
        return int(git(self.path, "rev-list", "--count", ref).out)

    def push(
        self,
        url: Url,
        branch: str,
        commit: str,
        expected: str,
        options: Sequence[str] = (),
        *,
        unmoved: tuple[str, str] | None = None,
    ) -> Answer:
        """Push a commit, or nothing to delete the branch, only if the branch is still what was expected there.

        `options` are push options, which some hosts know, of one line each. `unmoved` is another branch and its
        commit, without which nothing is pushed. It is named as what is up to date there, so that git sends nothing
        about it, or rejects all: https://git-scm.com/docs/git-push#Documentation/git-push.txt---no-atomic
        """
        ref = f"refs/heads/{branch}"
        objects = self._made.get(commit, ())
        if not options and (objects or not commit):
            with suppress(OddError):
                stays = {f"refs/heads/{unmoved[0]}": unmoved[1]} if unmoved is not None else {}
                return send(url, Move(ref, expected, commit), objects, stays)
        self._keep_made()
        more, refs = [f"--force-with-lease={ref}:{expected}"], [f"{commit}:{ref}"]
        if unmoved is not None:
            other, there = f"refs/heads/{unmoved[0]}", unmoved[1]
            more += ["--atomic", f"--force-with-lease={other}:{there}"]
            refs.append(f"{there}:{other}")
        more += [f"--push-option={option}" for option in options]
        return git(self.path, "push", "--quiet", "--porcelain", *more, "--", url.plain, *refs, url=url)


def broken(store: Path) -> RepositoryError:
    """The failure of a store that cannot be written to."""
    return RepositoryError(Fault.GIT, f"{store}: git cannot write a commit")


def unwritable(store: Path, error: OSError) -> RepositoryError | CampaignError:
    """What an error of the disk means: a full one ends the run."""
    return full(store) if error.errno == errno.ENOSPC else broken(store)


def full(store: Path) -> CampaignError:
    """The end of a run whose disk is full."""
    return CampaignError(f"{store}: {_FULL}; make room and run the same command again")


def clear(store: Path) -> None:
    """Remove what a git that was killed, or failed, left in a store of ours: locks, and parts of what it fetched."""
    for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/*.lock", "objects/pack/tmp_*", "fast_import_crash_*"):
        for left in store.glob(pattern):
            left.unlink(missing_ok=True)


def read_tree(tree: bytes, length: int) -> Iterator[tuple[str, str, str]]:
    """Mode, name and id of each entry of a tree object whose ids have that many bytes."""
    place = 0
    while place < len(tree):
        end = tree.index(b"\0", place)
        mode, _, name = tree[place:end].partition(b" ")
        place = end + 1 + length
        yield mode.decode(), name.decode("utf-8", "surrogateescape"), tree[end + 1 : place].hex()


def _quoted(path: str) -> str:
    """A path quoted for fast-import."""
    octal = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f'"{octal}"'
