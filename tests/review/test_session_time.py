"""A file that takes too long after an answer fails alone: what was decided is kept, and the next one is asked about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.engine.batch import write
from migrator.engine.discovery import load_rules
from migrator.engine.limits import TOO_SLOW
from migrator.engine.outcomes import Changed, Failed
from migrator.files.reading import read_source
from migrator.policy import Policy
from migrator.results.decisions import Answer, DecisionLog, read_decisions
from migrator.review.scan import scan
from migrator.review.session import End, Session
from tests.review.conftest import DECISIONS, many
from tests.slow import ID, from_now_on, slow_rule


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return slow_rule(tmp_path / "rules")


@pytest.fixture
def session(tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Two files with three findings each."""
    monkeypatch.chdir(tmp_path)
    text = many(3).replace("acme/", "old/")
    for name in ("a.yml", "b.yml"):
        Path(name).write_text(text)
    loaded = load_rules((ID,), [rules])
    scanned = [scan(name, Path(name).read_bytes(), loaded, Policy()) for name in ("a.yml", "b.yml")]
    return Session(scanned, loaded, Policy(), DecisionLog(DECISIONS), read_source, write, file_timeout=1)


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.undo(),
        lambda session: session.back(),
        lambda session: session.skip_file(),
        lambda session: session.answer_rule(Answer.APPLY, everywhere=False),
    ],
    ids=["undo", "back", "skip", "rule"],
)
def test_the_file_is_left_and_the_next_is_asked_about(
    session: Session, rules: Path, act: Callable[[Session], object]
) -> None:
    before = Path("a.yml").read_text()
    session.answer(Answer.APPLY)
    from_now_on(rules)
    act(session)
    assert session.question is None
    assert session.end is End.DONE
    for outcome in session.outcomes:
        assert isinstance(outcome, Failed)
        assert outcome.fault == TOO_SLOW
    assert Path("a.yml").read_text() == before


def test_a_session_that_is_stopped_ends_all_the_same(session: Session, rules: Path) -> None:
    session.answer(Answer.APPLY)
    from_now_on(rules)
    session.stop()
    assert session.end is End.STOPPED
    assert isinstance(session.outcomes[0], Failed)
    assert len(session.outcomes) == 2
    assert len(read_decisions(DECISIONS).recorded) == 1, "the answer is kept"


def test_what_was_written_before_stays_written(session: Session, rules: Path) -> None:
    for _ in range(3):
        session.answer(Answer.APPLY)
    assert session.question is not None
    assert session.question.path == "b.yml"
    from_now_on(rules)
    session.skip_file()
    assert [type(outcome) for outcome in session.outcomes] == [Changed, Failed]
    assert "new/" in Path("a.yml").read_text()
