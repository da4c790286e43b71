"""Packs of objects, as git sends and stores them: https://git-scm.com/docs/gitformat-pack

Small ones are read and indexed here, which takes less time than to start git for it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from migrator.bulk.wire.talking import OddError

_KINDS = ("", "commit", "tree", "blob", "tag")
_OFFSET_DELTA = 6
_HEAD, _DIGEST = 12, 20
MOST_OBJECTS = 200
MOST_BYTES = 500_000
"""How much of a pack is read here; git is quicker with more."""
_MOST_CONTENT = 10_000_000
"""Bytes of all contents together: a pack of few bytes may hold any number."""


class Packed(NamedTuple):
    """An object of a pack: its id as bytes, where it begins and the checksum of what is there."""

    oid: bytes
    place: int
    checksum: int


class _Content(NamedTuple):
    kind: str
    data: bytes


def is_small(head: bytes) -> bool:
    """Whether a pack that begins so is one to read here, if it is no longer than `MOST_BYTES`."""
    return len(head) >= _HEAD and head[:8] == b"PACK\0\0\0\2" and _count(head) <= MOST_OBJECTS


def _count(pack: bytes) -> int:
    return int.from_bytes(pack[8:_HEAD], "big")


def objects_of(pack: bytes) -> list[Packed]:
    """What is in a small pack. `OddError` where it is damaged, or has what only git reads."""
    end = len(pack) - _DIGEST
    if not is_small(pack) or hashlib.sha1(pack[:end], usedforsecurity=False).digest() != pack[end:]:
        raise OddError
    view, place, room = memoryview(pack)[:end], _HEAD, _MOST_CONTENT
    contents: dict[int, _Content] = {}
    found = []
    try:
        for _ in range(_count(pack)):
            begin = place
            number, size, place = _read_head(view, place)
            base = None
            if number == _OFFSET_DELTA:
                back, place = _read_offset(view, place)
                base = contents[begin - back]
            elif not 0 < number < len(_KINDS):
                raise OddError
            data, place = _inflated(view, place, size, room)
            content = _Content(_KINDS[number], data) if base is None else _Content(base.kind, _patched(base.data, data))
            room -= len(data) + (len(content.data) if base is not None else 0)
            contents[begin] = content
            found.append(Packed(_id(content), begin, zlib.crc32(view[begin:place])))
    except (IndexError, KeyError, zlib.error):
        raise OddError from None
    if place != end or room < 0:
        raise OddError
    return found


def _id(content: _Content) -> bytes:
    head = f"{content.kind} {len(content.data)}\0".encode()
    return hashlib.sha1(head + content.data, usedforsecurity=False).digest()


def _read_head(view: memoryview, place: int) -> tuple[int, int, int]:
    """Number of the kind, size, and where the next field begins."""
    byte = view[place]
    number, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 0x80:
        place += 1
        byte = view[place]
        size |= (byte & 0x7F) << shift
        shift += 7
    return number, size, place + 1


def _read_offset(view: memoryview, place: int) -> tuple[int, int]:
    byte = view[place]
    back = byte & 0x7F
    while byte & 0x80:
        place += 1
        byte = view[place]
        back = (back + 1) << 7 | byte & 0x7F
    return back, place + 1


def _inflated(view: memoryview, place: int, size: int, room: int) -> tuple[bytes, int]:
    """The content of so many bytes that is compressed at a place, and where it ends."""
    if size > room:
        raise OddError
    reader, found = zlib.decompressobj(), b""
    while not reader.eof:
        if place >= len(view) or len(found) > size:
            raise OddError
        part = view[place : place + 1024 + size]
        found += reader.decompress(reader.unconsumed_tail + bytes(part), size + 1 - len(found))
        place += len(part)
    if len(found) != size:
        raise OddError
    return found, place - len(reader.unused_data)


def _patched(base: bytes, delta: bytes) -> bytes:
    """What a delta makes of its base."""
    expected, place = _read_size(delta, 0)
    size, place = _read_size(delta, place)
    if expected != len(base) or size > _MOST_CONTENT:
        raise OddError
    parts, made = [], 0
    while place < len(delta) and made <= size:
        order = delta[place]
        place += 1
        if order & 0x80:
            values = []
            for bits in ((1, 2, 4, 8), (16, 32, 64)):
                value = 0
                for number, bit in enumerate(bits):
                    if order & bit:
                        value |= delta[place] << 8 * number
                        place += 1
                values.append(value)
            begin, length = values[0], values[1] or 0x10000
            part = base[begin : begin + length]
        elif order:
            part = delta[place : place + order]
            length = order
            place += order
        else:
            raise OddError
        if len(part) != length:
            raise OddError
        parts.append(part)
        made += length
    if made != size:
        raise OddError
    return b"".join(parts)


def _read_size(delta: bytes, place: int) -> tuple[int, int]:
    size = shift = 0
    while True:
        byte = delta[place]
        place += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return size, place


def keep(pack: bytes, objects: Iterable[Packed], folder: Path) -> None:
    """Put a pack and its index into a folder of packs. The index appears last: with it the pack counts."""
    path = folder / f"pack-{pack[-_DIGEST:].hex()}.pack"
    path.write_bytes(pack)
    (temporary := folder / f"tmp_{path.stem}").write_bytes(_index(pack, sorted(objects)))
    temporary.replace(path.with_suffix(".idx"))


def _index(pack: bytes, objects: Sequence[Packed]) -> bytes:
    counts = [0] * 256
    for each in objects:
        counts[each.oid[0]] += 1
    total, fan = 0, []
    for count in counts:
        total += count
        fan.append(total)
    body = b"".join((
        b"\xfftOc\0\0\0\2",
        struct.pack(">256I", *fan),
        *(each.oid for each in objects),
        struct.pack(f">{total}I", *(each.checksum for each in objects)),
        struct.pack(f">{total}I", *(each.place for each in objects)),
        pack[-_DIGEST:],
    ))  # fmt: skip
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def packed(objects: Iterable[tuple[str, bytes]]) -> bytes:
    """A pack of objects, each a kind and its content."""
    parts = [b""]
    for kind, data in objects:
        size, byte = len(data) >> 4, _KINDS.index(kind) << 4 | len(data) & 15
        head = bytearray()
        while size:
            head.append(byte | 0x80)
            byte, size = size & 0x7F, size >> 7
        head.append(byte)
        parts.append(bytes(head) + zlib.compress(data))
    parts[0] = b"PACK\0\0\0\2" + (len(parts) - 1).to_bytes(4, "big")
    whole = b"".join(parts)
    return whole + hashlib.sha1(whole, usedforsecurity=False).digest()
