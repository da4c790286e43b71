"""Numbers of things read as a person writes them."""

from __future__ import annotations

import pytest

from migrator.results.counted import counted


@pytest.mark.parametrize(
    ("number", "one", "many", "words"),
    [
        (0, "file", "", "0 files"),
        (1, "file", "", "1 file"),
        (2, "file", "", "2 files"),
        (1, "repository", "", "1 repository"),
        (2, "repository", "", "2 repositories"),
        (3, "day", "", "3 days"),
        (1, "value is", "values are", "1 value is"),
        (2, "value is", "values are", "2 values are"),
    ],
)
def test_a_number_and_what_it_counts(number: int, one: str, many: str, words: str) -> None:
    assert counted(number, one, many) == words
