"""Deciding in the page for review, in a real Chromium: by keys, by shape and repository, with files of decisions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.reports.formats.html import render
from migrator.reports.report import Report
from migrator.results.decisions import Answer, Place, read_decisions
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
    page.locator(".card .yes").first.click()
    told = page.locator("#progress").inner_text()
    assert not told.startswith("0 approved")
    page.reload()
    page.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    assert page.locator(".card .yes").first.get_attribute("aria-pressed") == "true"
    page.locator(".card .yes").first.click()
    assert page.locator("#progress").inner_text().startswith("0 approved")


def test_two_tabs_of_a_page_know_what_was_decided_in_each(opened: Open, campaign: Path) -> None:
    one = opened(campaign)
    other = one.context.new_page()
    other.goto(campaign.as_uri())
    one.locator(".card .yes").nth(0).click()
    told = one.locator("#progress").inner_text()
    other.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    other.locator(".card .no").nth(1).click()
    told = other.locator("#progress").inner_text()
    one.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    assert not re.search(r"\b0 (approved|rejected)", told)


def test_what_is_decided_leaves_a_list_of_what_is_open(opened: Open, acme: Path) -> None:
    page = opened(acme, "#view=shapes&decision=open")
    before = cards(page)
    page.keyboard.press("j")
    page.keyboard.press("y")
    page.keyboard.press("n")
    assert cards(page) == before - 2
    assert page.locator("#progress").inner_text().startswith("1 approved, 1 rejected")
    assert page.locator(".card.current").count() == 1


def test_a_repository_can_be_decided_apart_from_its_shape(opened: Open, campaign: Path, tmp_path: Path) -> None:
    page = opened(campaign)
    page.keyboard.press("j")
    page.keyboard.press("y")
    name = page.locator(".card").first.locator(".body > p a").inner_text()
    page.goto(f"{campaign.as_uri()}#view=repositories&repository={name}")
    page.wait_for_function("() => document.querySelectorAll('.card').length === 1")
    page.keyboard.press("j")
    page.keyboard.press("n")
    decisions = read_decisions(exported(page, tmp_path))
    shape = next(each.place.shape for each in decisions.recorded)
    assert [(each.place.names, each.answer) for each in decisions.recorded] == [
        ({"shape": shape}, Answer.APPLY),
        ({"repository": name, "shape": shape}, Answer.SKIP),
    ]
    about = Place(repository=name, path=".circleci/config.yml", rule="x", fingerprint="f", shape=shape)
    found = decisions.find(about)
    assert found is not None
    assert found.answer is Answer.SKIP


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
    for key in "jynnyy":
        page.keyboard.press(key)
    told = page.locator("#progress").inner_text()
    file = exported(page, tmp_path)
    other = opened(acme)
    assert other.locator("#progress").inner_text() != told
    other.locator("#export").click()
    other.locator("#load").set_input_files(file)
    other.wait_for_function("told => document.getElementById('progress').textContent === told", arg=told, polling=100)
    assert other.locator("#toml").input_value() == file.read_text("utf-8")


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
