"""`docs/bulk.md` and the pages beside it name what there is: every state, class, option, and commands that parse."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from migrator.bulk.host import Kind
from migrator.bulk.kinds import kinds
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State
from migrator.bulk.status import as_json
from migrator.cli.bulk import command
from migrator.services.faults import Fault
from tests.bulk.conftest import Bulk
from tests.places import ROOT

PAGES = ("bulk.md", "hosts.md", "campaign-states.md", "pull-requests.md")
PAGE = "\n".join((ROOT / "docs" / page).read_text("utf-8") for page in PAGES)
OPEN = (ROOT / "docs" / "open-requests.md").read_text("utf-8")
COMMANDS = [line.strip().partition("  #")[0] for line in PAGE.splitlines() if line.startswith("    migrate bulk ")]


def test_every_state_and_class_has_its_row() -> None:
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    assert [state for state in State if f"`{state}`" not in rows] == []
    assert [fault for fault in Fault if f"`{fault}`" not in rows] == []


def test_the_walk_takes_every_phase_but_retry() -> None:
    assert len(COMMANDS) == 14
    assert {line.split()[2] for line in COMMANDS} == set(command.commands) - {"retry"}


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_walk_parse(line: str) -> None:
    _, _, phase, *arguments = shlex.split(line)
    command.commands[phase].make_context(phase, arguments)


def cells_of(kind: Kind) -> list[str]:
    """What the table of hosts says of a kind."""
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith(f"| {kind.title} |")]
    assert len(rows) == 1, kind.title
    return [cell.strip() for cell in rows[0]]


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_the_table_of_hosts_says_what_each_kind_can_do(kind: Kind) -> None:
    _, url, variables, program, request, limits = cells_of(kind)
    assert url.strip("`") == kind.api_url.rpartition(": ")[2]
    tokens = kind.tokens
    named = [*tokens.names, *tokens.own_names, *tokens.user_names] if tokens else []
    assert sorted(re.findall(r"`(\w+)`", variables)) == sorted(named)
    assert program.strip("`") == (tokens.command[0] if tokens and tokens.command else "")
    assert request == (kind.request if kind.has_requests else "no")
    known = f"{kind.per_minute or '-'}, {kind.per_hour or '-'}"
    assert limits == (known if kind.per_minute or kind.per_hour else "none published")


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_the_sources_of_each_kind_have_their_row(kind: Kind) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert any(all(f"`{form}`" in row for form in kind.forms) for row in rows)


def test_options_that_the_page_names_exist() -> None:
    known = {
        option
        for each in command.commands.values()
        for parameter in each.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    named = set(re.findall(r"(--[a-z][a-z-]+)", PAGE + OPEN)) - {"--interactive", "--force-with-lease"}
    assert named <= known


def test_the_fields_of_an_open_pull_request_are_those_of_status(bulk: Bulk) -> None:
    with Ledger(Path("hub.db"), "hub", with_requests=("github",), create=True) as ledger:
        ledger.add("acme/web", "github", "https://github.com/acme/web")
        found = json.loads("".join(as_json(ledger)))
    shown = re.search(r"```json\n(.*?)```", OPEN, re.DOTALL)
    assert shown
    (row,) = json.loads(shown[1])["repositories"]
    assert row.keys() == found["repositories"][0].keys()
    assert json.loads(shown[1]).keys() == found.keys()
    assert set(re.findall(r"^\| `(\w+)` \|", OPEN, re.MULTILINE)) <= row.keys()
