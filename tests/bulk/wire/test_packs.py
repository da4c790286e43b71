"""Small packs are read as git reads them, and nothing damaged counts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.bulk.blobs import blob_id
from migrator.bulk.wire.packs import keep, objects_of, packed
from migrator.bulk.wire.talking import OddError
from tests.bulk.repositories import git, make_bare

CONTENTS = st.lists(st.binary(max_size=300) | st.integers(1, 70_000).map(bytes), max_size=6)


@given(CONTENTS)
def test_what_is_packed_is_read_again(contents: list[bytes]) -> None:
    found = objects_of(packed([("blob", each) for each in contents]))
    assert [each.oid.hex() for each in found] == [blob_id(each) for each in contents]


@given(CONTENTS, st.data())
def test_a_damaged_pack_is_not_read(contents: list[bytes], data: st.DataObject) -> None:
    pack = bytearray(packed([("blob", each) for each in contents]))
    place = data.draw(st.integers(0, len(pack) - 1))
    pack[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OddError):
        objects_of(bytes(pack))


@given(CONTENTS.filter(bool), st.data())
def test_damage_that_has_a_right_checksum_is_not_read_or_has_other_ids(
    contents: list[bytes], data: st.DataObject
) -> None:
    pack = bytearray(packed([("blob", each) for each in contents])[:-20])
    place = data.draw(st.integers(8, len(pack) - 1))
    pack[place] ^= data.draw(st.integers(1, 255))
    whole = bytes(pack) + hashlib.sha1(bytes(pack)).digest()
    try:
        found = objects_of(whole)
    except OddError:
        return
    assert len(found) == len(contents)


def test_a_few_bytes_that_hold_a_gigabyte_are_left_to_git() -> None:
    with pytest.raises(OddError):
        objects_of(packed([("blob", bytes(11_000_000))]))


def _similar(count: int) -> dict[str, str]:
    text = "".join(f"line {number} of a file\n" for number in range(300))
    return {f"file{number}": f"{text}{number}\n{text[number:]}" for number in range(count)}


def test_deltas_are_read_and_git_reads_what_is_kept(tmp_path: Path) -> None:
    make_bare(tmp_path / "host", _similar(9))
    listed = git(tmp_path / "host", "rev-list", "--objects", "--no-object-names", "main")
    git(tmp_path / "host", "pack-objects", "-q", "--delta-base-offset", str(tmp_path / "made"), given=f"{listed}\n")
    [made] = tmp_path.glob("made-*.pack")
    deltas = git(tmp_path / "host", "verify-pack", "-v", str(made)).count("\n") - 9
    found = objects_of(made.read_bytes())
    assert sorted(each.oid.hex() for each in found) == sorted(listed.split())
    make_bare(tmp_path / "store", {})
    keep(made.read_bytes(), found, tmp_path / "store" / "objects" / "pack")
    [index] = (tmp_path / "store" / "objects" / "pack").glob("*.idx")
    assert "chain length" in git(tmp_path / "store", "verify-pack", "-v", str(index))
    assert deltas
    assert index.read_bytes() == made.with_suffix(".idx").read_bytes()
