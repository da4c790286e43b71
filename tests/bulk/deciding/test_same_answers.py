"""The same answers by command, by file, on a terminal and on a page: the same campaign, byte for byte."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.html import chromium
from migrator.bulk.deciding.deciding import Deciding
from migrator.bulk.deciding.named import decide, decide_by_file
from migrator.bulk.ledger import Ledger
from migrator.results.decisions import Answer, Decisions, Place, Recorded
from tests.bulk.conftest import Bulk
from tests.bulk.deciding.conftest import AUTH, CONTEXT, LITERAL
from tests.bulk.repositories import branches, git
from tests.doses import IS_SOAK
from tests.review.terminal import ENTER, ESCAPE, Terminal

Way: TypeAlias = Callable[[Bulk], None]
LEDGER = "hub.campaign.db"
KINDS = (CONTEXT, AUTH, LITERAL)
REPOSITORIES = ("acme/api", "acme/db", "acme/web")


def dump(folder: Path) -> str:
    """All of a ledger but when what happened: three sessions are not at one time."""
    with closing(sqlite3.connect(folder / LEDGER)) as database:
        return "\n".join(line for line in database.iterdump() if not line.startswith('INSERT INTO "history"'))


def pushed(bulk: Bulk, host: Path) -> dict[str, dict[str, str]]:
    """The branches of every repository after a push; ours are removed again."""
    bulk("push", "hub")
    found = {}
    for bare in sorted(host.glob("*/*.git")):
        found[bare.stem] = branches(bare)
        if "migrator/hub" in found[bare.stem]:
            git(bare, "branch", "-D", "migrator/hub")
    return found


def tried(planned: Path, planned_once: Path, bulk: Bulk, patch: pytest.MonkeyPatch, *ways: Way) -> None:
    """All kinds of four repositories are wanted, one literal is not, and one repository is left out."""
    top = Path.cwd()
    dumps, pushes = [], []
    for number, way in enumerate((by_command, *ways)):
        shutil.copytree(planned_once / "work", top / str(number))
        patch.chdir(top / str(number))
        way(bulk)
        dumps.append(dump(Path.cwd()))
        pushes.append(pushed(bulk, planned))
    assert "approved" in dumps[0]
    assert dumps[1:] == [dumps[0]] * len(ways)
    assert [name for name, found in pushes[0].items() if "migrator/hub" in found] == ["api", "mail"]
    assert pushes[1:] == [pushes[0]] * len(ways)


def test_by_command_by_file_and_on_a_terminal(
    planned: Path, planned_once: Path, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(planned, planned_once, bulk, monkeypatch, by_file, on_a_terminal)


def test_by_command_and_on_a_page(
    planned: Path, planned_once: Path, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not chromium():
        pytest.skip("there is no Chromium here: apt-get install chromium")
    tried(planned, planned_once, bulk, monkeypatch, on_a_page)


def by_command(bulk: Bulk) -> None:
    bulk("review", "hub", "--reject", "labs/web", "--reason", "moves soon")
    bulk("review", "hub", "--approve", CONTEXT, "--approve", AUTH)
    bulk("review", "hub", "--reject", LITERAL, "--reason", "rotate first")


def by_file(bulk: Bulk) -> None:
    blocks = [f'[[decision]]\nkind = "{kind}"\nanswer = "apply"\n' for kind in (CONTEXT, AUTH)]
    blocks.append(f'[[decision]]\nkind = "{LITERAL}"\nreason = "rotate first"\nanswer = "skip"\n')
    blocks.append('[[decision]]\nrepository = "labs/web"\nreason = "moves soon"\nanswer = "skip"\n')
    Path("decisions.toml").write_text("\n".join(blocks))
    bulk("review", "hub", "--decisions", "decisions.toml")


def on_a_page(bulk: Bulk) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    bulk("review", "hub", "--html", "review.html")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(Path("review.html").resolve().as_uri())
        for key in "jyye":
            page.keyboard.press(key)
        page.keyboard.type("rotate first")
        page.keyboard.press("Enter")
        page.locator("#end").get_by_text("Keep looking").click()
        page.keyboard.press("g")
        card = page.locator(".card", has=page.get_by_role("button", name="labs/web", exact=True))
        card.locator(".no").click()
        card.locator(".why input").fill("moves soon")
        page.keyboard.press("Enter")
        page.locator("#export").click()
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as("decisions.toml")
        browser.close()
    bulk("review", "hub", "--decisions", "decisions.toml")


def on_a_terminal(_: Bulk) -> None:
    screen = Terminal(Path.cwd(), "bulk", "review", "hub", columns=120, rows=40, env={"CI": "", "CIRCLE_TOKEN": ""})
    screen.shows(CONTEXT)
    screen.press("r").shows("Repositories")
    screen.press("/").press("labs").press(ENTER).shows("labs/web: .circleci/config.yml")
    screen.press("n").shows("not wanted in labs/web?")
    screen.press("moves soon").press(ENTER).shows("Rejected.")
    screen.press(ESCAPE).shows("labs/web", "1 of 1")
    screen.press(ESCAPE).press(ESCAPE).shows("y approve")
    screen.press("y").shows(AUTH, "kind 2 of 3")
    screen.press("y").shows(LITERAL, "kind 3 of 3")
    screen.press("n").shows("not wanted?")
    screen.press("rotate first").press(ENTER).shows("5 of 5 decided")
    screen.press("q")
    screen.end()


ANSWERS = st.sampled_from([Answer.APPLY, Answer.SKIP])
REASONS = st.sampled_from(["", "not now", "rotate it"])
SAID = st.tuples(
    st.dictionaries(st.sampled_from(KINDS), st.tuples(ANSWERS, REASONS)),
    st.dictionaries(st.sampled_from(REPOSITORIES), st.tuples(ANSWERS, REASONS)),
)


def reason_of(answer: Answer, reason: str) -> str:
    return reason if answer is Answer.SKIP else ""


@settings(max_examples=60 if IS_SOAK else 8, deadline=None)
@given(SAID)
def test_any_answers_by_name_by_file_and_by_screen(
    planned_once: Path, said: tuple[dict[str, tuple[Answer, str]], dict[str, tuple[Answer, str]]]
) -> None:
    kinds, repositories = said
    top = planned_once / "tried"
    dumps = []
    for way in range(3):
        shutil.rmtree(top, ignore_errors=True)
        shutil.copytree(planned_once / "work", top)
        with Ledger(top / LEDGER, "hub", with_requests=()) as ledger:
            if way == 0:
                for name, (answer, reason) in (*kinds.items(), *repositories.items()):
                    decide(ledger, [name], answer, reason=reason_of(answer, reason))
            elif way == 1:
                recorded = [Recorded(a, Place(kind=k), (), reason_of(a, r)) for k, (a, r) in kinds.items()]
                recorded += [Recorded(a, Place(n), (), reason_of(a, r)) for n, (a, r) in repositories.items()]
                decide_by_file(ledger, Decisions(recorded), lambda _: "")
            else:
                deciding = Deciding(ledger)
                names = [each.label for each in deciding.entries]
                for name, (answer, reason) in kinds.items():
                    kind = deciding.kind(name)
                    assert kind is not None
                    deciding.say_of_kind(kind, answer, reason_of(answer, reason))
                    deciding.save()
                for name, (answer, reason) in repositories.items():
                    deciding.say_of_repository(names.index(name), answer, reason_of(answer, reason))
                    deciding.save()
        dumps.append(dump(top))
    assert dumps[1] == dumps[0]
    assert dumps[2] == dumps[0]
