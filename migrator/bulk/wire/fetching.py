"""Asking a repository of this machine for its branches and one commit: https://git-scm.com/docs/protocol-v2"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from migrator.bulk.git import PATIENCE, Url, helper
from migrator.bulk.wire.local import path_of
from migrator.bulk.wire.packs import MOST_BYTES, is_small, keep, objects_of
from migrator.bulk.wire.talking import DELIMITER, FLUSH, OddError, Talk, packet

_FORMAT = "object-format=sha1"
_OID = re.compile(r"[0-9a-f]{40}")
_ASKED: Final = b"".join(map(packet, ("no-progress\n", "ofs-delta\n", "deepen 1\n")))


def refs_of(url: Url, names: Collection[str]) -> dict[str, str]:
    """The commits of those of these names, `HEAD` or whole ones of branches, that are there. `OddError`."""
    with _talk(url) as talk:
        return _refs(talk, names)


def fetch(url: Url, name: str, store: Path) -> str:
    """Put the commit of a name into a store of ours, without its history, and return its id.

    Only for the thread that the store belongs to. `OddError` where git has to be asked, or there is no such name.
    """
    with _talk(url) as talk:
        if not (commit := _refs(talk, (name,)).get(name, "")):
            raise OddError
        talk.send(
            packet("command=fetch\n"), packet(_FORMAT), DELIMITER, _ASKED, packet(f"want {commit}\n"),
            packet("done\n"), FLUSH,
        )  # fmt: skip
        shallow = [line.removeprefix("shallow ") for line in _section(talk, "shallow-info")]
        if any(_OID.fullmatch(each) is None for each in shallow):
            raise OddError
        _take_pack(talk.side_band([]), store)
    _cut(store, shallow)
    return commit


def _talk(url: Url) -> Talk:
    return Talk("upload-pack", path_of(url), url, PATIENCE, "version=2")


def _refs(talk: Talk, names: Collection[str]) -> dict[str, str]:
    known = list(talk.lines())
    if known[:1] != ["version 2"] or (
        any(line.startswith("object-format=") for line in known) and _FORMAT not in known
    ):
        raise OddError
    prefixes = (packet(f"ref-prefix {name}\n") for name in names)
    talk.send(packet("command=ls-refs\n"), packet(_FORMAT), DELIMITER, *prefixes, FLUSH)
    listed = [line.partition(" ") for line in talk.lines()]
    return {name: oid for oid, _, name in listed if name in names and _OID.fullmatch(oid)}


def _section(talk: Talk, name: str) -> list[str]:
    """The lines of a section of an answer that may be left out, up to where the pack begins."""
    found: list[str] = []
    while (title := next(talk.lines(), "")) != "packfile":
        if title != name:
            raise OddError
        found += talk.lines()
    return found


def _take_pack(parts: Iterator[bytes], store: Path) -> None:
    head, size = b"", 0
    for part in parts:
        head += part
        size = len(head)
        if size > MOST_BYTES or (size >= 12 and not is_small(head)):
            break
    if size <= MOST_BYTES and is_small(head):
        try:
            keep(head, objects_of(head), store / "objects" / "pack")
        except OddError:
            parts = iter(())
        else:
            return
    with helper(store, "index-pack", "--stdin") as process:
        assert process.stdin
        try:
            process.stdin.write(head)
            for part in parts:
                process.stdin.write(part)
            process.communicate()
        except OSError:
            raise OddError from None
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise OddError


def _cut(store: Path, commits: list[str]) -> None:
    """Note which commits have parents that are not there."""
    known = (store / "shallow").read_text().split() if (store / "shallow").exists() else []
    if fresh := [each for each in commits if each not in known]:
        (lock := store / "shallow.lock").write_text("".join(f"{each}\n" for each in (*known, *fresh)))
        lock.replace(store / "shallow")
