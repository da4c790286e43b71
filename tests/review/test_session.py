"""What a session asks, keeps and writes. No terminal takes part."""

from __future__ import annotations

import re
from pathlib import Path

from migrator.engine.outcomes import Changed, Failed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.results.decisions import Answer
from migrator.review.session import End, Session
from migrator.rule import Rule
from tests.growth import calls
from tests.review.conftest import CONFIG, DECISIONS, Start, answer_all, asked, many

APPLY, SKIP, READ = Answer.APPLY, Answer.SKIP, Answer.READ
IMAGES = "acme-image"


def shown(session: Session) -> tuple[str, int]:
    """Rule and line of what is asked."""
    located = asked(session).proposal.located
    return located.rule, located.line


def test_nothing_is_asked_where_nothing_is_found(start: Start) -> None:
    session = start({"a.yml": "version: 2.1\n"})
    assert session.question is None
    assert session.end is End.DONE
    assert not DECISIONS.exists()


def test_skipping_everything_leaves_every_byte(start: Start) -> None:
    session = start({"a.yml": CONFIG})
    answer_all(session, SKIP)
    assert Path("a.yml").read_text() == CONFIG
    assert isinstance(session.outcomes[0], Unchanged)


def test_nothing_is_written_before_the_last_answer_about_a_file(start: Start) -> None:
    session = start({"a.yml": CONFIG, "b.yml": CONFIG})
    while asked(session).file == 1:
        assert Path("a.yml").read_text() == CONFIG
        session.answer(APPLY if asked(session).proposal.located.fix else READ)
    assert Path("a.yml").read_text() != CONFIG
    assert Path("b.yml").read_text() == CONFIG


def test_applying_everything_writes_what_a_run_with_review_too_writes(start: Start, rules: tuple[Rule, ...]) -> None:
    session = start({"a.yml": CONFIG})
    answer_all(session, APPLY)
    expected = run("a.yml", CONFIG.encode(), rules, Policy(), choose_by_safety(review_too=True))
    assert isinstance(expected, Changed)
    assert Path("a.yml").read_bytes() == expected.data


def test_findings_are_asked_in_the_order_of_their_lines(start: Start) -> None:
    session = start({"a.yml": CONFIG})
    lines = []
    while session.question is not None:
        lines.append(asked(session).proposal.located.line)
        assert (asked(session).number, asked(session).total) == (len(lines), 7)
        session.answer(SKIP)
    assert lines == [6, 6, 7, 9, 15, 15, 15]


def test_a_finding_without_a_fix_is_read_and_stays(start: Start) -> None:
    session = start({"a.yml": CONFIG}, only=["acme-note"])
    assert not asked(session).proposal.located.fix
    session.answer(READ)
    assert session.question is None
    assert start(only=["acme-note"]).question is None, "it was asked twice"


def test_the_rest_of_a_rule_is_answered_in_this_file_only(start: Start) -> None:
    files = {"a.yml": many(3), "b.yml": many(2)}
    session = start(files, only=[IMAGES])
    session.answer(SKIP)
    session.answer_rule(APPLY, everywhere=False)
    assert asked(session).path == "b.yml"
    assert Path("a.yml").read_text() == files["a.yml"].replace("acme/go:1", "cimg/go:1").replace(
        "acme/go:2", "cimg/go:2"
    )


def test_the_rest_of_a_rule_is_answered_everywhere(start: Start) -> None:
    files = {"a.yml": many(3), "b.yml": many(2), "c.yml": CONFIG}
    session = start(files, only=[IMAGES, "acme-secret"])
    session.answer_rule(APPLY, everywhere=True)
    assert shown(session) == ("acme-secret", 9)
    session.answer(SKIP)
    assert session.question is None
    assert all("acme" not in Path(name).read_text() for name in files)
    assert DECISIONS.read_text().count("[[decision]]") == 3 + 2 + 2 + 1, "what it covered is recorded"


def test_an_answer_for_everywhere_ends_with_the_session(start: Start) -> None:
    session = start({"a.yml": many(2), "b.yml": CONFIG}, only=[IMAGES, "acme-secret"])
    session.answer_rule(SKIP, everywhere=True)
    assert shown(session) == ("acme-secret", 9)
    session.interrupt()
    Path("c.yml").write_text(many(1))
    again = start(only=[IMAGES, "acme-secret"])
    again.answer(SKIP)
    assert (asked(again).path, shown(again)[0]) == ("c.yml", IMAGES)


def test_none_of_a_rule_covers_what_can_only_be_read(start: Start) -> None:
    session = start({"a.yml": many(3).replace("go:", "go")}, only=["acme-note"])
    session.answer_rule(SKIP, everywhere=False)
    assert session.question is None


def test_all_of_a_rule_does_not_answer_for_what_can_only_be_read(start: Start) -> None:
    text = many(1) + "  x:\n    docker: [{image: '<< parameters.x >>'}]\n    parameters: {x: {type: string}}\n"
    text += "  y:\n    docker: [{image: node}]\n"
    session = start({"a.yml": text}, only=["unauthenticated-image"])
    first = asked(session)
    session.answer_rule(APPLY, everywhere=False)
    assert asked(session).proposal.located.fix is False
    assert asked(session).proposal.located.rule == first.proposal.located.rule


