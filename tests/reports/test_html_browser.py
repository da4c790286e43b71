"""The page for review, worked with in a real Chromium: as people do, and as screen readers see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.formats.html import render, render_page
from migrator.reports.html_page import File, Repository
from migrator.reports.html_page import Page as Content
from migrator.reports.report import Report
from migrator.rule import Safety
from tests.places import ROOT
from tests.reports import hostile
from tests.reports.conftest import located
from tests.reports.page import Open, address, cards, shows, status

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = ROOT / ".tools/node_modules/axe-core/axe.min.js"


# Looking


def test_kinds_come_first_each_with_a_sample(opened: Open, acme: Path) -> None:
    page = opened(acme)
    assert cards(page) == 5
    assert status(page) == "5 kinds in 11 repositories; 2 more without a change"
    page.locator(".card").last.scroll_into_view_if_needed()
    card = page.locator(".card", has_text="context on its job").first
    assert card.locator(".diff .a").count() > 0
    fold = card.locator(".fold button", has_text="of other kinds").first
    fold.click()
    assert card.locator(".diff .a .v").first.inner_text() == "$DOCKERHUB_USERNAME"
    card.locator("summary", has_text="other kind").click()
    assert "Nothing else changes for CircleCI" in card.locator(".proof").inner_text()


def test_a_repository_has_its_whole_diff_and_what_it_means(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=repositories&repository=executors")
    card = page.locator(".card")
    assert "Executor node (jobs unit and integration) pulls" in card.locator(".means").inner_text()
    lines = card.locator(".diff tr:not(.fold)").all_inner_texts()
    assert len(lines) > 20
    assert card.locator(".diff del").inner_text().strip() == "npm-publish"


def test_unchanged_lines_unfold(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=repositories&repository=executors")
    fold = page.locator(".fold button").first
    assert fold.inner_text() == "⋯ 7 unchanged lines"
    before = page.locator(".diff tr").count()
    fold.click()
    assert page.locator(".diff tr").count() == before + 6
    assert page.locator(".diff .ln").first.get_attribute("data-n") == "1"


def test_a_diff_is_unified_or_side_by_side(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=repositories&repository=shop")
    assert page.locator(".diff tbody tr:not(.fold)").first.locator("td").count() == 3
    unified = page.locator(".diff td.tx.a").all_inner_texts()
    page.keyboard.press("v")
    address(page, "diff=split")
    assert page.locator(".diff tbody tr:not(.fold)").first.locator("td").count() == 4
    assert page.locator(".diff td.tx.a").all_inner_texts() == unified
    changed = page.locator("tr", has=page.locator("td.tx.d")).first
    assert changed.locator("td.tx.a ins").count() >= 1, "the old and the new line stand beside one another"


def test_who_reads_a_diff_stays_at_it_when_it_is_drawn_side_by_side(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=repositories")
    page.get_by_role("button", name="flow", exact=True).click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator(".card.current h3").inner_text()
    opened_ = page.locator(".card h3 button[aria-expanded=true]").all_inner_texts()
    assert len(opened_) == 3
    page.keyboard.press("v")
    assert page.locator(".diff.split").count() == page.locator(".diff").count() > 0
    assert page.locator(".card.current h3").inner_text() == chosen
    assert page.locator(".card h3 button[aria-expanded=true]").all_inner_texts() == opened_


@pytest.mark.parametrize(
    ("host", "mark"),
    [("https://github.com/acme/x/blob/main", "#L"), ("https://bitbucket.org/acme/x/src/main", "#lines-")],
)
def test_findings_lead_to_their_lines_on_the_host(opened: Open, tmp_path: Path, host: str, mark: str) -> None:
    link = f"{host}/.circleci/src/jobs/build.yml"
    left = located("told", 3, Safety.MANUAL, "told")
    file = File(Unchanged("build.yml", (left,)), ".circleci/src/jobs/build.yml", link)
    content = Content("x", [Repository("r", (file,), "needs a person")], Policy())
    (tmp_path / "x.html").write_text(render_page(content))
    page = opened(tmp_path / "x.html")
    assert page.locator(".found a").first.get_attribute("href") == f"{link}{mark}3"


def test_rules_and_prerequisites_are_in_the_page(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=needs")
    assert "circleci context create docker-hub-creds" in page.locator("#needs").inner_text()
    assert page.locator("#list .card").count() == 0
    page.goto(f"{acme.as_uri()}#view=repositories&repository=broken")
    page.wait_for_function("() => document.querySelectorAll('.card').length === 1")
    page.locator(".found a", has_text="broken-auth").first.click()
    address(page, "view=rules")
    assert page.locator(".rule:focus").get_attribute("data-rule") == "broken-auth"
    assert "## " not in page.locator(".rule:focus").inner_text()


# Filters


def test_filters_are_kept_in_the_address(opened: Open, acme: Path) -> None:
    page = opened(acme)
    page.keyboard.press("/")
    page.keyboard.type("redis")
    address(page, "q=redis")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    address(page, "view=repositories")
    found = page.locator(".card h3").all_inner_texts()
    assert sorted(found) == ["executors", "flow"]
    again = opened(acme, page.evaluate("location.hash"))
    assert again.locator(".card h3").all_inner_texts() == found
    assert again.locator("#f-q").input_value() == "redis"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("f-rule", "broken-auth", ["broken"]),
        ("f-safety", "review", ["broken"]),
        ("f-state", "nothing to do", ["left-alone"]),
        ("f-repository", "SHO", ["shop"]),
        ("f-q", "selenium standalone", ["anchors"]),
    ],
)
def test_each_filter_leaves_what_it_says(opened: Open, acme: Path, field: str, value: str, expected: list[str]) -> None:
    page = opened(acme, "#view=repositories")
    control = page.locator(f"#{field}")
    (control.select_option if field in ("f-rule", "f-safety", "f-state") else control.fill)(value)
    shows(page, *expected)
    assert status(page) == "1 of 13 repositories"
    page.locator("#clear").click()
    assert status(page) == "13 of 13 repositories"


def test_plots_lead_to_what_they_show(opened: Open, acme: Path) -> None:
    page = opened(acme)
    page.locator(".overview summary").click()
    page.locator(".shares a", has_text="needs a person").click()
    shows(page, "broken")
    page.locator("a.tile").first.click()
    page.wait_for_function("() => document.body.dataset.view === 'kinds'")
    assert cards(page) == 1
    page.locator(".bars a", has_text="broken-auth").click()
    shows(page, "broken")


def test_an_address_that_somebody_mistyped_shows_something(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=shpes&safety=unsafe")
    assert status(page) == "0 of 13 repositories"
    page.locator("#clear").click()
    assert status(page) == "13 of 13 repositories"


def test_a_list_of_thousands_is_drawn_as_it_is_scrolled_to(opened: Open, campaign: Path) -> None:
    page = opened(campaign, "#view=repositories")
    assert cards(page) < 100
    while (drawn := cards(page)) < 120:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_function("drawn => document.querySelectorAll('.card').length > drawn", arg=drawn)
    assert cards(page) == 120


# Harm


def test_a_hostile_config_does_nothing(opened: Open, tmp_path: Path) -> None:
    rules = load_rules(("unauthenticated-image", "literal-secret"))
    outcome = run(".circleci/config.yml", hostile.CONFIG.encode(), rules, Policy(), choose_by_safety(review_too=True))
    (tmp_path / "x.html").write_text(render(Report((outcome,), Policy())), "utf-8")
    page = opened(tmp_path / "x.html")
    for view in ("kinds", "repositories", "needs", "rules"):
        page.locator(f".views [data-view={view}]").click()
        page.keyboard.press("j")
    page.locator(".views [data-view=repositories]").click()
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    assert page.evaluate("window.pwned") is None
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe").count() == 0
    assert "</script><script>window.pwned=1</script>" in page.locator("#list").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.locator(".views [data-view=kinds]").click()
    assert page.locator(".diff tr").count() > 10


def test_a_script_that_is_not_the_page_s_does_not_run(browser: Browser, acme: Path, tmp_path: Path) -> None:
    """The policy holds even where something had got in."""
    broken = acme.read_text("utf-8").replace("<main", "<script>window.pwned=1</script><b onclick='x'></b><main")
    (tmp_path / "x.html").write_text(broken, "utf-8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto((tmp_path / "x.html").as_uri())
    assert page.evaluate("window.pwned") is None
    assert any("Content Security Policy" in text for text in refused)
    page.close()


# Everybody


STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Page) -> list[tuple[str, str, str]]:
    """What axe-core finds. The policy keeps any script out of the page, so it is evaluated there."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("standards => axe.run(document, {runOnly: standards})", STANDARDS)
    nodes = [(each["id"], each["nodes"][0]) for each in found["violations"]]
    return [(name, node["html"][:200], node["failureSummary"]) for name, node in nodes]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
