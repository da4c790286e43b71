"""What a screen and a sheet of paper have room for: the first decision, what folds away, the printed summary."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.html import first_screen, organisation, printed_pages
from migrator.reports.formats.html import render_page
from tests.reports.page import Open, status

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (360, 740)])
def test_the_first_decision_is_on_the_first_screen(opened: Open, campaign: Path, width: int, height: int) -> None:
    page = opened(campaign, viewport={"width": width, "height": height})
    places = first_screen(page)
    assert {what: place for what, place in places.items() if place > places["dock"]} == {}


def test_the_first_decision_is_there_in_a_run_over_files_too(opened: Open, acme: Path) -> None:
    places = first_screen(opened(acme, viewport={"width": 1440, "height": 900}))
    assert max(places.values()) == places["dock"]


def test_plots_fold_away_and_one_line_says_what_is_left(opened: Open, campaign: Path) -> None:
    page = opened(campaign)
    assert page.locator(".plots").is_hidden()
    assert re.fullmatch(r"0 of 119 decided, 119 left in \d+ kinds", page.locator("#left").inner_text())
    page.keyboard.press("t")
    teams = page.locator(".teams a")
    assert teams.first.inner_text().splitlines()[1].endswith(" left")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("n")
    widths = [float(each.get_attribute("width") or 0) for each in page.locator(".teams .no").all()]
    assert sum(widths) > 0
    assert not page.locator("#left").inner_text().startswith("0 of")


def test_what_is_missing_at_circleci_comes_before_everything(opened: Open, campaign: Path, tmp_path: Path) -> None:
    page = opened(campaign)
    banner = page.locator(".lacking.alarm")
    assert "docker-hub-creds does not exist in gh/acme (asked 2026-11-30 15:04 UTC)" in banner.inner_text()
    tops = page.evaluate("['.lacking', '.overview', '.card'].map(each => document.querySelector(each).offsetTop)")
    assert tops == sorted(tops)
    known = replace(organisation(3), missing=("everything that the changes need exists at CircleCI",))
    (tmp_path / "x.html").write_text(render_page(known), "utf-8")
    page = opened(tmp_path / "x.html")
    assert page.locator(".lacking.alarm").count() == 0
    assert page.locator(".lacking").inner_text().startswith("At CircleCI: everything")


def test_a_run_over_files_says_that_circleci_was_not_asked(opened: Open, acme: Path) -> None:
    page = opened(acme)
    assert re.match(
        r"Before you merge: \d+ prerequisites must exist at CircleCI", page.locator(".lacking").inner_text()
    )
    page.locator(".lacking a").click()
    page.wait_for_function("() => document.body.dataset.view === 'needs'")


@pytest.mark.parametrize("which", ["campaign", "acme"])
def test_paper_has_a_summary_of_two_pages_at_most(opened: Open, request: pytest.FixtureRequest, which: str) -> None:
    page = opened(request.getfixturevalue(which), color_scheme="dark")
    page.keyboard.press("y")
    page.keyboard.press("e")
    page.keyboard.type("wait for the new base image")
    page.keyboard.press("Enter")
    assert 1 <= printed_pages(page) <= 2
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown = page.locator("#printed").inner_text()
    for words in ("Before you merge", "Kinds of change", "approved", "rejected: wait for the new base image", "States"):
        assert words in shown
    for selector in (".card", ".views", "#filters", "#dock", "#rules", ".diff"):
        assert page.locator(selector).filter(visible=True).count() == 0
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 27, 38)", "paper is white"


def headings(page: Page) -> list[str]:
    return [each.partition("\n")[0] for each in page.locator(".heading").all_inner_texts()]


def test_repositories_are_grouped_by_owner(opened: Open, campaign: Path) -> None:
    page = opened(campaign, "#view=repositories&group=owner&repository=-000")
    found = headings(page)
    assert found[0].startswith("@acme/payments 2 repositories, 2 to decide")
    assert found[-1].startswith("no owner")
    page.keyboard.press("G")
    page.wait_for_function("() => location.hash.includes('group=topic')")
    assert [each.partition(" ")[0] for each in headings(page)] == ["go", "no"]
    page.locator("#f-owner").select_option("@acme/search")
    page.wait_for_function("() => document.querySelectorAll('.card').length === 2")


def test_kinds_are_sorted_and_grouped(opened: Open, campaign: Path) -> None:
    page = opened(campaign, "#view=kinds&sort=name")
    names = page.locator(".card h3").all_inner_texts()
    assert names == sorted(names)
    page.keyboard.press("y")
    page.locator("#f-sort").select_option("left")
    first = page.locator(".card").first
    assert first.get_attribute("data-answer") == "0"
    page.locator("#f-group").select_option("owner")
    assert headings(page)[0].startswith("@acme/")


def test_a_fact_of_a_kind_leads_to_those_that_have_it(opened: Open, campaign: Path) -> None:
    page = opened(campaign)
    link = page.locator(".facts a").first
    count = int(link.locator("b").inner_text())
    name = link.inner_text().rsplit(" ", 1)[0]
    link.click()
    page.wait_for_function("() => document.querySelectorAll('.card').length === 1")
    assert page.locator(".chip").inner_text() == f"{count} match"
    assert name in page.locator(".card .body").inner_text()
    page.locator(".facts a[aria-current]").click()
    page.wait_for_function("() => !document.querySelector('.card .chip')")


def test_another_repository_of_a_kind_is_a_key_away(opened: Open, campaign: Path) -> None:
    page = opened(campaign)
    page.keyboard.press("j")
    sample = page.locator(".card.current .body > p a")
    before = sample.inner_text()
    page.keyboard.press("m")
    assert sample.inner_text() != before
    page.keyboard.press("r")
    page.wait_for_function("() => document.body.dataset.view === 'repositories'")
    assert status(page) == "119 of 120 repositories; only context on its job"
