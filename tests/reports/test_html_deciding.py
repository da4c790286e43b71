"""Deciding in the page for review, in a real Chromium: by keys, by kind and repository, with files of decisions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.reports.formats.html import render
from migrator.reports.report import Report
from migrator.results.decisions import Answer, read_decisions
from tests.reports.page import SELECT, Open, cards

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_keys_go_through_everything(opened: Open, campaign: Path) -> None:
    page = opened(campaign)
    page.keyboard.press("j")
    first = page.locator(".card.current")
    assert first.locator("h3 button").get_attribute("id") == "card-0"
    page.keyboard.press("y")
    assert page.locator("#card-0").locator("xpath=ancestor::article").get_attribute("data-answer") == "1"
    assert page.locator(".card.current h3 button").get_attribute("id") == "card-1"
    page.keyboard.press("n")
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert page.locator(".card.current h3 button").get_attribute("id") == "card-0"
    page.keyboard.press("u")
    assert page.locator(".card.current").get_attribute("data-answer") == "0"
    page.keyboard.press("o")
    assert page.locator(".card.current .body").is_hidden()
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("y")
    page.keyboard.press("Escape")
    assert page.locator(".card.current").get_attribute("data-answer") == "0"
    assert "tile no" in (page.locator("a.tile").nth(1).get_attribute("class") or "")
    keys = page.locator("#key-list kbd").all_inner_texts()
    assert len(keys) == len(set(keys)) > 15


def test_keys_can_be_turned_off(opened: Open, acme: Path) -> None:
    page = opened(acme)
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("y")
        assert page.locator(".card.current").count() == 0
        page.reload()
    assert page.locator("#progress").inner_text().startswith("0 approved")


def test_decisions_are_still_there_when_the_page_is_opened_again(opened: Open, campaign: Path) -> None:
    page = opened(campaign)
    page.locator(".card .no").nth(1).click()
    told = page.locator("#progress").inner_text()
    assert not told.startswith("0 approved, 0 rejected")
    page.reload()
    page.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    assert page.locator(".card .no").nth(1).get_attribute("aria-pressed") == "true"
    page.locator(".card .no").nth(1).click()
    assert page.locator("#progress").inner_text().startswith("0 approved, 0 rejected")


def test_two_tabs_of_a_page_know_what_was_decided_in_each(opened: Open, campaign: Path) -> None:
    one = opened(campaign)
    other = one.context.new_page()
    other.goto(campaign.as_uri())
    first = one.locator("#progress").inner_text()
    one.locator(".card .yes").nth(0).click()
    told = one.locator("#progress").inner_text()
    assert told != first, "there is a kind less to decide"
    other.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    other.locator(".card .no").nth(1).click()
    told = other.locator("#progress").inner_text()
    one.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    assert re.search(r"\b[1-9]\d* rejected", told)
    assert one.locator(".card .yes").nth(0).get_attribute("aria-pressed") == "true"


def test_what_is_decided_leaves_a_list_of_what_is_open(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=kinds&decision=open")
    before = cards(page)
    page.keyboard.press("j")
    page.keyboard.press("y")
    page.keyboard.press("n")
    # Kinds of which every repository is decided by the other two are no longer open either.
    assert cards(page) == 1 < before - 2
    # What has only the first of the two kinds is approved, what has the second one as well is rejected.
    assert page.locator("#progress").inner_text() == "2 approved, 7 rejected, 2 to decide in 1 kind"
    assert page.locator(".card.current").count() == 1


def test_a_repository_can_be_decided_apart_from_its_kind(opened: Open, campaign: Path, tmp_path: Path) -> None:
    page = opened(campaign)
    page.keyboard.press("j")
    page.keyboard.press("y")
    name = page.locator(".card").first.locator(".body > p a").inner_text()
    page.goto(f"{campaign.as_uri()}#view=repositories&repository={name}")
    page.wait_for_function("() => document.querySelectorAll('.card').length === 1")
    page.keyboard.press("j")
    page.keyboard.press("n")
    decisions = read_decisions(exported(page, tmp_path))
    kind, other = decisions.recorded
    assert (list(kind.place.names), kind.answer) == (["kind"], Answer.APPLY)
    assert other.place.names == {"repository": name, "change": f"change-{name[-4:]}"}
    assert other.answer is Answer.SKIP
    assert {each.seen for each in decisions.recorded} == {1_790_000_000}


def exported(page: Page, folder: Path) -> Path:
    page.locator("#export").click()
    with page.expect_download() as download:
        page.locator("#save").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    page.keyboard.press("Escape")
    assert file.read_text("utf-8") == page.locator("#toml").input_value()
    return file


def test_exported_decisions_are_replayed(opened: Open, acme: Path, tmp_path: Path) -> None:
    page = opened(acme, "#view=repositories")
    for name, kind in (("shop", ".yes"), ("flow", ".no")):
        page.locator(".card", has=page.get_by_role("button", name=name, exact=True)).locator(kind).click()
    file = exported(page, tmp_path)
    command = [sys.executable, "-m", "migrator", "--config", "examples/migrator.toml", *SELECT, "examples/acme"]
    folder = tmp_path / "work"
    shutil.copytree(acme.parent / "examples", folder / "examples")
    done = subprocess.run([*command, "--replay", str(file)], cwd=folder, capture_output=True, text=True, check=False)
    changed = [
        path.parent.parent.name
        for path in sorted(folder.rglob(".circleci/config.yml"))
        if path.read_bytes() != (acme.parent / path.relative_to(folder)).read_bytes()
    ]
    assert changed == ["shop"], done.stderr
    assert "shop" not in done.stderr.replace("examples/acme/shop/.circleci/config.yml: open", "")
    assert "examples/acme/flow" not in done.stderr, "a rejected finding is decided"
    assert "examples/acme/anchors/.circleci/config.yml:7: open" in done.stderr


def test_exported_decisions_are_taken_up_by_another_page(opened: Open, acme: Path, tmp_path: Path) -> None:
    page = opened(acme)
    for key in "jyn":
        page.keyboard.press(key)
    told = page.locator("#progress").inner_text().partition(" in ")[0]
    file = exported(page, tmp_path)
    other = opened(acme)
    assert not other.locator("#progress").inner_text().startswith(told)
    other.locator("#export").click()
    other.locator("#load").set_input_files(file)
    other.wait_for_function("told => document.getElementById('progress').textContent.startsWith(told)", arg=told)
    assert other.locator("#toml").input_value() == file.read_text("utf-8")


def test_a_reason_is_typed_kept_and_exported(opened: Open, campaign: Path, tmp_path: Path) -> None:
    page = opened(campaign)
    for key in "jjje":
        page.keyboard.press(key)
    page.keyboard.type('waits for "the\\base" image')
    page.keyboard.press("Enter")
    assert page.locator(".card.current h3 button").get_attribute("id") == "card-3"
    page.keyboard.press("n")
    decisions = read_decisions(exported(page, tmp_path))
    assert [(each.answer, each.reason) for each in decisions.recorded] == [
        (Answer.SKIP, 'waits for "the\\base" image'),
        (Answer.SKIP, ""),
    ]
    page.reload()
    why = page.locator(".card .why input")
    assert why.first.input_value() == 'waits for "the\\base" image'
    page.locator(".card .yes").nth(2).click()
    assert page.locator(".card").nth(2).locator(".why").count() == 0
    page.locator("#export").click()
    page.locator("#load").set_input_files(tmp_path / "decisions.toml")
    page.wait_for_function("() => document.querySelectorAll('.card .why input').length === 2")
    assert why.first.input_value() == 'waits for "the\\base" image'


def test_the_next_undecided_is_found_from_anywhere_and_at_the_end_there_is_the_export(opened: Open, acme: Path) -> None:
    page = opened(acme)
    for key in "jjjy.":
        page.keyboard.press(key)
    assert page.locator(".card.current h3 button").get_attribute("id") == "card-4"
    page.keyboard.press("b")
    assert page.locator(".card.current h3 button").get_attribute("id") == "card-2"
    assert page.locator(".card.current").get_attribute("data-answer") == "0"
    for _ in range(5):
        assert page.locator("#end").is_hidden()
        page.keyboard.press("y")
    assert page.locator("#end-about").inner_text().startswith("11 approved, 0 rejected.")
    assert page.locator("#left").inner_text() == "all 11 repositories decided: export the decisions"
    page.locator("#end-export").click()
    assert "About 11 repositories." in page.locator("#decided").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#next").is_disabled()
    page.keyboard.press("n")
    assert page.locator("#end").is_hidden(), "who changes an answer at the end knows it already"


BY_HAND = """\
# what we agreed on
[[decision]]  # all of them
path = 'examples/acme/shop/.circleci/config.yml'
"answer"="apply"

