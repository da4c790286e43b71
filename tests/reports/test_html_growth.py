"""The page of ten times the repositories is ten times as large, and opens and filters by ten times the work at most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.html import FILTERS, organisation
from migrator.reports.formats.html import render_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SMALL, LARGE = 30, 300  # `make bench` takes 10,000


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
    assert large < 12_500 * LARGE


def test_opening_and_filtering_grow_no_faster_than_the_repositories(files: dict[int, Path], browser: Browser) -> None:
    """Counted in calls of functions, which are the same on any machine; `make bench` measures the time."""
    small, large = Work(browser, files[SMALL]), Work(browser, files[LARGE])
    assert large.drawn < 2 * small.drawn, "what nobody looks at is not drawn"
    assert large.opening < 11 * small.opening
    assert large.first < 11 * small.first
    slowest = max(small.filters.values())
    assert {what: count for what, count in large.filters.items() if count >= 11 * slowest} == {}


class Work:
    """Calls of the page's functions until it is open, for the first filter and for each later one."""

    def __init__(self, browser: Browser, file: Path) -> None:
        self._page = browser.new_page(viewport={"width": 1280, "height": 900})
        # What filters look at is gathered when they first ask for it, and not some time before.
        self._page.add_init_script("window.requestIdleCallback = () => 0")
        self._profiler = self._page.context.new_cdp_session(self._page)
        self._profiler.send("Profiler.enable")
        self._profiler.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
        self._url = file.as_uri()  # the page's own comes to hold its filters
        self._page.goto(self._url)
        self.opening = self._since()
        self.drawn = self._page.locator("*").count()
        self.first = self._filter("f-q", "billing")
        self.filters: dict[str, int] = {}
        for view in ("kinds", "repositories"):
            for field, value in FILTERS:
                self.filters[f"{view} {field} {value}"] = self._filter(field, value)
            self._page.keyboard.press("g")
        self._page.close()

    def _filter(self, field: str, value: str) -> int:
        self._since()
        self._page.evaluate(
            "([field, value]) => { const input = document.getElementById(field); input.value = value;"
            "input.dispatchEvent(new Event('input', { bubbles: true })); }",
            [field, value],
        )
        return self._since()

    def _since(self) -> int:
        """The calls since it was last asked."""
        scripts = self._profiler.send("Profiler.takePreciseCoverage")["result"]
        functions = [each for script in scripts if script["url"] == self._url for each in script["functions"]]
        return sum(function["ranges"][0]["count"] for function in functions)
