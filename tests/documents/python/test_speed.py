"""A script is read in a small multiple of the time that its parser takes to say where everything stands."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from migrator.documents.python.file import PythonScript
from tests.places import ROOT

MOST = 4


def best_of(run: Callable[[], object]) -> float:
    """Of the time of this process: whatever else the machine does makes no difference."""
    times = []
    for _ in range(5):
        gc.collect()
        start = process_time()
        run()
        times.append(process_time() - start)
    return min(times)


@pytest.mark.parametrize(
    "path", ["examples/generated/.circleci/generate_config.py", "tests/documents/python/scripts.py"]
)
def test_reading_takes_at_most_four_times_as_long_as_parsing(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    parsing = best_of(lambda: MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True).resolve(PositionProvider))
    assert best_of(lambda: PythonScript(text).parts()) < MOST * parsing
