"""`docs/bulk.md` names what there is: every state, class, option, and commands that parse."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from migrator.bulk.states import State
from migrator.cli.bulk import command
from migrator.services.faults import Fault
from tests.places import ROOT

PAGE = (ROOT / "docs" / "bulk.md").read_text("utf-8")
COMMANDS = [line.strip().partition("  #")[0] for line in PAGE.splitlines() if line.startswith("    migrate bulk ")]


def test_every_state_and_class_has_its_row() -> None:
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    assert [state for state in State if f"`{state}`" not in rows] == []
    assert [fault for fault in Fault if f"`{fault}`" not in rows] == []


def test_the_walk_takes_every_phase_but_retry() -> None:
    assert len(COMMANDS) == 13
    assert {line.split()[2] for line in COMMANDS} == set(command.commands) - {"retry"}


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_walk_parse(line: str) -> None:
    _, _, phase, *arguments = shlex.split(line)
    command.commands[phase].make_context(phase, arguments)


def test_options_that_the_page_names_exist() -> None:
    known = {
        option
        for each in command.commands.values()
        for parameter in each.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    named = set(re.findall(r"(--[a-z][a-z-]+)", PAGE)) - {"--interactive", "--force-with-lease"}
    assert named <= known
