"""Man pages have the texts of `--help`, are what typesetters take without a complaint, and are found by `man`."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from migrator.cli.request import COMMANDS
from migrator.cli.shell.man import every_command, pages
from migrator.cli.shell.roff import Page, page
from tests.cli.conftest import Migrate

NAMES = sorted(pages())


def tool(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


def squeezed(text: str) -> str:
    """Words only: where lines break and how code is marked differs between a terminal and a page."""
    return re.sub(r"[\s`‐-]+", "", text.replace("“", '"').replace("”", '"'))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("man") / "man1"
    home.mkdir()
    for name, text in pages().items():
        (home / name).write_text(text, "utf-8")
    return home


def shown(file: Path) -> str:
    """The page as a terminal shows it, by mandoc, which is twenty times as fast as man-db."""
    command = [tool("mandoc"), "-T", "utf8", "-O", "width=100", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return re.sub(".\b", "", done.stdout)


def test_every_command_has_a_page() -> None:
    assert {f"{'-'.join(('migrate', *words))}.1" for words in COMMANDS} <= set(NAMES)
    assert {"migrate.1", "migrate-bulk-plan.1", "migrate-contexts-apply.1"} <= set(NAMES)


def test_typesetters_take_every_page_without_a_complaint(folder: Path) -> None:
    files = [str(folder / name) for name in NAMES]
    done = subprocess.run(
        [tool("mandoc"), "-T", "lint", "-W", "warning", *files], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0)


FOUND = dict(every_command())


@pytest.mark.parametrize("words", FOUND, ids="-".join)
def test_man_shows_the_texts_of_help(words: tuple[str, ...], folder: Path) -> None:
    command = FOUND[words]
    text = squeezed(shown(folder / f"{'-'.join(('migrate', *words))}.1"))
    context = click.Context(command, info_name="migrate", help_option_names=["-h", "--help"])
    parts = [
        part
        for each in command.get_params(context)
        if isinstance(each, click.Option)
        for part in each.get_help_record(context) or ()
    ]
    assert parts
    assert [part for part in parts if squeezed(part) not in text] == []
    sentences = re.split(r"\.\s|\n\n", inspect.cleandoc(command.help or ""))
    assert [each for each in sentences if "Exit code" not in each and squeezed(each.rstrip(".")) not in text] == []


def test_man_finds_the_pages_where_they_are_written(migrate: Migrate, repository: Path) -> None:
    done = migrate("man", "--output", "share/man/man1", plain=True)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"migrate: share/man/man1: {len(NAMES)} man pages are written\n"
    found = subprocess.run(
        [tool("man"), "-M", str(repository / "share" / "man"), "-w", "migrate-bulk-plan"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(repository / "share" / "man" / "man1" / "migrate-bulk-plan.1")


def test_man_shows_the_page_as_mandoc_does(folder: Path) -> None:
    environment = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
    command = [tool("man"), "-l", str(folder / "migrate-bulk-plan.1")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    body = slice(1, -1)  # without the lines at the top and the bottom, which the two write differently
    both = [
        squeezed("".join(text.strip().splitlines()[body]))
        for text in (done.stdout, shown(folder / "migrate-bulk-plan.1"))
    ]
    assert both[0] == both[1]


def test_one_page_is_printed(migrate: Migrate) -> None:
    assert migrate("man", "bulk", "plan", plain=True).stdout.startswith(".TH MIGRATE-BULK-PLAN 1 ")
    assert migrate("man", plain=True).stdout.startswith(".TH MIGRATE 1 ")


def test_what_is_no_command_has_no_page(migrate: Migrate) -> None:
    done = migrate("man", "nothing", plain=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`nothing` is not a command" in done.stderr


def test_a_text_that_means_something_to_troff_is_shown_as_it_is(tmp_path: Path) -> None:
    help_text = ".circleci is read.\n\n'x' and C:\\temp and `--a\\b` and \"q\"."
    made = click.Command("x", help=f"Does it.\n\n{help_text}", params=[click.Option(["--a-b"], help=".x\\y")])
    (tmp_path / "x.1").write_text(page(Page("x", "x", made, "2026-01-02", "x"), []))
    text = shown(tmp_path / "x.1")
    for part in (".circleci is read", "'x' and C:\\temp and --a\\b and \"q\"", "--a-b", ".x\\y"):
        assert part in text
