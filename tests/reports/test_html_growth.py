"""The page of ten times the repositories is ten times as large, and hardly slower to open and to filter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.html import chromium, measured, organisation
from migrator.reports.html import render_page

SMALL, LARGE = 200, 2000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    large = organisation(LARGE)
    found = {}
    for count in (1, SMALL, LARGE):
        page = replace(large, repositories=large.repositories[:count])
        found[count] = tmp_path_factory.mktemp("pages") / f"{count}.html"
        found[count].write_text(render_page(page), "utf-8")
    return found


def test_the_file_grows_no_faster_than_the_repositories(files: dict[int, Path]) -> None:
    fixed, small, large = (files[count].stat().st_size for count in (1, SMALL, LARGE))
    assert large - fixed < 11 * (small - fixed)
    assert large < 25_000_000


def test_opening_and_filtering_grow_more_slowly_than_the_repositories(files: dict[int, Path]) -> None:
    if not chromium():
        pytest.skip("there is no Chromium here: apt-get install chromium")
    small, large = measured(files[SMALL], rounds=3), measured(files[LARGE], rounds=3)
    for what, milliseconds in large.items():
        # What a browser takes for any page at all is no growth; a machine that is busy is no fault of the page.
        assert milliseconds < 5 * max(small[what], 100), what
