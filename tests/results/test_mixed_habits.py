"""The report of 60 repositories with mixed habits demands what a person works out by hand, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.cli.app import run
from tests.places import ROOT
from tests.results.mixed_habits import EACH, KINDS, Kind, put


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    put(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")

    def command(*arguments: str) -> str:
        assert run(["--review-too", *arguments]) == 1
        return capsys.readouterr().out

    return command


def by_hand(words: str) -> set[str]:
    """What the table says of all repositories, `demanded` or `existing`."""
    return {each.replace("{n}", str(n)) for kind in KINDS for each in getattr(kind, words) for n in range(1, EACH + 1)}


def in_words(need: dict[str, Any], *, new: bool) -> str:
    owner = need["owner"] or need["paths"][0].partition("/")[0]
    variables = " and ".join(need["variables"])
    if need["kind"] == "context":
        named = ", named already" if new and need["name"] in need["contexts"] else ""
        return f"{owner}: {variables} {'in' if new else 'from'} {need['name']}{named}"
    return f"{owner}: {variables}" + ("" if new else f" from {' or '.join([*need['contexts'], 'the project'])}")


def test_everything_that_a_person_works_out_is_there_and_nothing_else(said: Any) -> None:
    report = json.loads(said("--format", "json"))
    assert (report["summary"]["files"], report["summary"]["failed"]) == (len(KINDS) * EACH, 0)
    demanded = [in_words(need, new=True) for need in report["requirements"]]
    existing = [in_words(need, new=False) for need in report["existing"]]
    assert (set(demanded), len(demanded)) == (by_hand("demanded"), len(by_hand("demanded")))
    assert (set(existing), len(existing)) == (by_hand("existing"), len(by_hand("existing")))


def test_a_context_is_created_only_where_no_config_names_it(said: Any) -> None:
    commands = [line.strip() for line in said().splitlines() if line.startswith("    circleci ")]
    created = [line for line in commands if " create " in line]
    partners = [f"circleci context create docker-hub-creds --org gh/partner-{n}" for n in range(1, EACH + 1)]
    assert created == ["circleci context create docker-hub-creds --org gh/labs", *partners]
    assert "circleci context secret list docker-hub-creds --org gh/acme" in commands


def test_each_command_for_a_variable_names_its_project(said: Any) -> None:
    lines = said().splitlines()
    for kind, variable in (("bare", "DOCKERHUB_PASSWORD"), ("literal", "DEPLOY_TOKEN_3")):
        wanted = f"https://circleci.com/api/v2/project/gh/acme/{kind}-3/envvar"
        assert [line for line in lines if wanted in line and f'"{variable}"' in line], (kind, variable)


def row(kind: Kind) -> str:
    def cell(needs: tuple[str, ...]) -> str:
        return ("; ".join(needs) or "nothing").replace("{n}", "N")

    return f"| `{kind.name}-N` | {kind.today} | {cell(kind.demanded)} | {cell(kind.existing)} |"


def test_the_page_has_the_table() -> None:
    text = (ROOT / "docs/what-is-demanded.md").read_text("utf-8")
    assert [row(kind) for kind in KINDS if row(kind) not in text] == []