def test_skipping_a_file_takes_back_what_was_accepted_in_it(start: Start) -> None:
    session = start({"a.yml": many(3), "b.yml": many(1)}, only=[IMAGES])
    session.answer(APPLY)
    session.skip_file()
    assert asked(session).path == "b.yml"
    assert Path("a.yml").read_text() == many(3)
    session.interrupt()
    assert asked(start(only=[IMAGES])).path == "b.yml", "the skipped file was asked again"


def test_going_back_shows_the_last_decision_and_takes_another(start: Start) -> None:
    session = start({"a.yml": many(3)}, only=[IMAGES])
    session.answer(APPLY)
    session.answer(APPLY)
    assert session.back()
    assert shown(session) == (IMAGES, 9)
    given = asked(session).given
    assert given is not None
    assert given.answer is APPLY
    session.answer(SKIP)
    assert shown(session) == (IMAGES, 13)
    session.answer(APPLY)
    assert "acme/go:1" in Path("a.yml").read_text()
    assert "acme/go:0" not in Path("a.yml").read_text()


def test_going_back_twice_and_on_asks_nothing_again(start: Start) -> None:
    session = start({"a.yml": many(4)}, only=[IMAGES])
    for _ in range(3):
        session.answer(APPLY)
    assert session.back()
    assert session.back()
    assert shown(session) == (IMAGES, 9)
    assert (asked(session).number, asked(session).total) == (2, 4)
    session.answer(SKIP)
    assert shown(session) == (IMAGES, 17)


def test_the_first_finding_has_nothing_before_it(start: Start) -> None:
    session = start({"a.yml": many(2), "b.yml": many(2)}, only=[IMAGES])
    assert not session.back()
    assert not session.undo()
    session.answer_rule(APPLY, everywhere=False)
    assert asked(session).path == "b.yml"
    assert not session.back(), "a file that is written was gone back to"
    assert not session.undo()


def test_undo_opens_the_last_decision(start: Start) -> None:
    session = start({"a.yml": many(3)}, only=[IMAGES])
    session.answer(APPLY)
    session.answer(SKIP)
    assert session.undo()
    assert shown(session) == (IMAGES, 9)
    assert asked(session).given is None
    session.interrupt()
    assert shown(start(only=[IMAGES])) == (IMAGES, 9), "what was undone was remembered"


def test_undo_takes_back_all_that_one_key_covered(start: Start) -> None:
    text = many(5) + "  last:\n    docker: [{image: cimg/go:1}]\n    environment: {TOKEN: abcdefgh}\n"
    session = start({"a.yml": text}, only=[IMAGES, "acme-secret"])
    session.answer(SKIP)
    session.answer_rule(APPLY, everywhere=True)
    assert shown(session)[0] == "acme-secret"
    assert session.undo()
    assert shown(session) == (IMAGES, 9)
    session.answer(SKIP)
    assert shown(session) == (IMAGES, 13), "the rule is still answered for"


def test_undo_then_back_leaves_nothing_unasked(start: Start) -> None:
    session = start({"a.yml": many(4)}, only=[IMAGES])
    for _ in range(3):
        session.answer(APPLY)
    session.back()
    session.back()
    session.undo()
    assert shown(session) == (IMAGES, 9)
    session.back()
    assert shown(session) == (IMAGES, 13)
    session.answer(SKIP)
    assert shown(session) == (IMAGES, 9)
    session.answer(APPLY)
    assert shown(session) == (IMAGES, 17)
    session.answer(APPLY)
    text = Path("a.yml").read_text()
    assert [n for n in range(4) if f"acme/go:{n}" in text] == [2]


def test_stopping_writes_what_was_accepted_and_leaves_the_rest_open(start: Start) -> None:
    session = start({"a.yml": many(3), "b.yml": many(1)}, only=[IMAGES])
    session.answer(APPLY)
    session.stop()
    assert session.question is None
    assert Path("a.yml").read_text() == many(3).replace("acme/go:0", "cimg/go:0")
    assert [outcome.path for outcome in session.outcomes] == ["a.yml", "b.yml"]
    assert shown(start(only=[IMAGES])) == (IMAGES, 9)


def test_discarding_forgets_this_session_and_no_other(start: Start) -> None:
    session = start({"a.yml": many(4)}, only=[IMAGES])
    session.answer(APPLY)
    session.interrupt()
    before = DECISIONS.read_text()
    session = start(only=[IMAGES])
    assert shown(session) == (IMAGES, 9)
    session.answer(SKIP)
    session.undo()
    session.answer(APPLY)
    session.discard()
    assert DECISIONS.read_text() == before
    assert Path("a.yml").read_text() == many(4)
    assert shown(start(only=[IMAGES])) == (IMAGES, 9)


