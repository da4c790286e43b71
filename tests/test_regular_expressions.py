"""No regular expression takes longer than its text asks for: steps are counted on texts made to be slow for it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Final

import pytest

from tests.backtracking import Counted, fastest_growth, hostile_texts
from tests.patterns import Pattern, patterns
from tests.places import ROOT

# Between steps that grow as the text does, 1, and with its square, 2.
TOO_FAST: Final = 1.5

# What may grow faster, with the reason: texts that no repository writes, or that are short for another reason.
ALLOWED: Final = {
    ("migrator/engine/cases.py", r"(?P<fence>`{3,})"): "pages of rules, which run as the person does",
    ("migrator/reports/rule_texts.py", r"\[([^\]]+)\]"): "pages of rules",
    ("migrator/bulk/git.py", r"(.*) <(.*)> \d+"): "what `git var` writes of the person",
    ("migrator/circleci/secrets/literals.py", r"(?:docker|podman"): "the 80 characters before a `login`",
    ("migrator/circleci/secrets/literals.py", r"(?:echo|printf)\s++"): "the 200 characters before a `login`",
}


@pytest.fixture(autouse=True)
def room() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


FILES: Final = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("migrator", "rules")
    for path in (ROOT / folder).rglob("*.py")
    if re.search(r"\bre\.|\blazy\(|\bmatching\(", path.read_text("utf-8"))
)


def allowed(pattern: Pattern) -> bool:
    file = pattern.place.partition(":")[0]
    return any(file == place and start in pattern.text for place, start in ALLOWED)


@pytest.mark.parametrize("file", FILES)
def test_steps_grow_in_proportion_to_the_text(file: str) -> None:
    slow = []
    for pattern in patterns(file):
        if not allowed(pattern):
            growth, text = fastest_growth(pattern.text, pattern.flags, everywhere=pattern.everywhere)
            if growth > TOO_FAST:
                slow.append(f"{pattern.place}: {pattern.text!r} on {text!r}: {growth:.2f}")
    assert slow == []


def test_every_exception_is_needed() -> None:
    for place, start in ALLOWED:
        mine = [each for each in patterns(place) if start in each.text]
        assert any(fastest_growth(each.text, each.flags, everywhere=each.everywhere)[0] > TOO_FAST for each in mine)


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        (r"\w+x", 0),
        (r"(a+)+b", 0),
        (r"a*a*b", 0),
        (r"(?:a|b)*?c", 0),
        (r"x(?=\w*y)", 0),
        (r"\d+$", 0),
        (r"<<.*?>>", re.DOTALL),
        (r"(['\"]).*?x\1", 0),
        (r"(?:a?){10}b\w*!", 0),
        (r"[ \t]*\r?\n", 0),
    ],
)
def test_what_is_known_to_be_slow_is_seen(pattern: str, flags: int) -> None:
    assert fastest_growth(pattern, flags, everywhere=True)[0] > TOO_FAST


@pytest.mark.parametrize(
    "pattern", [r"\bx\w+", r"(?<!\w)\w+x", r"://[^\s/:@]*:[^\s/@]+@", r"a{2,50}b", r"<<(?:(?!<<).)*?>>", r"x\d*$"]
)
def test_what_is_known_to_be_quick_is_let_be(pattern: str) -> None:
    assert fastest_growth(pattern, 0, everywhere=True)[0] <= TOO_FAST


@pytest.mark.parametrize("file", FILES)
def test_the_counter_finds_what_re_finds(file: str) -> None:
    for pattern in patterns(file):
        counted = Counted(pattern.text, pattern.flags, exact=True)
        for number, text in enumerate(hostile_texts(counted)):
            if number % 11 == 0:
                counted.steps = 0
                found = [match.span() for match in counted.compiled.finditer(text(2))]
                assert list(counted.matches(text(2))) == found, (pattern, text(2))
