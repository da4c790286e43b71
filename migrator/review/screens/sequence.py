"""Several questions in a row, of which Escape takes the last one back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from migrator.review.screens.prompts import Back, Cancelled

R = TypeVar("R")


class Prompts(Protocol):
    """How questions are asked. All raise `Back` for Escape, and `Cancelled` when the person leaves."""

    def choose(self, message: str, choices: Sequence[tuple[str, str]], *, default: str = "") -> str: ...

    def ask(self, message: str, default: str, check: Callable[[str], str]) -> str:
        """`check` returns what is wrong with a text, or an empty text."""

    def confirm(self, message: str) -> bool: ...


class _Again:
    """Gives the answers that are known, and asks for those after them."""

    def __init__(self, prompts: Prompts, answers: list[str], was: str | None) -> None:
        self._prompts = prompts
        self._answers = answers
        self._was = was
        self._next = 0

    def choose(self, message: str, choices: Sequence[tuple[str, str]], *, default: str = "") -> str:
        was = self._was if self._was in dict(choices) else default
        return self._answer(lambda: self._prompts.choose(message, choices, default=was or ""))

    def ask(self, message: str, default: str, check: Callable[[str], str]) -> str:
        return self._answer(lambda: self._prompts.ask(message, self._was or default, check))

    def confirm(self, message: str) -> bool:
        return self._answer(lambda: "yes" if self._prompts.confirm(message) else "no") == "yes"

    def _answer(self, ask: Callable[[], str]) -> str:
        if self._next == len(self._answers):
            self._answers.append(ask())
            self._was = None
        self._next += 1
        return self._answers[self._next - 1]


def in_sequence(prompts: Prompts, questions: Callable[[Prompts], R]) -> R:
    """The result of a function that asks questions, and nothing else: after Escape it is run again with the answers so
    far but for the last, which is asked for again. Escape at the first one raises `Cancelled`."""
    answers: list[str] = []
    was: str | None = None
    while True:
        try:
            return questions(_Again(prompts, answers, was))
        except Back:
            if not answers:
                raise Cancelled from None
            was = answers.pop()