@pytest.mark.parametrize("place", ["#view=kinds", "#view=repositories&repository=o", "#view=needs", "#view=rules"])
def test_axe_finds_nothing(opened: Open, acme: Path, scheme: str, width: int, place: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not there: npm install --prefix .tools axe-core@4")
    # Colours that change slowly are measured when they have changed.
    size = {"width": width, "height": 900}
    page = opened(acme, place, color_scheme=scheme, viewport=size, reduced_motion="reduce")
    if "repositories" in place:
        page.keyboard.press("j")
        for summary in page.locator("#list summary").all():
            summary.click()
    page.keyboard.press("y")
    assert violations(page) == []


def test_dialogs_are_clean_too(opened: Open, acme: Path) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not there: npm install --prefix .tools axe-core@4")
    page = opened(acme)
    for button in ("#help", "#export"):
        page.locator(button).click()
        assert violations(page) == []
        page.keyboard.press("Escape")


def test_nothing_is_wider_than_a_telephone(opened: Open, acme: Path) -> None:
    page = opened(acme, viewport={"width": 360, "height": 740})
    for view in ("kinds", "repositories", "needs", "rules"):
        page.goto(f"{acme.as_uri()}#view={view}")
        page.wait_for_function("view => document.body.dataset.view === view", arg=view)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [1280, 1000, 360])
