"""How many processes a run takes when nobody says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrator.engine import processors
from migrator.engine.processors import MOST, WORTH, fitting, usable


def files(folder: Path, *sizes: int) -> list[str]:
    found = []
    for number, size in enumerate(sizes):
        path = folder / f"{number}.yml"
        path.write_bytes(b"#" * size)
        found.append(str(path))
    return found


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "usable", lambda: 64)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("sizes", "jobs"),
    [
        ((), 1),
        ((10,) * 150, 1),
        ((WORTH, WORTH - 1), 1),
        ((WORTH, WORTH), 2),
        ((WORTH // 50,) * 101, 2),
        ((WORTH,) * 30, MOST),
    ],
)
def test_the_size_decides_and_not_the_number(tmp_path: Path, sizes: tuple[int, ...], jobs: int) -> None:
    assert fitting(files(tmp_path, *sizes)) == jobs


@pytest.mark.usefixtures("many")
def test_what_is_not_there_counts_nothing(tmp_path: Path) -> None:
    assert fitting([str(tmp_path / "missing.yml"), *files(tmp_path, WORTH)]) == 1


def test_one_processor_is_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "usable", lambda: 1)
    assert fitting(files(tmp_path, *(WORTH,) * 4)) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to processors")
def test_a_process_bound_to_one_processor_has_one() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable() == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("limit", "processors_"),
    [
        ("max 100000\n", None),
        ("100000 100000\n", 1),
        ("150000 100000\n", 1),
        ("50000 100000\n", 1),
        ("400000 100000\n", 4),
        ("-1 100000\n", None),
        ("", None),
        ("100000 0\n", None),
    ],
)
def test_a_container_may_have_fewer(tmp_path: Path, limit: str, processors_: int | None) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    nothing = tmp_path / "quota", tmp_path / "period"
    assert processors._limit(tmp_path / "cpu.max", nothing) == processors_
    for path, text in zip(nothing, limit.split() or ["", ""], strict=True):
        path.write_text(f"{text}\n")
    assert processors._limit(tmp_path / "missing", nothing) == processors_
