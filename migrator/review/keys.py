"""The keys of a session, and what each does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from migrator.results.decisions import Answer
from migrator.review.session import Session


class Key(NamedTuple):
    """`short` is shown at the bottom of the screen, `long` in the menu. `act` returns a text to show, if any."""

    key: str
    short: str
    long: str
    act: Callable[[Session], str] | None = None


def _answer(answer: Answer) -> Callable[[Session], str]:
    def act(session: Session) -> str:
        session.answer(answer)
        return ""

    return act


def _rule(answer: Answer, *, everywhere: bool) -> Callable[[Session], str]:
    def act(session: Session) -> str:
        session.answer_rule(answer, everywhere=everywhere)
        return ""

    return act


def _skip(session: Session) -> str:
    session.skip_file()
    return ""


def _back(session: Session) -> str:
    return "" if session.back() else "This is the first decision in this file."


def _undo(session: Session) -> str:
    return "Undone." if session.undo() else "There is no decision in this file to undo."


def _stop(session: Session) -> str:
    session.stop()
    return ""


def _discard(session: Session) -> str:
    session.discard()
    return ""


_ONE = (
    Key("y", "apply", "apply this fix", _answer(Answer.APPLY)),
    Key("n", "skip", "skip this fix", _answer(Answer.SKIP)),
    Key("a", "all in file", "apply all fixes of this rule in this file", _rule(Answer.APPLY, everywhere=False)),
    Key("A", "all", "apply all fixes of this rule everywhere", _rule(Answer.APPLY, everywhere=True)),
)
_READ = (Key("n", "next", "next: this one has no fix to apply", _answer(Answer.READ)),)
_NONE = (
    Key("d", "none in file", "skip all of this rule in this file", _rule(Answer.SKIP, everywhere=False)),
    Key("D", "none", "skip all of this rule everywhere", _rule(Answer.SKIP, everywhere=True)),
)
EDIT = Key("e", "edit", "change a value of this fix: context, variable, image")
PAGE = Key("?", "why", "read the page of this rule")
_REST = (
    PAGE,
    Key("b", "back", "go back to the last decision", _back),
    Key("u", "undo", "undo the last decision", _undo),
    Key("s", "skip file", "skip this file: leave it unchanged", _skip),
    Key("q", "stop", "stop: write what was accepted in this file, keep all decisions", _stop),
    Key("Q", "discard", "stop: leave this file unchanged, forget the decisions of this session", _discard),
)


def keys_for(*, fix: bool, editable: bool) -> tuple[Key, ...]:
    """What can be pressed for a finding with or without a fix."""
    if not fix:
        return (*_READ, *_NONE, *_REST)
    return (*_ONE, *_NONE, *((EDIT,) if editable else ()), *_REST)
