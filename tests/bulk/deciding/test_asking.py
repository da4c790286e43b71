"""The interactive review of a campaign: what a person sees at three sizes, and what their keys decide."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest
from pytest_snapshot.plugin import Snapshot

from tests.bulk.deciding.conftest import AUTH, CONTEXT, LITERAL, SECRET
from tests.places import ROOT
from tests.review.terminal import CONTROL_C, ENTER, ESCAPE, Terminal
from tests.review.test_interactive_tmux import Tmux

States = Callable[[], dict[str, dict[str, Any]]]
SIZES = [(80, 24), (120, 40), (200, 50)]


def asked(columns: int = 80, rows: int = 24, **env: str) -> Terminal:
    """The review in a terminal of that size, its first screen drawn."""
    given = {"CI": "", "CIRCLE_TOKEN": "", **env}
    return Terminal(Path.cwd(), "bulk", "review", "hub", columns=columns, rows=rows, env=given)


def words(states: States) -> dict[str, str]:
    return {name: each["state"] for name, each in sorted(states().items())}


class Screen(Protocol):
    """What is typed into, and looked at once it shows some words and comes to rest."""

    def shows(self, *words: str) -> str: ...
    def press(self, keys: str) -> object: ...


class InTmux:
    """The review in tmux, as `Terminal` has it in an emulator of its own."""

    NAMES: ClassVar = {ENTER: "Enter", ESCAPE: "Escape"}

    def __init__(self, tmux: Tmux) -> None:
        self._tmux = tmux
        words = f"PYTHONPATH={shlex.quote(str(ROOT))} {sys.executable} -m migrator bulk review hub"
        tmux.wait("READY:")
        tmux.press(f"clear; PS1=; CI= CIRCLE_TOKEN= {words}; echo ended with $?", "Enter")

    def press(self, keys: str) -> InTmux:
        self._tmux.press(*([self.NAMES[keys]] if keys in self.NAMES else ["-l", keys]))
        return self

    def shows(self, *words: str) -> str:
        before = ""

        def at_rest(text: str) -> bool:
            nonlocal before
            before, same = text, text == before
            return same and all(word in " ".join(text.split()) for word in words)

        return self._tmux.wait_until(at_rest)


See = Callable[..., None]


def walk(screen: Screen, see: See) -> None:
    """Through every screen of the review."""
    see("1_first", CONTEXT, "kind 1 of 3")
    screen.press("m")
    see("2_another_sample", "acme/api: .circleci")
    screen.press("f")
    see("3_filter", "What differs", "contexts")
    screen.press(ENTER)
    see("4_filtered", "only literal secrets", "approve these 2")
    screen.press(ESCAPE)
    screen.shows("y approve n reject j next")
    screen.press("r")
    see("5_repositories", "Repositories", "labs/web")
    screen.press("/")
    screen.press("web")
    screen.press(ENTER)
    screen.shows("labs/web")
    screen.press(ESCAPE)
    screen.shows("Repositories")
    screen.press(ESCAPE)
    screen.shows("y approve n reject j next")
    screen.press("y")
    see("6_next", AUTH, "5 wait for another kind")
    screen.press("n")
    see("7_reason", "not wanted?")
    screen.press("ask the owners")
    screen.press(ENTER)
    see("8_left", LITERAL, "decided")
    screen.press("l")
    see("9_what_is_left", "Kinds of change", "rejected")
    screen.press("/")
    screen.press("auth")
    screen.press(ENTER)
    see("a_decided_kind", AUTH, "rejected: 4 repositories")
    screen.press("?")
    see("b_keys", "Decide about", "end the review")
    screen.press(ESCAPE)
    screen.shows("rejected: 4 repositories")
    screen.press("q")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_screen(planned: Path, snapshot: Snapshot, columns: int, rows: int) -> None:
    screen = asked(columns, rows)

    def see(name: str, *shown: str) -> None:
        text = screen.shows(*shown)
        assert SECRET not in text
        assert len(text.splitlines()) <= rows
        snapshot.assert_match(text, f"{columns}x{rows}_{name}.txt")

    walk(screen, see)
    code = screen.end()
    assert code == 1, screen.text
    snapshot.assert_match(screen.text, f"{columns}x{rows}_c_end.txt")


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_screen_is_the_same_in_tmux(planned: Path, snapshot: Snapshot, columns: int, rows: int) -> None:
    tmux = Tmux(Path.cwd(), columns, rows)
    try:
        screen = InTmux(tmux)
        walk(screen, lambda name, *shown: snapshot.assert_match(screen.shows(*shown), f"{columns}x{rows}_{name}.txt"))
        tmux.wait("ended with 1")
    finally:
        tmux.run("kill-server")


def test_what_is_answered_decides_what_all_kinds_of_a_repository_allow(planned: Path, states: States) -> None:
    """Also where the terminal is gone before the end."""
    screen = asked()
    screen.shows(CONTEXT)
    screen.press("y").shows(f"{AUTH} ")
    screen.press("y").shows(LITERAL)
    screen.kill()
    assert words(states) == {
        "acme/api": "approved", "acme/db": "planned", "acme/mail": "approved", "acme/web": "planned",
        "labs/web": "approved",
    }  # fmt: skip


def test_filters_repositories_and_the_way_back(planned: Path, states: States) -> None:
    before = states()
    screen = asked()
    screen.shows(CONTEXT)
    screen.press("n").shows("not wanted?")
    screen.press("wrong context").press(ENTER).shows("5 of 5 decided")
    screen.press("b").shows("taken back", "0 of 5 decided")
    screen.press("b").shows("no answer to go back to")
    assert states() == before, "an answer that is taken back leaves no trace"
    screen.press("f").shows("literal secrets")
    screen.press(ENTER).shows("only literal secrets")
    screen.press("n").shows("not wanted?")
    screen.press("rotate first").press(ENTER).shows("2 of 5 decided", "decided in part")
    screen.press("r").shows("Repositories")
    screen.press("/").press("mail").press(ENTER).shows("acme/mail: .circleci/config.yml", "approve it")
    screen.press("y").shows("Approved.")
    screen.press(CONTROL_C)
    assert screen.end() == 130
    assert words(states) == {
        "acme/api": "planned", "acme/db": "rejected", "acme/mail": "approved", "acme/web": "rejected",
        "labs/web": "planned",
    }  # fmt: skip
    assert states()["acme/db"]["message"] == "rotate first"


def test_in_ci_nobody_is_asked(planned: Path) -> None:
    screen = asked(CI="true")
    assert screen.end() == 1
    assert f"{LITERAL}: 2 repositories, 2 to decide" in " ".join(screen.text.split())


def test_a_list_on_a_terminal_has_colours(planned: Path) -> None:
    screen = Terminal(
        Path.cwd(),
        "bulk",
        "review",
        "hub",
        "--list",
        columns=120,
        rows=200,
        env={"CI": "", "PAGER": "less", "LESS": "-FRX"},
    )
    assert screen.end() == 1
    assert b"\x1b[32m+" in screen.raw
    assert f"{CONTEXT}: 5 repositories, 5 to decide" in screen.text
