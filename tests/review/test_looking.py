"""Looking at other findings without deciding, and going to one of them: nothing that is decided or written changes."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.engine.outcomes import Changed, Outcome
from migrator.policy import Policy
from migrator.results.decisions import Answer, DecisionLog, read_decisions
from migrator.review.replay import replayed
from migrator.review.scan import scan
from migrator.review.session import End, Left, Scope, Session
from migrator.review.values import merged
from migrator.rule import Rule
from migrator.startup.records import replace
from tests.doses import examples
from tests.growth import calls
from tests.review.conftest import CONFIG, Start, asked, many

APPLY, SKIP, READ = Answer.APPLY, Answer.SKIP, Answer.READ
IMAGES = "acme-image"


def shown(session: Session) -> tuple[str, int]:
    """File and line of what is asked."""
    return asked(session).path, asked(session).proposal.located.line


def test_looking_decides_nothing(start: Start) -> None:
    session = start({"a.yml": many(3)}, only=[IMAGES])
    assert [session.look(1), session.look(1), session.look(1)] == [True, True, False]
    assert shown(session) == ("a.yml", 13)
    assert [session.look(-1), session.look(-1), session.look(-1)] == [True, True, False]
    assert shown(session) == ("a.yml", 5)
    assert len(session.left()) == 3
    session.stop()
    assert Path("a.yml").read_text() == many(3)


def test_an_answer_ahead_goes_on_from_there_and_comes_back_to_what_was_passed(start: Start) -> None:
    session = start({"a.yml": many(4)}, only=[IMAGES])
    session.look(1)
    session.answer(APPLY)
    assert shown(session) == ("a.yml", 13)
    session.answer(APPLY)
    session.answer(APPLY)
    assert shown(session) == ("a.yml", 5)
    session.answer(SKIP)
    assert session.end is End.DONE
    text = Path("a.yml").read_text()
    assert [n for n in range(4) if f"acme/go:{n}" in text] == [0]


def test_what_is_decided_can_be_looked_at_and_decided_again(start: Start) -> None:
    session = start({"a.yml": many(3)}, only=[IMAGES])
    session.answer(APPLY)
    session.look(-1)
    given = asked(session).given
    assert given is not None
    assert (shown(session), given.answer) == (("a.yml", 5), APPLY)
    session.answer(SKIP)
    assert shown(session) == ("a.yml", 9)
    session.answer(APPLY)
    session.answer(APPLY)
    text = Path("a.yml").read_text()
    assert [n for n in range(3) if f"acme/go:{n}" in text] == [0]


def test_looking_goes_on_in_other_files_and_keeps_what_was_decided_here(start: Start) -> None:
    session = start({"a.yml": many(2), "b.yml": many(1)}, only=[IMAGES])
    session.answer(APPLY)
    assert session.look(1)
    assert shown(session) == ("b.yml", 5)
    assert asked(session).file == 2
    assert session.look(-1)
    assert shown(session) == ("a.yml", 9)
    assert session.undo(), "what was decided before the look can be undone after it"
    assert shown(session) == ("a.yml", 5)
    session.answer(SKIP)
    session.answer(APPLY)
    session.answer(APPLY)
    assert session.end is End.DONE
    assert Path("a.yml").read_text() == many(2).replace("acme/go:1", "cimg/go:1")
    assert [outcome.path for outcome in session.outcomes] == ["a.yml", "b.yml"]


def test_a_finding_of_another_file_is_gone_to_and_the_files_between_come_afterwards(start: Start) -> None:
    files = {f"{name}.yml": many(1) for name in "abcd"}
    session = start(files, only=[IMAGES])
    (target,) = [each for each in session.left() if each.path == "c.yml"]
    assert session.jump(target)
    order = []
    while session.question is not None:
        order.append(session.question.path)
        session.answer(APPLY)
    assert order == ["c.yml", "d.yml", "a.yml", "b.yml"]
    assert [outcome.path for outcome in session.outcomes] == sorted(files)


def test_stopping_writes_what_was_accepted_in_files_that_were_left(start: Start) -> None:
    session = start({"a.yml": many(2), "b.yml": many(2)}, only=[IMAGES])
    session.answer(APPLY)
    session.jump(session.left()[-1])
    session.answer(APPLY)
    session.stop()
    assert Path("a.yml").read_text() == many(2).replace("acme/go:0", "cimg/go:0")
    assert Path("b.yml").read_text() == many(2).replace("acme/go:1", "cimg/go:1")


@pytest.mark.parametrize("end", ["interrupt", "discard"])
def test_nothing_of_files_that_were_left_is_written_otherwise(start: Start, end: str) -> None:
    session = start({"a.yml": many(2), "b.yml": many(2)}, only=[IMAGES])
    session.answer(APPLY)
    session.look(1)
    session.look(1)
    getattr(session, end)()
    assert Path("a.yml").read_text() == many(2)
    assert len(session.outcomes) == 2


def test_an_answer_for_all_files_covers_one_that_was_left(start: Start) -> None:
    session = start({"a.yml": many(2), "b.yml": many(2)}, only=[IMAGES])
    session.jump(session.left()[-1])
    session.answer_rule(APPLY, everywhere=True)
    assert session.end is End.DONE
    assert all("acme" not in Path(name).read_text() for name in ("a.yml", "b.yml"))


def test_what_does_not_come_up_any_more_is_not_gone_to(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    last = session.left()[-1]
    assert not session.jump(last._replace(located=replace(last.located, fingerprint="gone")))
    assert shown(session) == ("a.yml", 5)
    session.answer(APPLY)
    assert shown(session) == ("a.yml", 9)
    session.answer(APPLY)
    assert "acme" not in Path("a.yml").read_text()


def test_a_file_that_was_edited_is_read_again_with_its_decisions(start: Start) -> None:
    session = start({"a.yml": many(3)}, only=[IMAGES])
    session.answer(APPLY)
    assert session.read_again() is None
    edited = "# first\n" + many(3).replace("acme/go:1", "cimg/go:1")
    Path("a.yml").write_text(edited)
    outcome = session.read_again()
    assert outcome is not None
    assert shown(session) == ("a.yml", 14), "the one that was fixed by hand is not asked about"
    session.answer(APPLY)
    assert session.end is End.DONE
    assert Path("a.yml").read_text() == edited.replace("acme", "cimg")


def test_a_file_in_which_nothing_is_left_to_do_is_finished(start: Start) -> None:
    session = start({"a.yml": many(1), "b.yml": many(1)}, only=[IMAGES])
    Path("a.yml").write_text("version: 2.1\n")
    session.read_again()
    assert shown(session) == ("b.yml", 5)


def test_a_file_that_cannot_be_read_any_more_is_left_out(start: Start) -> None:
    session = start({"a.yml": many(1), "b.yml": many(1)}, only=[IMAGES])
    Path("a.yml").write_text("a: [")
    failed = session.read_again()
    assert shown(session) == ("a.yml", 5), "what was read is shown on"
    assert failed is not None
    session.leave_out(failed)  # type: ignore[arg-type]
    assert shown(session) == ("b.yml", 5)
    session.stop()
    assert Path("a.yml").read_text() == "a: ["


def test_a_secret_that_was_typed_in_an_editor_is_hidden(start: Start) -> None:
    session = start({"a.yml": CONFIG})
    Path("a.yml").write_text(CONFIG.replace("hunter2hunter2", "another5ecret"))
    session.read_again()
    assert session.mask.text("another5ecret") == "****"


def named(text: str, name: str) -> str:
    """The same config with names of its own, so that no decision about it is one about another file."""
    return text.replace("build", f"build-{name}").replace("test:", f"test-{name}:").replace("- test", f"- test-{name}")


TEXTS = {
    "a.yml": named(CONFIG, "a"),
    "b.yml": many(3).replace("job", "job-b-"),
    "c.yml": named(CONFIG, "c"),
    "d.yml": "version: 2.1\n",
}


def act(session: Session, chance: random.Random) -> None:
    """One thing that a person may do."""
    fix = asked(session).proposal.located.fix
    answer = chance.choice([APPLY, APPLY, SKIP] if fix else [READ])
    choices = {
        "answer": 6, "rule": 1, "back": 1, "undo": 1, "look": 4, "jump": 2, "skip": 0.3, "change": 0.5, "read": 0.5,
    }  # fmt: skip
    (what,) = chance.choices(list(choices), list(choices.values()))
    if what == "answer":
        session.answer(answer)
    elif what == "rule":
        session.answer_rule(answer if fix else SKIP, everywhere=chance.random() < 0.2)
    elif what == "look":
        session.look(chance.choice((-1, 1)))
    elif what == "jump":
        left: list[Left] = session.left()
        if left:
            session.jump(chance.choice(left))
    elif what == "change" and session.settings:
        setting = chance.choice(session.settings)
        if setting.key.endswith(".context"):
            scope = chance.choice([Scope.FIX, Scope.FILE])
            session.change(merged(asked(session).values, setting.key, chance.choice("xyz")), scope)
    elif what == "skip":
        session.skip_file()
    elif what == "read":
        assert session.read_again() is None
    else:
        session.back() if what == "back" else session.undo()


@settings(max_examples=examples(60), deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(0, 60))
def test_whatever_is_done_what_is_written_is_the_replay_of_what_was_decided(
    rules: tuple[Rule, ...], seed: int, steps: int
) -> None:
    chance = random.Random(seed)
    written: dict[str, bytes] = {}

    def write(outcome: Outcome) -> Outcome:
        assert outcome.path not in written, "a file is finished once"
        written[outcome.path] = outcome.data if isinstance(outcome, Changed) else TEXTS[outcome.path].encode()
        return outcome

    scanned = [scan(path, text.encode(), rules, Policy()) for path, text in TEXTS.items()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "decisions.toml"
        session = Session(scanned, rules, Policy(), DecisionLog(file), lambda path: TEXTS[path].encode(), write)
        for _ in range(steps):
            if session.question is not None:
                assert session.left() or asked(session).given, "something is open, or is looked at again"
                act(session, chance)
        if session.question is not None:
            session.stop()
        decisions = read_decisions(file) if file.exists() else None
    assert [outcome.path for outcome in session.outcomes] == list(TEXTS)
    for path, text in TEXTS.items():
        expected = text.encode()
        if decisions is not None:
            outcome = replayed(path, expected, rules, Policy(), decisions)
            expected = outcome.data if isinstance(outcome, Changed) else expected
        assert written.get(path, text.encode()) == expected


def test_looking_ahead_costs_as_much_with_many_findings_as_with_few(start: Start) -> None:
    """Counted in calls of functions."""

    def work(count: int) -> int:
        session = start({"a.yml": many(count)}, only=[IMAGES])
        looks = count - 1

        def look() -> None:
            for _ in range(looks):
                assert session.look(1)
            for _ in range(looks):
                assert session.look(-1)

        return calls(look) // looks

    few, many_ = work(10), work(80)
    assert many_ < 3 * few
