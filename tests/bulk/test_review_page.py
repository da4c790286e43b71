"""The page of a campaign: made from the ledger, decided in a browser, taken up by the next command."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.html import chromium
from migrator.bulk.ledger import Ledger
from migrator.bulk.requests.texts import Wording, write_texts
from migrator.bulk.work import Result
from migrator.policy import Policy
from tests.bulk.conftest import Bulk
from tests.bulk.repositories import config, make_bare

States = Callable[[], dict[str, dict[str, Any]]]
SECRET = "hunter2-Sw0rdf1sh"


@pytest.fixture
def planned(bulk: Bulk, tmp_path: Path) -> Path:
    """Two shapes, one with a secret, a repository that has no config and one whose config is broken."""
    top = tmp_path / "top"
    for name in ("a", "b"):
        owned = {"docs/CODEOWNERS": f"* @acme/all\n.circleci/ @acme/{name}\n"}
        make_bare(top / f"{name}.git", {".circleci/config.yml": config(name), **owned})
    with_context = config("c").replace("      - c\n", "      - c:\n          context: [mine]\n")
    with_secret = with_context.replace("    steps:", f"    environment:\n      API_TOKEN: {SECRET}\n    steps:")
    make_bare(top / "c.git", {".circleci/config.yml": with_secret})
    make_bare(top / "broken.git", {".circleci/config.yml": "jobs: [\n"})
    make_bare(top / "none.git", {"README": "no config"})
    bulk("plan", "hub", "--source", f"dir:{top}")
    return top


def data_of(file: Path) -> dict[str, Any]:
    (found,) = re.findall(r'id="data">(.*?)</script>', file.read_text("utf-8"))
    content: dict[str, Any] = json.loads(found)
    return content


def test_every_repository_is_in_it_with_its_state(planned: Path, bulk: Bulk) -> None:
    said = bulk("review", "hub", "--html", "review.html")
    assert said.code == 3
    assert "review.html: open it in a browser" in said.err
    assert "to decide" not in said.out
    data = data_of(Path("review.html"))
    texts = data["texts"]
    rows = {texts[row[0]]: (data["states"][row[2]], row[1], row[6]) for row in data["repositories"]}
    assert rows == {
        "a": ("planned", [0, 1], 1),
        "b": ("planned", [0, 1], 1),
        "c": ("planned", [0, 1], 1),
        "broken": ("failed", [], 0),
        "none": ("unchanged", [], 0),
    }
    assert {texts[row[0]]: [data["owners"][n] for n in row[8]] for row in data["repositories"] if row[8]} == {
        "a": ["@acme/a"],
        "b": ["@acme/b"],
    }
    assert data["hosts"] == ["dir"]
    names = [texts[unit[1]] for unit in data["units"]]
    assert all(name in bulk("review", "hub").out for name in names)
    assert any(text.startswith("unreadable-config: .circleci/config.yml") for text in texts)


def test_it_is_private_and_shows_no_secret(planned: Path, bulk: Bulk) -> None:
    bulk("review", "hub", "--html", "review.html")
    file = Path("review.html")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET not in file.read_text("utf-8")
    assert "      API_TOKEN: ****" in data_of(file)["texts"]


def test_what_was_decided_before_is_shown(planned: Path, bulk: Bulk) -> None:
    bulk("review", "hub", "--approve", "a", "--reject", "b", "--html", "review.html")
    data = data_of(Path("review.html"))
    assert {data["texts"][row[0]]: row[5] for row in data["repositories"] if row[6]} == {"a": 1, "b": 2, "c": 0}


def test_a_change_that_is_gone_says_so(planned: Path, bulk: Bulk) -> None:
    (planned / "a.git").rename(planned / "moved.git")
    bulk("review", "hub", "--html", "review.html")
    data = data_of(Path("review.html"))
    row = next(row for row in data["repositories"] if data["texts"][row[0]] == "a")
    assert data["texts"][row[3]] == "what was planned is gone; plan again"
    assert row[6] == 0


def test_decisions_of_the_page_are_taken_up(planned: Path, bulk: Bulk, states: States) -> None:
    if not chromium():
        pytest.skip("there is no Chromium here: apt-get install chromium")
    sync = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    bulk("review", "hub", "--html", "review.html")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(Path("review.html").resolve().as_uri())
        page.keyboard.press("j")
        page.keyboard.press("y")
        page.keyboard.press("y")
        page.locator("#end").get_by_text("Keep looking").click()
        page.keyboard.press("g")
        for name in ("b", "c"):
            page.locator(".card", has=page.get_by_role("button", name=name, exact=True)).locator(".no").click()
        page.locator(".why input").nth(1).fill("it has a context already")
        page.keyboard.press("Enter")
        page.locator("#export").click()
        assert page.locator("#take-up").inner_text() == "migrate bulk review hub --decisions decisions.toml"
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as("decisions.toml")
        browser.close()
    bulk("review", "hub", "--decisions", "decisions.toml")
    found = {name: each["state"] for name, each in states().items() if each["state"] not in ("failed", "unchanged")}
    assert found == {"a": "approved", "b": "rejected", "c": "rejected"}
    assert "rejected: c: it has a context already\n" in bulk("status", "hub").out
    bulk("review", "hub", "--html", "again.html")
    data = data_of(Path("again.html"))
    rows = {data["texts"][row[0]]: row for row in data["repositories"]}
    assert rows["a"][13] == [1, 1]
    assert (rows["c"][5], data["texts"][rows["c"][11]]) == (2, "it has a context already")


def test_a_pull_request_says_what_the_change_means(planned: Path) -> None:
    with Ledger(Path("hub.campaign.db"), "hub", with_requests=(), write=False) as ledger:
        entry = ledger.entry("c")
        text = ledger.result(entry.result)
        assert text is not None
        body = write_texts(entry, Result.from_json(entry.id, text), "hub", Policy(), Wording()).body
    assert "- Job `c` in workflow `main` gains the context `docker-hub-creds`.\n" in body
    assert re.search(
        r"- Nothing else changes for CircleCI \(\d+ values compared, aliases and merge keys resolved\)\.\n", body
    )
    assert SECRET not in body
