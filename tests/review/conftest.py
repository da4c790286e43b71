"""Folders with configs, and rules of their own beside the built-in one that sessions are tested with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from migrator.engine.batch import write
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Outcome
from migrator.files.reading import read_source
from migrator.policy import Policy
from migrator.results.decisions import Answer, DecisionLog
from migrator.review.scan import scan
from migrator.review.session import Question, Session
from migrator.rule import Rule

DECISIONS = Path("state/decisions.toml")
RULES = Path(__file__).parent / "rules"
IDS = ("acme-image", "acme-note", "acme-secret", "unauthenticated-image")
BUILT_IN = ("docker-login-step", "literal-secret")

CONFIG = """\
version: 2.1
# what we build
jobs:
  build:
    docker:
      - image: acme/go:1.22  # pinned
      - image: cimg/postgres:14
    environment:
      TOKEN: hunter2hunter2
    steps:
      - checkout
      - run: curl -H hunter2hunter2 example.com
  test:
    docker:
      - image: acme/node
    steps:
      - checkout
workflows:
  main:
    jobs:
      - build:
          context: team-context
      - test
"""

Start = Callable[..., Session]


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    return load_rules(IDS, [RULES])


@pytest.fixture
def start(rules: tuple[Rule, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start a session over files of the working directory. What it writes is written there."""
    monkeypatch.chdir(tmp_path)

    def started(
        files: dict[str, str] | None = None, *, only: Sequence[str] = IDS, policy: Policy | None = None
    ) -> Session:
        for name, text in (files or {}).items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)
        chosen = [rule for rule in (*rules, *load_rules(BUILT_IN)) if rule.id in only]
        paths = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.yml"))
        scanned = [scan(path, Path(path).read_bytes(), chosen, policy or Policy()) for path in paths]
        return Session(scanned, chosen, policy or Policy(), DecisionLog(DECISIONS), read_source, written)

    return started


def written(outcome: Outcome) -> Outcome:
    return write(outcome)


def asked(session: Session) -> Question:
    assert session.question is not None, "nothing is asked"
    return session.question


def answer_all(session: Session, answer: Answer) -> None:
    while session.question is not None:
        fix = session.question.proposal.located.fix
        session.answer(answer if fix else Answer.READ)


def many(count: int) -> str:
    jobs = "".join(f"  job{n}:\n    docker:\n      - image: acme/go:{n}\n    steps: [checkout]\n" for n in range(count))
    return f"version: 2.1\njobs:\n{jobs}"
