"""Tests of processes that work through a list."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from migrator.engine import workers
from migrator.engine.workers import Workers


def begin(folder: str) -> Callable[[int], int]:
    return partial(work, Path(folder))


def work(folder: Path, item: int) -> int:
    """The first item takes long, and says how many others were done meanwhile."""
    if item == 0:
        time.sleep(1)
        return len(list(folder.iterdir()))
    (folder / str(item)).touch()
    return item


def test_results_come_in_order_and_few_wait_for_a_slow_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MOST_READY", 5)
    done: Workers[int, int] = Workers(2, begin, (str(tmp_path),), 0)
    meanwhile, *others = done.results(range(40))
    assert others == list(range(1, 40))
    assert isinstance(meanwhile, int)
    assert meanwhile < 5
