"""Moving a branch of a repository of this machine: https://git-scm.com/docs/pack-protocol#_pushing_data_to_a_server"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from migrator.bulk.git import PATIENCE, Answer, Url
from migrator.bulk.wire.local import path_of
from migrator.bulk.wire.packs import packed
from migrator.bulk.wire.talking import FLUSH, OddError, Talk, packet

NONE = "0" * 40
_NEEDED = frozenset(("report-status", "side-band-64k", "delete-refs"))
_STALE = "! [rejected] (stale info)"
"""As git says it of a lease."""


class Move(NamedTuple):
    """From which commit to which a branch is moved, nothing for one that is not there."""

    ref: str
    before: str
    after: str


def send(url: Url, move: Move, objects: Iterable[tuple[str, bytes]], unmoved: Mapping[str, str]) -> Answer:
    """Move a branch and give what git would have said: https://git-scm.com/docs/git-push

    The host moves it only from the commit that is named; `unmoved` are others, which have to be at these commits when
    the host lists them, as it does before. `OddError` where nothing was sent and git itself has to be asked.
    """
    with Talk("receive-pack", path_of(url), url, PATIENCE) as talk:
        there, able = _listed(talk)
        if not able >= _NEEDED or ("object-format=sha1" not in able and any(a.startswith("object-f") for a in able)):
            raise OddError
        if there.get(move.ref, "") != move.before or any(there.get(ref) != commit for ref, commit in unmoved.items()):
            talk.send(FLUSH)
            return Answer(1, b"", _STALE)
        if unmoved and "atomic" not in able:
            talk.send(FLUSH)
            return Answer(1, b"", "the receiving end does not support atomic pushes")
        wished = [name for name in ("report-status", "side-band-64k", "atomic", "quiet") if name in able]
        line = f"{move.before or NONE} {move.after or NONE} {move.ref}\0{' '.join(wished)} agent=migrate"
        pack = packed(objects) if move.after else b""
        words: list[bytes] = []
        report: bytes = b""
        try:
            talk.send(packet(line), FLUSH, pack)
            talk.end()
            report = b"".join(talk.side_band(words))
        except OddError:  # Whether it was moved is seen when the host is asked again.
            return Answer(1, b"", f"{_said(words)}fatal: the remote end hung up unexpectedly")
    return _answer(report, move.ref, words)


def _listed(talk: Talk) -> tuple[dict[str, str], frozenset[str]]:
    """The commits of all refs, and what the host is able to do."""
    there, able = {}, ""
    for number, line in enumerate(talk.lines()):
        if number == 0:
            line, _, able = line.partition("\0")
        oid, _, name = line.partition(" ")
        there[name] = oid
    return there, frozenset(able.split())


def _answer(report: bytes, ref: str, words: Sequence[bytes]) -> Answer:
    lines = _packets(report)
    if lines[:1] == ["unpack ok"] and f"ok {ref}" in lines:
        return Answer(0, b"", "")
    why = next((line.removeprefix(f"ng {ref} ") for line in lines if line.startswith(f"ng {ref} ")), "")
    if lines[:1] != ["unpack ok"]:
        why = f"{why or 'failed'}; {lines[0] if lines else 'no report'}"
    return Answer(1, b"", f"{_said(words)}! [remote rejected] ({why})")


def _packets(report: bytes) -> list[str]:
    found, place = [], 0
    try:
        while size := int(report[place : place + 4] or b"0", 16):
            found.append(report[place + 4 : place + size].decode("utf-8", "replace").rstrip("\n"))
            place += max(size, 4)
    except ValueError:
        pass
    return found


def _said(words: Iterable[bytes]) -> str:
    text = b"".join(words).decode("utf-8", "replace")
    return "".join(f"remote: {line}\n" for line in text.splitlines())
