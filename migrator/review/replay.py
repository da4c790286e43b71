"""Applies the decisions of a file without asking anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from migrator.documents import open_document
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Unchanged
from migrator.engine.views import read_siblings
from migrator.errors import PolicyError, ReadError
from migrator.policy import Policy
from migrator.results.decisions import Answer, Decisions, Place, written_path
from migrator.review.file_review import FileReview
from migrator.review.given import Given
from migrator.review.scan import Siblings, proposed, scan
from migrator.review.values import with_values
from migrator.rule import Rule


def replayed(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    decisions: Decisions,
    siblings: Siblings = (),
    known: Collection[str] | None = None,
) -> Outcome:
    """The outcome of one file. Findings without a decision are left alone."""
    scanned = scan(path, data, rules, policy, siblings, known=known)
    listed = proposed(scanned)
    if not listed:
        return scanned
    memory = _Recorded(decisions, path, policy)
    try:
        document = open_document(path, data)
    except ReadError as error:
        return Failed(path, str(error))
    review = FileReview(
        path, document, rules, policy, memory, listed=listed, siblings=read_siblings(siblings), known=known
    )
    if review.proposal is not None:
        review.finish()
    assert review.outcome is not None
    return review.outcome


def left_open(outcome: Outcome, policy: Policy, decisions: Decisions) -> Iterator[tuple[Located, str]]:
    """The findings that no decision settled, each with the reason."""
    if not isinstance(outcome, Changed | Unchanged):
        return
    memory = _Recorded(decisions, outcome.path, policy)
    for finding in proposed(outcome):
        given = memory.find(finding.rule, finding.fingerprint)
        if given is None:
            yield finding, memory.why(finding)
        elif given.answer is Answer.APPLY:
            yield finding, finding.why_not or "its decision is to apply it, but it has no fix"


class _Recorded:
    """The memory of a review in which nobody answers."""

    def __init__(self, decisions: Decisions, path: str, policy: Policy) -> None:
        self._decisions = decisions
        self._path = written_path(path)
        self._policy = policy

    def find(self, rule: str, fingerprint: str) -> Given | None:
        found = self._decisions.find_anywhere(self._place(rule, fingerprint))
        if len(found) != 1:
            return None
        try:
            with_values(self._policy, found[0].values)
        except PolicyError:
            return None
        return Given(found[0].answer, found[0].values)

    def keep(self, keys: Sequence[tuple[str, str]], given: Given) -> None:
        raise AssertionError("nobody answers in a replay")

    def why(self, finding: Located) -> str:
        found = self._decisions.find_anywhere(self._place(finding.rule, finding.fingerprint))
        if not found:
            return "no decision applies to it"
        if len(found) > 1:
            return "decisions about it in other files differ"
        return "its decision changes a value that this policy does not have"

    def _place(self, rule: str, fingerprint: str) -> Place:
        return Place(path=self._path, rule=rule, fingerprint=fingerprint)