def test_words_of_the_treemap_stay_inside_their_tiles(opened: Open, campaign: Path, width: int) -> None:
    page = opened(campaign, viewport={"width": width, "height": 740})
    page.keyboard.press("t")
    places = page.evaluate(
        """() => [...document.querySelectorAll(".tile text")].filter((one) => one.checkVisibility()).map((one) => {
            const tile = one.parentElement.querySelector("rect").getBoundingClientRect();
            const words = one.getBoundingClientRect();
            return [one.textContent, words.left - tile.left, tile.right - words.right, tile.bottom - words.bottom];
        })"""
    )
    assert len(places) > 4
    assert [place for place in places if min(place[1:]) < 0] == []


def test_themes_can_be_chosen(opened: Open, acme: Path) -> None:
    page = opened(acme, color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.locator("#theme").click()
    assert page.evaluate(background) == light
    page.locator("#theme").click()
    assert page.evaluate(background) != light
    page.reload()
    assert page.locator("#theme").inner_text() == "Theme: dark"


def test_without_scripts_there_is_an_overview(opened: Open, acme: Path) -> None:
    page = opened(acme, java_script_enabled=False)
    page.locator(".overview summary").click()
    assert page.locator("noscript, .note").first.is_visible()
    assert page.locator("#needs").is_visible()
    assert page.locator(".bars li").count() == 2
