"""The site as it is built: links lead somewhere, nothing comes from elsewhere, every page is found and in the menu."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from release.site import adapted, build, pages
from tests.places import ROOT

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What a page links to, what it loads, and where links into it can lead."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.ids: set[str] = set()
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag in LOADED and LOADED[tag] in given and given.get("rel") != "canonical":
            self.loads.add(given[LOADED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("zensical")
    folder = tmp_path_factory.mktemp("site") / "site"
    build(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def built(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in site.rglob("*.html") if file.name != "404.html"}


def dead(built: dict[Path, Page]) -> Iterator[tuple[str, str]]:
    for file, page in built.items():
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = Path((file.parent / unquote(parts.path)).resolve()) if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (parts.fragment and target in built and parts.fragment not in built[target].ids):
                yield file.name, link


def test_every_link_and_anchor_leads_somewhere(built: dict[Path, Page]) -> None:
    assert len(built) > 25
    assert sum(len(page.links) for page in built.values()) > 500
    assert sorted(dead(built)) == []


def test_nothing_is_loaded_from_elsewhere(built: dict[Path, Page]) -> None:
    assert {load for page in built.values() for load in page.loads if urlsplit(load).netloc} == set()


def test_every_page_is_there_and_is_found_by_a_search(site: Path) -> None:
    found = {urlsplit(item["location"]).path for item in json.loads((site / "search.json").read_text("utf-8"))["items"]}
    wanted = {name.removesuffix(".md") + ".html" for name in pages(ROOT)}
    assert {name for name in wanted if not (site / name).is_file()} == set()
    assert wanted - found - {"index.html"} == set()


def test_light_and_dark_follow_the_system_and_can_be_chosen(built: dict[Path, Page], site: Path) -> None:
    text = (site / "index.html").read_text("utf-8")
    assert set(re.findall(r'data-md-color-scheme="(\w+)"', text)) >= {"default", "slate"}
    assert "prefers-color-scheme" in text


def named(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        for each in entry.values():
            yield from named(each)
    elif isinstance(entry, list):
        for each in entry:
            yield from named(each)


def test_the_menu_has_every_page_but_the_decisions() -> None:
    menu = tomllib.loads((ROOT / "docs" / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    wanted = {name for name in pages(ROOT) if not name.startswith("decisions/")}
    assert sorted(named(menu)) == sorted(wanted)


def test_links_out_of_the_docs_lead_to_pages_of_the_site_or_become_text() -> None:
    page = ROOT / "docs" / "decisions" / "x.md"
    known = {ROOT / "rules" / "a" / "b_c.md": "rules/b-c.md", ROOT / "docs" / "cli.md": "cli.md"}
    text = "[a](../../rules/a/b_c.md) [b](../cli.md#x) [c](../../Makefile) [d](https://x.org) [e](#y)\n"
    code = "```\n[a](../cli.md)\n```\n"
    assert adapted(text + code, page, "decisions/x.md", known) == (
        f"[a](../rules/b-c.md) [b](../cli.md#x) c [d](https://x.org) [e](#y)\n{code}"
    )
