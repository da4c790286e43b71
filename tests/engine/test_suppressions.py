"""What a suppression covers, and what is said about one that covers nothing."""

from __future__ import annotations

import pytest

from migrator.documents import open_document
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.engine.suppressions import Suppressions
from migrator.policy import Policy

HERE = "# migrator: ignore[a] reason"


def suppressions(text: str) -> Suppressions:
    return Suppressions(open_document("config.yml", text.encode()))


def covered(text: str, rule: str = "a") -> list[int]:
    """The lines on which findings of the rule are left alone."""
    found = suppressions(text)
    return [line for line in range(1, text.count("\n") + 2) if found.covers(rule, line)]


def test_without_a_suppression_nothing_is_covered() -> None:
    assert covered("a: 1 # migrator\nb: 2\n") == []


def test_another_rule_is_not_covered() -> None:
    assert covered(f"x: 1 {HERE}\n", "b") == []


@pytest.mark.parametrize(
    "text",
    [f'x: "{HERE}"\n', f"x: |\n  echo {HERE}\n  {HERE}\n", f"x: '\n  {HERE}'\n", "x: a#migrator:ignore[a]reason\n"],
    ids=["quoted", "block", "folded", "no-blank-before"],
)
def test_what_only_looks_like_a_comment_covers_nothing(text: str) -> None:
    assert covered(text) == []


def test_behind_content_it_covers_that_line_only() -> None:
    assert covered(f"x: {HERE}\n  y: 1\nz: 1\n") == [1]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"{HERE}\nx:\n  y: 1\n  z: 2\nw: 1\n", [2, 3, 4]),
        (f"x:\n  {HERE}\n  y:\n  - 1\n  - 2\n  z: 1\n", [3, 4, 5]),
        (f"x:\n  {HERE}\n  - image: 1\n    auth:\n      y: 1\n  - image: 2\n", [3, 4, 5]),
        (f"x:\n{HERE}\n- image: 1\n  auth: 1\n- image: 2\n", [3, 4]),
        (f"x:\n  {HERE}\n  -\n    image: 1\n    auth: 1\n  - image: 2\n", [3, 4, 5]),
        (f"x:\n  {HERE}\n  - &i\n    image: 1\n  - *i\n", [3, 4]),
        (f"x:\n  {HERE}\n  - - 1\n    - 2\n  - 3\n", [3, 4]),
        (f"x:\n  {HERE}\n  y: [1,\n2]\n  z: 1\n", [3, 4]),
        (f"x:\n  {HERE}\n  # more\n\n  y: 1\n  z: 1\n", [3, 4, 5]),
        (f"x: [\n  {HERE}\n  1, 2,\n  3]\n", [3]),
        (f"x: 1\n{HERE}\n", []),
    ],
)
def test_on_its_own_line_it_covers_what_begins_below(text: str, lines: list[int]) -> None:
    assert [line for line in covered(text) if line > text[: text.index(HERE)].count("\n") + 1] == lines


def test_at_the_head_of_a_file_it_covers_the_first_entry_only() -> None:
    assert covered(f"{HERE}\nversion: 2.1\njobs: 1\n") == [2]


def test_a_whole_file_is_covered_where_that_is_said() -> None:
    assert covered("x: 1\ny: 1\n# migrator: ignore-file[a] reason\n") == [1, 2, 3, 4]


def test_several_rules_in_one_comment() -> None:
    text = "x: 1 # migrator: ignore[a, b-c] reason\n"
    assert covered(text, "a") == covered(text, "b-c") == [1]


def test_crlf_and_a_comment_mark_without_blank() -> None:
    assert covered("x: 1 #migrator:ignore[a] reason\r\ny: 1\r\n") == [1]


def test_a_used_suppression_is_not_told() -> None:
    found = suppressions(f"x: 1 {HERE}\n")
    assert found.covers("a", 1)
    assert found.unused(["a"]) == []


def test_an_unused_one_is_told_by_line_for_each_rule_that_ran() -> None:
    found = suppressions("w: 1\nx: 1 # migrator: ignore[a,b] reason\n")
    assert found.covers("b", 2)
    assert found.unused(["a", "b"]) == [(2, "suppresses `a`, which finds nothing here; remove it")]


def test_a_rule_that_did_not_run_is_not_called_unused() -> None:
    assert suppressions(f"x: 1 {HERE}\n").unused(["b"]) == []


def test_an_unknown_rule_is_told_where_all_are_known() -> None:
    found = suppressions("x: 1 # migrator: ignore[old-imag] reason\n")
    assert found.unused([], known=["old-image"]) == [
        (1, "suppresses `old-imag`, which is not a rule; did you mean `old-image`?")
    ]


@pytest.mark.parametrize("reason", ["", " ", " --", " :"])
def test_a_missing_reason_is_told_though_the_suppression_holds(reason: str) -> None:
    found = suppressions(f"x: 1 # migrator: ignore[a]{reason}\n")
    assert found.covers("a", 1)
    assert found.unused(["a"]) == [(1, "has no reason; add one after the bracket")]


@pytest.mark.parametrize("words", ["ignore", "ignore a", "ignore[]", "ignore[*] x", "ignore[A] x", "ignor[a] x", "off"])
def test_what_is_not_understood_is_told_and_covers_nothing(words: str) -> None:
    found = suppressions(f"x: 1 # migrator: {words}\n")
    assert not found.covers("a", 1)
    assert found.unused(["a"]) == [(1, "is not a valid suppression; write `# migrator: ignore[rule-id] reason`")]


def test_the_name_of_the_command_for_that_of_the_comment_is_reported_and_covers_nothing() -> None:
    found = suppressions("x: 1 # migrate: ignore[a] reason\n")
    assert not found.covers("a", 1)
    assert found.unused(["a"]) == [(1, "suppresses nothing; write `migrator:`, not `migrate:`")]


@pytest.mark.parametrize(
    "text", ["x: 1 # migrate: ignored\n", "x: |\n  # migrate: ignore[a] b\n", 'x: "# migrate: ignore[a] b"\n']
)
def test_what_only_looks_like_such_a_comment_is_left_alone(text: str) -> None:
    assert suppressions(text).unused(["a"]) == []


def test_a_suppression_of_no_rule_is_told_with_what_was_meant() -> None:
    text = b"# migrator: ignore-file[unauthenticated-imag] typo\nversion: 2.1\n"
    rules = load_rules(["unauthenticated-image"])
    known = [rule.id for rule in rules]
    outcome = run("config.yml", text, rules, Policy(), choose_by_safety(review_too=False), known=known)
    assert isinstance(outcome, Unchanged)
    (finding,) = outcome.left
    assert finding.rule == "unused-suppression"
    assert "did you mean `unauthenticated-image`?" in finding.message


def test_other_words_of_the_comment_may_stand_before_it() -> None:
    assert covered(f"x: 1 # pinned, see the wiki {HERE}\ny: 1\n") == [1]
    assert covered(f"# pinned {HERE}\nx:\n  y: 1\nz: 1\n") == [2, 3]
    assert covered("x: 1 # as in `# migrator: ignore[a] reason`\n") == []


def test_an_unknown_rule_that_is_like_no_other_is_told_where_all_are_listed() -> None:
    found = suppressions("x: 1 # migrator: ignore[zzz] reason\n")
    assert found.unused([], known=["old-image"]) == [
        (1, "suppresses `zzz`, which is not a rule; `migrate rules` lists them")
    ]


def test_a_rule_that_is_known_and_did_not_run_is_not_told() -> None:
    assert suppressions(f"x: 1 {HERE}\n").unused(["b"], known=["a", "b"]) == []
