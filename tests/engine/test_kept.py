"""Tests of outcomes that are kept, most of them on the disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.documents.edits import TextEdit
from migrator.engine.kept import Kept
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.rule import Safety

WORD = st.text(max_size=40)
FOUND = st.builds(
    Located, st.just("r"), st.integers(1, 9), st.just(1), WORD, st.sampled_from(Safety), WORD, st.booleans()
)
FINDINGS = st.lists(FOUND, max_size=2).map(tuple)
SECRETS = st.frozensets(WORD, max_size=2)
OUTCOMES = st.one_of(
    st.builds(Changed, WORD, WORD, WORD, st.just((TextEdit(0, 0, "x"),)), FINDINGS, FINDINGS, SECRETS),
    st.builds(Unchanged, WORD, FINDINGS, SECRETS),
    st.builds(Skipped, WORD, WORD, SECRETS),
    st.builds(Failed, WORD, WORD, WORD, FINDINGS, SECRETS),
)


@given(st.lists(OUTCOMES, max_size=12), st.integers(0, 3000), st.lists(st.tuples(st.integers(0, 99), OUTCOMES)))
def test_whatever_fits_into_memory_the_same_come_back(
    outcomes: list[Outcome], room: int, others: list[tuple[int, Outcome]]
) -> None:
    kept = Kept(outcomes, room)
    for number, other in others if outcomes else ():
        kept.replace(number % len(outcomes), other)
        outcomes[number % len(outcomes)] = other
    assert list(kept) == outcomes
    assert len(kept) == len(outcomes)
    assert [kept[number] for number in reversed(range(len(kept)))] == outcomes[::-1]
    assert kept[1:3] == outcomes[1:3]


def test_more_can_be_appended_while_they_are_read() -> None:
    kept = Kept((Unchanged(str(number)) for number in range(10)), 2000)
    for number, outcome in enumerate(kept):
        if number < 10:
            kept.append(Skipped(outcome.path, "again"))
    assert [outcome.path for outcome in kept] == [str(number) for number in range(10)] * 2


def test_there_is_none_before_the_first_and_behind_the_last() -> None:
    kept = Kept(map(Unchanged, "abc"), 0)
    assert kept[-1] == Unchanged("c")
    for number in (3, -4):
        with pytest.raises(IndexError):
            kept[number]


def test_a_few_need_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    assert len(Kept(Changed("a.yml", "x" * 9000, "y" * 9000, (), (), (), frozenset()) for _ in range(200))) == 200


def test_the_file_has_no_name_and_no_other_user_can_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = Kept((Unchanged("a.yml", secrets=frozenset({"hunter22"})) for _ in range(9)), 0)
    status = os.fstat(kept._handle)
    assert (status.st_nlink, status.st_mode & 0o777) == (0, 0o600)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_everything_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    kept = Kept(map(Unchanged, "abc"), 0)
    assert list(kept) == list(map(Unchanged, "abc"))


def test_a_disk_that_fills_up_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(map(Unchanged, "abc"), 0)
    monkeypatch.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    kept.extend(map(Unchanged, "def"))
    assert list(kept) == list(map(Unchanged, "abcdef"))
