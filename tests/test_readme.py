"""What the README shows is what the program prints."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from migrator.cli.request import COMMANDS
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.places import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_diff_is_what_the_rules_make_of_its_old_side() -> None:
    (shown,) = blocks("diff")
    before, after = (
        "version: 2.1\n" + "".join(f"{line[1:]}\n" for line in shown.splitlines() if line[0] in f" {side}")
        for side in "-+"
    )
    outcome = run("config.yml", before.encode(), load_rules(rule_files()), Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert outcome.after == after
    assert before != after


def test_the_prerequisites_are_those_of_the_examples() -> None:
    """`make try` prints them."""
    (shown,) = blocks("text")
    policy = ROOT / "examples" / "migrator.toml"
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "--config", policy, "examples/acme"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert shown in done.stdout


def test_the_policy_is_one() -> None:
    (shown,) = blocks("toml")
    hub = parse_policy(shown, Path("migrator.toml")).registry("docker.io")
    assert hub is not None
    assert hub.images == tuple(tomllib.loads(shown)["registries"]["docker.io"]["images"]) == ("acme/*",)
    assert hub.wants("acme/app")
    assert not hub.wants("library/postgres")


def commands() -> list[str]:
    """The command lines of `migrate` in blocks for a shell, in this page and in those that it sends beginners to."""
    pages = [README, *((ROOT / "docs" / name).read_text("utf-8") for name in ("install.md", "cli.md", "guard.md"))]
    shown = "\n".join(
        block for page in pages for block in re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    )
    lines = (re.split(r"\s#\s|\s\|\s", line)[0].strip() for line in shown.splitlines())
    return sorted(
        {re.sub(r"^uvx --from \S+ ", "", line) for line in lines if re.match(r"(uvx --from \S+ )?migrate\b", line)}
    )


@pytest.mark.parametrize("line", commands())
def test_the_commands_that_are_shown_are_commands(line: str) -> None:
    _, *given = shlex.split(line)
    words = next(words for words in COMMANDS if tuple(given[: len(words)]) == words)
    command, rest = importlib.import_module(COMMANDS[words]).command, given[len(words) :]
    if isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context("migrate", rest)


def test_there_are_commands_to_try() -> None:
    assert {"migrate init", "migrate --write", "migrate examples/acme", "migrate contexts check"} <= set(commands())
