"""Whatever is accepted is what is written: on the cases of the rule pages, and on real configs where there are any."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.circleci.credentials.contexts import contexts_of
from migrator.documents import open_document
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed, Located, Outcome, Unchanged
from migrator.engine.passes import Proposal, choose_by_safety, run
from migrator.engine.views import read_configs
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from migrator.results.decisions import Answer, DecisionLog, read_decisions
from migrator.review.replay import replayed
from migrator.review.scan import proposed, scan
from migrator.review.session import Session
from migrator.rule import Rule
from tests.doses import IS_SOAK, examples
from tests.places import ROOT
from tests.rule_pages import CASES

CORPUS = ROOT.parent / "shared" / "corpus" / "heads"
PLENTY = 200
Where: TypeAlias = tuple[str, int, int, str]
POLICY = parse_policy(
    '[registries."quay.io"]\nusername = "$QUAY_USERNAME"\npassword = "$QUAY_PASSWORD"\ncontext = "quay-creds"\n[aws]\n',
    Path("migrator.toml"),
)


@cache
def every_rule() -> tuple[Rule, ...]:
    return load_rules(rule_files())


@cache
def sources() -> list[bytes]:
    """All that can be read and in which something is found."""
    pages = [case.before.encode() for case in CASES if case.syntax == "yaml"]
    real = [path.read_bytes() for path in sorted(CORPUS.glob("*.yml"))]
    found = [data for data in dict.fromkeys((*pages, *real)) if any(f.fix for f in proposed(scanned(data)))]
    assert len(found) > 50, "there is hardly anything to decide on"
    return found if IS_SOAK else found[::2]


def scanned(data: bytes) -> Outcome:
    return scan("config.yml", data, every_rule(), POLICY)


def session_over(data: bytes, accept: Callable[[Proposal], bool]) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        log = DecisionLog(Path(folder) / "decisions.toml")
        session = Session([scanned(data)], every_rule(), POLICY, log, lambda _path: data, lambda outcome: outcome)
        for _ in range(20 * PLENTY):
            if session.question is None:
                break
            proposal = session.question.proposal
            if not proposal.located.fix:
                session.answer(Answer.READ)
            else:
                session.answer(Answer.APPLY if accept(proposal) else Answer.SKIP)
        (outcome,) = session.outcomes
        return outcome


def where(located: Located) -> Where:
    """A finding as a person tells it from others, whatever its fingerprint is."""
    return located.rule, located.line, located.column, located.message


def written(outcome: Outcome, data: bytes) -> bytes:
    assert isinstance(outcome, Changed | Unchanged), outcome
    return outcome.data if isinstance(outcome, Changed) else data


def pulled(data: bytes) -> list[object]:
    """Who pulls what: the contexts of every invocation, and the credentials of every image."""
    found: list[object] = []
    for config in read_configs(open_document("config.yml", data), "config.yml"):
        for invocation in config.invocations:
            value = invocation.argument("context")
            found.append((invocation.name, sorted(contexts_of(value) or ()) if value is not None else []))
        found += [(image.text.value, config.lookup.get(image.item, "auth") is not None) for image in config.images]
    return found


def test_applying_everything_pulls_as_after_write_and_review_too() -> None:
    """To the byte, but where one fix after the other wrote out what they would have let grow together."""
    alike = 0
    for data in sources():
        expected = written(run("config.yml", data, every_rule(), POLICY, choose_by_safety(review_too=True)), data)
        found = written(session_over(data, lambda _: True), data)
        alike += found == expected
        assert found == expected or pulled(found) == pulled(expected)
    assert alike > 0.9 * len(sources())


def test_skipping_everything_leaves_every_byte() -> None:
    for data in sources():
        assert written(session_over(data, lambda _: False), data) == data


@settings(max_examples=examples(100), deadline=None)
@given(number=st.integers(0, 10**6), seed=st.integers(0, 2**32), share=st.sampled_from([0.1, 0.5, 0.9]))
def test_any_subset_is_what_is_written(number: int, seed: int, share: float) -> None:
    data = sources()[number % len(sources())]
    chance = random.Random(seed)
    answers: dict[Where, bool] = {}

    def accept(proposal: Proposal) -> bool:
        key = where(proposal.located)
        assert key not in answers, "it was asked twice"
        return answers.setdefault(key, chance.random() < share)

    outcome = session_over(data, accept)
    accepted = {key for key, yes in answers.items() if yes}
    assert isinstance(outcome, Changed | Unchanged), outcome
    applied = {where(each) for each in outcome.applied} if isinstance(outcome, Changed) else set()
    assert applied <= accepted
    still = {where(each): each for each in proposed(outcome) if each.fix}
    assert all(still[key].why_not for key in accepted & still.keys()), "what was accepted was not made"
    # A fresh look at the bytes finds what the session says is left, and nothing of what it applied.
    fresh = proposed(scanned(written(outcome, data)))
    left = [(each.rule, each.later or each.fingerprint) for each in proposed(outcome)]
    assert [(each.rule, each.fingerprint) for each in fresh] == left


@pytest.mark.parametrize("policy", [Policy()])
def test_no_rule_is_told_of_a_session(policy: Policy) -> None:
    """Rules that sessions wrap find what they find alone."""
    from migrator.review.values import Chosen, with_chosen

    for data in sources()[:PLENTY]:
        plain = scan("config.yml", data, every_rule(), policy)
        wrapped = scan("config.yml", data, with_chosen(every_rule(), Chosen()), policy)
        assert proposed(plain) == proposed(wrapped)


SHARED = b"""version: 2.1
jobs:
  one: {docker: [{image: acme/one}], steps: [checkout]}
  two: {docker: [{image: acme/two}], steps: [checkout]}
workflows:
  w:
    jobs:
      - one: {context: &c [a]}
      - two: {context: *c}
"""


@pytest.mark.parametrize("yes", [(), ("one",), ("two",), ("one", "two")])
def test_a_session_and_its_replay_give_a_context_to_whom_a_yes_needs_it(yes: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "decisions.toml"
    rules = every_rule()
    session = Session(
        [scanned(SHARED)], rules, POLICY, DecisionLog(path), lambda _path: SHARED, lambda outcome: outcome
    )
    while (question := session.question) is not None:
        accept = any(f"acme/{job}`" in question.proposal.located.message for job in yes)
        session.answer(Answer.APPLY if accept else Answer.SKIP)
    (outcome,) = session.outcomes
    after = written(outcome, SHARED)
    assert pulled(after)[:2] == [(job, ["a", "docker-hub-creds"] if job in yes else ["a"]) for job in ("one", "two")]
    decisions = read_decisions(path)
    assert written(replayed("config.yml", SHARED, rules, POLICY, decisions), SHARED) == after
