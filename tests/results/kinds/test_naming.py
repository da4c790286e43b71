"""Names of kinds: words that a person can say, and no two alike."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from migrator.results.kinds.kind import Kind
from migrator.results.kinds.naming import name_of, names_of

PAIR = (("+", "image", "auth.password", "$B"), ("+", "image", "auth.username", "$A"))
FACTS = st.tuples(
    st.sampled_from("+-"),
    st.sampled_from(["image", "step", "invocation", "orb", "config", "environment of a job", "comment", "line", "job"]),
    st.sampled_from(["", "auth.password", "auth", "run", "docker/check", "a/b.c", "image", "version", "context[]"]),
    st.sampled_from(["", "<secret>", "docker login", "docker login <secret>", "$A", "$B", "2.1", "x/y@1"]),
)  # fmt: skip


def test_names_say_what_changes() -> None:
    def name(*facts: tuple[str, str, str, str]) -> str:
        return name_of(Kind.of(facts))

    assert name(*PAIR) == "auth on an image"
    assert name(("+", "image", "aws_auth.oidc_role_arn", "x")) == "AWS credentials on an image"
    assert name(("-", "image", "image", "<image>"), ("+", "image", "image", "<image>")) == "another image"
    assert name(("-", "config", "version", "2"), ("+", "config", "version", "2.1")) == "config version 2 becomes 2.1"
    assert name(("-", "step", "run", "docker login"), ("+", "step", "docker/check", "")) == (
        "`docker login` becomes docker/check"
    )
    assert name(("-", "step", "run", "docker login <secret>"), ("+", "step", "docker/check", "")) == (
        "a literal `docker login` becomes docker/check"
    )
    assert name(("-", "comment", "", "")) == "a comment removed"
    assert name(("+", "job", "shell", "bash")) == "`shell` added to a job"


def test_kinds_of_one_name_are_told_apart_by_words() -> None:
    other = Kind.of([("+", "image", "auth.password", "$Q"), ("+", "image", "auth.username", "$U")])
    assert list(names_of([Kind.of(PAIR), other]).values()) == [
        "auth on an image with $A, $B",
        "auth on an image with $U, $Q",
    ]


def test_a_name_that_no_other_kind_has_is_short() -> None:
    assert names_of([Kind.of(PAIR), Kind.of([("-", "comment", "", "")])])[Kind.of(PAIR).id] == "auth on an image"


@given(st.lists(st.lists(FACTS, min_size=1, max_size=5).map(Kind.of), max_size=6))
def test_no_two_kinds_have_one_name(kinds: list[Kind]) -> None:
    names = names_of(kinds)
    assert set(names) == {kind.id for kind in kinds}
    assert len(set(names.values())) == len(names)
    assert all(name.strip() and not re.search(r"[0-9a-f]{8}", name) for name in names.values())
