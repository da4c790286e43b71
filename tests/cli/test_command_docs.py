"""The pages on the command say what the program does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

from migrator.cli.migrate import command
from migrator.cli.request import COMMAND_WORDS
from migrator.policy import HUB, Aws, Generated, Policy, Registry
from migrator.policy.overrides import policy_for
from migrator.policy.toml import parse_policy
from migrator.reports.formats.json import render
from migrator.reports.report import FORMATS, Report
from migrator.startup.records import replace
from tests.places import DOCS


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_every_option_is_described() -> None:
    described = set(re.findall(r"^\| `(--[a-z-]+)", (DOCS / "cli.md").read_text("utf-8"), re.MULTILINE))
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert described == options - {"--version"}


def test_every_command_word_and_format_is_described() -> None:
    text = (DOCS / "cli.md").read_text("utf-8")
    assert all(f"`{word}`" in text for word in COMMAND_WORDS)
    assert all(re.search(rf"--format [a-z\\|]*{form}", text) for form in FORMATS)


def test_every_policy_on_the_page_is_read() -> None:
    shown = [*blocks("policy.md", "toml"), *blocks("policy-keys.md", "toml")]
    assert len([parse_policy(block, Path("migrator.toml")) for block in shown]) == 3


def test_the_defaults_on_the_page_are_those_of_the_program() -> None:
    whole = blocks("policy-keys.md", "toml")[0]
    quay = Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds")
    made = Generated(".circleci/config.yml", ".circleci/generate.py", ("python", ".circleci/generate.py"))
    default = Policy()
    read = parse_policy(whole, Path("migrator.toml"))
    assert replace(read, overrides=()) == replace(
        default,
        registries=(*default.registries, quay),
        aws=Aws("$ECR_AWS_ACCESS_KEY_ID", "$ECR_AWS_SECRET_ACCESS_KEY"),
        generated=(made,),
        organization="gh/acme",
    )
    legacy = policy_for(read, "acme/legacy-web", ".circleci/config.yml")
    hub = legacy.registry(HUB)
    assert hub is not None
    assert (hub.context, legacy.organization) == ("legacy-hub", "gh/legacy")
    assert set(tomllib.loads(whole)) == {
        *("target", "credentials", "auth-style", "scheduled", "registries", "aws", "docker-orb", "ecr", "generated"),
        *("rules", "circleci", "overrides"),
    }


def test_what_the_page_on_generators_shows_is_printed() -> None:
    page = (DOCS / "python-generators.md").read_text("utf-8")
    folder = re.search(r"^    \$ cd (\S+) && migrate\n((?:    .*\n|\n)*?)    \.\.\.\n", page, re.MULTILINE)
    assert folder is not None
    done = subprocess.run(
        [sys.executable, "-m", "migrator"],
        cwd=DOCS.parent / folder[1],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
        check=False,
    )
    assert done.stdout.startswith(textwrap.dedent(folder[2]))


def test_the_json_on_the_page_has_the_keys_of_the_report() -> None:
    (example,) = blocks("json.md", "json")
    content = json.loads(example)
    assert list(content) == list(json.loads(render(Report((), Policy()))))
    assert list(content["summary"]) == ["files", "changed", "failed", "findings"]
