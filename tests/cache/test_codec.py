"""Outcomes as they are kept: all of them, nothing that is secret, and never an error for what is no outcome."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cache.codec import decoded, encoded, looks_in
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.files.looking import Looks
from migrator.rule import Requirement, Safety
from migrator.startup.records import replace

WORDS = st.text(max_size=6)
NAMES = st.sampled_from(["A", "B_1", "DOCKERHUB_PASSWORD"])
NUMBERS = st.integers(0, 10**6)
REQUIREMENTS = st.builds(
    Requirement,
    WORDS,
    WORDS,
    st.lists(NAMES, max_size=2).map(tuple),
    WORDS,
    st.booleans(),
    st.lists(WORDS, max_size=2).map(tuple),
    WORDS,
)
PAIRS = st.tuples(WORDS, WORDS)
LOCATED = st.builds(
    Located,
    WORDS,
    NUMBERS,
    NUMBERS,
    WORDS,
    st.sampled_from(Safety),
    WORDS,
    st.booleans(),
    st.booleans(),
    st.lists(REQUIREMENTS, max_size=2).map(tuple),
    st.lists(WORDS, max_size=2).map(tuple),
    WORDS,
    st.lists(PAIRS, max_size=2).map(tuple),
    WORDS,
    st.booleans(),
)
FINDINGS = st.lists(LOCATED, max_size=2).map(tuple)
LOOKS = Looks(("/r/\udce4.yml", "/r/"), ("/r/.git",), ("c:ab", "ncd"))
IMAGES = st.frozensets(PAIRS, max_size=2)
FACTS = st.none() | st.lists(st.tuples(st.lists(WORDS, max_size=3).map(tuple), NUMBERS), max_size=2).map(tuple)
CONTEXTS = st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=2).map(tuple)), max_size=2).map(tuple)


@st.composite
def changed(draw: st.DrawFn) -> Changed:
    before = draw(st.text(max_size=20).filter(lambda text: text.isascii() or text.isprintable()))
    places = sorted(draw(st.lists(st.integers(0, len(before)), min_size=2, max_size=4)))
    edits = tuple(TextEdit(start, end, draw(WORDS)) for start, end in zip(places[::2], places[1::2], strict=False))
    return Changed(
        "a.yml",
        before,
        apply_edits(before, edits),
        edits,
        draw(FINDINGS),
        draw(FINDINGS),
        frozenset(),
        draw(st.booleans()),
        0,
        draw(IMAGES),
        draw(CONTEXTS),
        draw(FINDINGS),
        draw(FACTS),
        LOOKS,
    )


UNCHANGED = st.builds(
    Unchanged,
    st.just("a.yml"),
    FINDINGS,
    st.just(frozenset()),
    st.just(0),
    IMAGES,
    CONTEXTS,
    FINDINGS,
    FACTS,
    st.just(LOOKS),
)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    changed(), UNCHANGED, st.builds(Skipped, st.just("a.yml"), WORDS, looks=st.just(LOOKS))
)


def read(text: bytes, data: bytes) -> Outcome | None:
    found = looks_in(text)
    return None if found is None else decoded("a.yml", *found, data)


@given(OUTCOMES)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    data = outcome.data_before if isinstance(outcome, Changed) else b"x"
    text = encoded(outcome)
    assert text is not None
    assert b"\n" not in text
    again = read(text, data)
    assert again == outcome
    assert again is not None
    assert again.looks == outcome.looks
    # What equality leaves out, in all that an outcome is made of.
    assert repr(again) == repr(outcome)
    assert getattr(again, "facts", None) == getattr(outcome, "facts", None)


def test_all_that_outcomes_have_is_kept() -> None:
    kinds: tuple[Any, ...] = (Changed, Unchanged, Skipped, Located, Requirement)
    shapes = {record: record._shape.names for record in kinds}
    assert {record: " ".join(sorted(names)) for record, names in shapes.items()} == {
        # What is described is not kept: of an outcome from the cache it is worked out again where it is asked for.
        Changed: "after applied before bom contexts described edits facts ignored images left looks path secrets "
        "unnamed",
        Unchanged: "contexts facts ignored images left looks path secrets unnamed",
        Skipped: "looks path reason secrets",
        Located: "applied column counts data fingerprint fix later line message requirements rule safety warnings "
        "why_not",
        Requirement: "kind name new owner reason today variables",
    }, "what is new here has to be written and read by migrator.cache.codec"


@given(OUTCOMES)
def test_nothing_is_kept_of_a_file_with_secrets(outcome: Outcome) -> None:
    assert encoded(replace(outcome, secrets=frozenset({"hunter22"}))) is None
    if not isinstance(outcome, Skipped):
        assert encoded(replace(outcome, unnamed=1)) is None


@pytest.mark.parametrize(
    "outcome",
    [
        Failed("a.yml", "took longer than 60 seconds", fault="too-slow", looks=LOOKS),
        Failed("a.yml", "is not YAML", unread=True, looks=LOOKS),
        Unchanged("a.yml"),
        Unchanged("a.yml", looks=Looks(LOOKS.at, LOOKS.absent)),
        Changed("a.yml", "ab", "ac", (TextEdit(0, 1, "x"),), (), (), frozenset(), looks=LOOKS),
    ],
)
def test_failures_and_what_could_be_different_unnoticed_are_not_kept(outcome: Outcome) -> None:
    assert encoded(outcome) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=20,
)


@given(st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_outcome_is_nothing(text: bytes) -> None:
    assert read(text, b"x: 1\n") is None


@given(OUTCOMES, st.data())
def test_an_outcome_with_something_else_in_it_is_none_or_another_outcome(outcome: Outcome, data: st.DataObject) -> None:
    text = encoded(outcome)
    assert text is not None
    fields = json.loads(text)
    at: Any = fields
    while isinstance(at, list) and at:
        place = data.draw(st.integers(0, len(at) - 1))
        if not isinstance(at[place], list) or data.draw(st.booleans()):
            at[place] = data.draw(JSON)
            break
        at = at[place]
    again = read(json.dumps(fields).encode(), outcome.data_before if isinstance(outcome, Changed) else b"x")
    assert again is None or isinstance(again, Changed | Unchanged | Skipped)


def test_a_change_of_another_text_is_none() -> None:
    outcome = Changed("a.yml", "abcdef", "abcdeX", (TextEdit(5, 6, "X"),), (), (), frozenset(), looks=LOOKS)
    text = encoded(outcome)
    assert text is not None
    assert read(text, b"abc") is None