def test_discarding_the_first_session_leaves_no_file(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    session.answer(APPLY)
    assert DECISIONS.exists()
    session.discard()
    assert not DECISIONS.exists()


TWINS = "jobs:\n  a:\n    docker: [{image: acme/go}, {image: acme/go}, {image: acme/go}]\n    steps: [checkout]\n"


def test_of_items_that_are_alike_each_has_its_own_answer(start: Start) -> None:
    session = start({"a.yml": TWINS}, only=[IMAGES])
    for answer in (APPLY, SKIP, APPLY):
        session.answer(answer)
    assert session.question is None
    assert re.findall(r"image: (\w+)", Path("a.yml").read_text()) == ["cimg", "acme", "cimg"]


def test_what_is_left_of_items_that_are_alike_is_not_asked_for_again(start: Start) -> None:
    session = start({"a.yml": TWINS}, only=[IMAGES])
    session.answer(APPLY)
    session.answer(SKIP)
    session.stop()
    after = Path("a.yml").read_text()
    again = start(only=[IMAGES])
    assert Path("a.yml").read_text() == after
    assert (asked(again).number, asked(again).total) == (2, 2), "the one that was skipped is asked for again"
    again.answer(SKIP)
    assert start(only=[IMAGES]).question is None
    assert Path("a.yml").read_text() == after


def test_a_note_on_what_another_fix_renames_is_read_once(start: Start) -> None:
    text = TWINS.replace("acme/go}, {image: acme/go}, {image: acme/go", "acme/go")
    session = start({"a.yml": text}, only=[IMAGES, "acme-note"])
    session.answer(APPLY)
    session.answer(READ)
    assert session.question is None
    assert start(only=[IMAGES, "acme-note"]).question is None


def test_an_interrupted_session_goes_on_at_the_first_open_finding(start: Start) -> None:
    session = start({"a.yml": many(4)}, only=[IMAGES])
    session.answer(APPLY)
    session.answer(SKIP)
    session.interrupt()
    assert Path("a.yml").read_text() == many(4)
    again = start(only=[IMAGES])
    assert shown(again) == (IMAGES, 13)
    assert asked(again).number == 3
    assert again.back(), "decisions of the session before can be gone back to"
    assert shown(again) == (IMAGES, 9)
    again.answer(SKIP)
    again.answer(SKIP)
    again.answer(APPLY)
    text = Path("a.yml").read_text()
    assert [n for n in range(4) if f"cimg/go:{n}" in text] == [0, 3]


def test_decisions_survive_lines_that_move(start: Start) -> None:
    session = start({"a.yml": many(3)}, only=[IMAGES])
    session.answer(SKIP)
    session.interrupt()
    Path("a.yml").write_text(many(3).replace("jobs:\n", "# one\n\n# two\njobs:\n"))
    assert shown(start(only=[IMAGES])) == (IMAGES, 12)


def test_a_decision_is_about_one_path(start: Start) -> None:
    session = start({"a.yml": many(1), "b.yml": many(1)}, only=[IMAGES])
    session.answer(SKIP)
    assert asked(session).path == "b.yml"


def test_the_last_answer_is_written_even_if_the_session_died_before(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    session.answer(APPLY)
    session.interrupt()
    block = DECISIONS.read_text()
    fingerprint = asked(start(only=[IMAGES])).proposal.located.fingerprint
    DECISIONS.write_text(block + block.replace(block.split('fingerprint = "')[1][:16], fingerprint))
    again = start(only=[IMAGES])
    assert again.question is None
    assert again.asked == 0
    assert "acme" not in Path("a.yml").read_text()


def test_a_file_that_is_changed_meanwhile_is_not_written_over(start: Start) -> None:
    session = start({"a.yml": many(2)}, only=[IMAGES])
    session.answer(APPLY)
    Path("a.yml").write_text("version: 2.1\n")
    session.answer(APPLY)
    assert isinstance(session.outcomes[0], Failed)
    assert Path("a.yml").read_text() == "version: 2.1\n"


def test_a_file_that_is_gone_fails_and_the_others_go_on(start: Start) -> None:
    session = start({"a.yml": many(1), "b.yml": many(1)}, only=[IMAGES])
    Path("b.yml").unlink()
    session.answer(APPLY)
    assert session.question is None
    assert [type(outcome) for outcome in session.outcomes] == [Changed, Failed]


def test_a_secret_is_in_no_decision(start: Start) -> None:
    session = start({"a.yml": CONFIG})
    answer_all(session, APPLY)
    assert "hunter2" not in DECISIONS.read_text()
    assert session.mask.text("hunter2hunter2") == "****"


def test_modes_are_kept(start: Start) -> None:
    Path("a.yml").write_text(many(1))
    Path("a.yml").chmod(0o640)
    session = start(only=[IMAGES])
    session.answer(APPLY)
    assert Path("a.yml").stat().st_mode & 0o777 == 0o640


def test_an_answer_takes_as_much_work_with_lots_of_findings_as_with_few(start: Start) -> None:
    def per_answer(name: str, count: int) -> float:
        session = start({name: many(count)}, only=[IMAGES])

        def answer_some() -> None:  # those that follow are alike, and the end of the file is another matter
            for _ in range(10):
                assert session.question is not None
                assert session.question.path == name
                session.answer(APPLY)

        return calls(answer_some) / 10

    assert per_answer("lots.yml", 400) < 2 * per_answer("few.yml", 40)
