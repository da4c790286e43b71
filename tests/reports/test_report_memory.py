"""Tests that a report over many files needs the memory of a few, and is the same wherever outcomes are kept."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.kept import Kept
from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped, Unchanged
from migrator.policy import Policy
from migrator.reports.report import FORMATS, Report
from migrator.rule import Requirement, Safety
from tests.reports.conftest import changed, located

LARGE = 20_000
IN_BITS = [name for name, module in FORMATS.items() if hasattr(import_module(module), "pieces")]
SECRET = "9f86d081884c7d65"


def outcomes(count: int) -> Iterator[Outcome]:
    """Changes of files that have nothing in common."""
    for number in range(count):
        before = f"version: 2.1\n# {number}\n".ljust(LARGE, "#") + "\nimage: acme/app:1\n"
        edits = (TextEdit(len(before), len(before), "auth: {}\n"),)
        need = Requirement("context", "hub", ("USER", "PASS"))
        done = located("no-auth", 3, Safety.SAFE, f"the image of {number} has no auth", requirements=(need,))
        after = apply_edits(before, edits)
        yield Changed(f"{number}/.circleci/config.yml", before, after, edits, (done,), (), frozenset())


def peak(form: str, count: int) -> int:
    """The most bytes that are in memory while outcomes come, are kept and are reported."""
    module = import_module(FORMATS[form])
    tracemalloc.start()
    try:
        report = Report(Kept(outcomes(count), 10 * LARGE), Policy())
        length = sum(map(len, module.pieces(report)))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length > 100 * count
    return most


def test_there_are_formats_that_come_in_bits() -> None:
    assert {"text", "json", "junit"} <= set(IN_BITS)


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_record_of_a_file_is_kept_longer_than_its_report_needs(form: str) -> None:
    peak(form, 5)  # what is imported and remembered once
    few, many = peak(form, 60), peak(form, 240)
    # A path, and what the file needs: both are said at the end.
    assert (many - few) / 180 < LARGE / 10


@settings(max_examples=12)
@given(st.lists(st.integers(0, 4), max_size=6))
def test_reports_are_the_same_wherever_outcomes_are_kept(picked: list[int]) -> None:
    made: list[Outcome] = [
        changed("a/.circleci/config.yml", Requirement("context", "hub", ("USER",))),
        Unchanged("b.yml", (located("old", 1, Safety.REVIEW, f"{SECRET} is old", data=(("ecr-image", "x"),)),)),
        Failed("c.yml", f"line 1: {SECRET} is wrong", "old", (located("old", 9, Safety.MANUAL, "it is"),)),
        Skipped("d.yml", "is generated"),
        Unchanged("e.yml", secrets=frozenset({SECRET})),
    ]
    found = [made[number] for number in picked]
    for form, module in FORMATS.items():
        format_ = import_module(module)
        plain, kept = Report(tuple(found), Policy()), Report(Kept(found, 0), Policy())
        assert format_.render(plain) == format_.render(kept)
        if form in IN_BITS:
            assert "".join(format_.pieces(kept)) == format_.render(plain)
        if made[4] in found:
            assert SECRET not in format_.render(kept)


@pytest.mark.parametrize("form", FORMATS)
def test_a_secret_of_the_last_file_is_hidden_in_the_first(form: str) -> None:
    first = Unchanged("a.yml", (located("old", 1, Safety.REVIEW, f"`{SECRET}` is old"),))
    others = [Unchanged(f"{number}.yml") for number in range(40)]
    last = Unchanged("z.yml", secrets=frozenset({SECRET}))
    report = Report(Kept([first, *others, last], 0), Policy())
    assert SECRET not in import_module(FORMATS[form]).render(report)
