"""Escape takes the last answer back, and only that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from migrator.review.screens.prompts import Back, Cancelled
from migrator.review.screens.sequence import Prompts, in_sequence

BACK = "back"


class Typed:
    """A person who answers so, one question after the other."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def choose(self, message: str, choices: Sequence[tuple[str, str]], *, default: str = "") -> str:
        return self._next(message, default)

    def ask(self, message: str, default: str, check: Callable[[str], str]) -> str:
        return self._next(message, default)

    def confirm(self, message: str) -> bool:
        return self._next(message, "") == "yes"

    def _next(self, message: str, default: str) -> str:
        self.asked.append((message, default))
        if (answer := self._answers.pop(0)) == BACK:
            raise Back
        return answer


def questions(prompts: Prompts) -> list[str]:
    kind = prompts.choose("kind", [("a", "A"), ("b", "B")])
    name = prompts.ask(f"name of {kind}", "default", lambda _: "")
    return [kind, name, "kept" if prompts.confirm("sure") else "lost"]


def test_without_escape_each_question_is_asked_once() -> None:
    typed = Typed("a", "x", "yes")
    assert in_sequence(typed, questions) == ["a", "x", "kept"]
    assert typed.asked == [("kind", ""), ("name of a", "default"), ("sure", "")]


def test_escape_asks_again_with_the_answer_of_before_at_hand() -> None:
    typed = Typed("a", "x", BACK, BACK, "b", "y", "no")
    assert in_sequence(typed, questions) == ["b", "y", "lost"]
    assert typed.asked[3:] == [
        ("name of a", "x"),
        ("kind", "a"),
        ("name of b", "default"),
        ("sure", ""),
    ]


@pytest.mark.parametrize("answers", [(BACK,), ("a", BACK, BACK), ("a", "x", BACK, BACK, BACK)])
def test_escape_at_the_first_question_leaves(answers: tuple[str, ...]) -> None:
    with pytest.raises(Cancelled):
        in_sequence(Typed(*answers), questions)
