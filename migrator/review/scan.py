"""The input of a session: every finding of every file, before anybody is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from migrator.documents import open_document
from migrator.engine.outcomes import Decision, Failed, Outcome
from migrator.engine.passes import run
from migrator.policy import Policy
from migrator.review.names import Names
from migrator.rule import Rule

Siblings = Sequence[tuple[str, bytes]]


def scan(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    siblings: Siblings = (),
    names: Names | None = None,
    known: Collection[str] | None = None,
) -> Outcome:
    """The findings of one file with no fix applied: all are `left`. Also counts its names if `names` is given."""
    outcome = run(path, data, rules, policy, lambda _: Decision.SKIP, siblings, known)
    if names is not None and not isinstance(outcome, Failed):
        names.add(open_document(path, data).root)
    return outcome