[[ decision ]]
path = "examples/acme/shop/.circleci/c\\u006fnfig.yml"
rule="unauthenticated-image"
answer = "skip"# but not these

[[decision]]
rule = "unauthenticated-image"
path = "examples/acme/flow/.circleci/config.yml"
values = {"registries.docker.io.context" = "x"}
answer = "apply"

[[decision]]
path = "elsewhere/.circleci/config.yml"
answer = "apply"
"""


def take_up(page: Page, folder: Path, toml: str) -> str:
    (folder / "mine.toml").write_text(toml)
    assert read_decisions(folder / "mine.toml").recorded
    page.locator("#export").click()
    page.locator("#load").set_input_files(folder / "mine.toml")
    page.wait_for_function("() => document.getElementById('decided-note').textContent")
    return page.locator("#decided-note").inner_text()


def test_decisions_that_a_person_wrote_are_taken_up_as_the_command_reads_them(
    opened: Open, acme: Path, tmp_path: Path
) -> None:
    page = opened(acme, "#view=repositories")
    told = take_up(page, tmp_path, BY_HAND)
    assert told == "1 of 4 decisions taken up; the others are about nothing that this page can decide."
    assert page.locator("#progress").inner_text().startswith("0 approved, 1 rejected")
    toml = page.locator("#toml").input_value()
    assert set(re.findall(r'path = "(.*)"', toml)) == {"examples/acme/shop/.circleci/config.yml"}
    assert 'answer = "apply"' not in toml


def test_a_decision_about_one_rule_says_nothing_about_a_whole_repository(
    opened: Open, campaign: Path, tmp_path: Path
) -> None:
    page = opened(campaign)
    name = page.evaluate("document.querySelector('.names a, .card .body > p a').textContent")
    rule = f'[[decision]]\nrepository = "{name}"\nrule = "nothing-of-it"\nanswer = "apply"\n'
    assert take_up(page, tmp_path, rule).startswith("0 of 1 decision ")
    assert page.locator("#progress").inner_text().startswith("0 approved")
    page.keyboard.press("Escape")
    assert take_up(page, tmp_path, f'[[decision]]\nrepository = "{name}"\nanswer = "skip"\n').startswith("1 of 1")
    assert page.locator("#progress").inner_text().startswith("0 approved, 1 rejected")


def test_a_page_without_storage_says_so(opened: Open, acme: Path) -> None:
    page = opened(acme)
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("y")
    assert "not kept by this browser: export before you leave" in page.locator("#progress").inner_text()


def test_what_was_written_is_not_decided(opened: Open, report: Report, tmp_path: Path) -> None:
    from migrator.startup.records import replace

    (tmp_path / "done.html").write_text(render(replace(report, written=True)), "utf-8")
    page = opened(tmp_path / "done.html")
    assert page.locator("#dock").is_hidden()
    assert page.locator(".card .acts").count() == 0


def test_prerequisites_can_be_copied(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=needs", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy all commands").click()
    page.wait_for_function("() => document.querySelector('button.copy').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("circleci context create ")
    assert "circleci context secret set docker-hub-creds --name DOCKERHUB_PASSWORD\n" in copied
