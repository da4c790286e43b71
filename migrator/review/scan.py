"""The input of a session: every finding of every file, before anybody is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from migrator.documents import open_document
from migrator.engine.outcomes import Changed, Decision, Failed, Located, Outcome, Unchanged
from migrator.engine.passes import UNUSED_SUPPRESSION, run
from migrator.engine.views import read_configs, read_siblings
from migrator.files.repository import name_and_path
from migrator.policy import Policy
from migrator.policy.practice import Practice
from migrator.rule import Rule

Siblings = Sequence[tuple[str, bytes]]


def scan(
    path: str,
    data: bytes,
    rules: Sequence[Rule],
    policy: Policy,
    siblings: Siblings = (),
    practice: Practice | None = None,
    known: Collection[str] | None = None,
) -> Outcome:
    """The findings of one file with no fix applied: all are `left`. Also counts what it does in `practice`."""
    outcome = run(path, data, rules, policy, lambda _: Decision.SKIP, siblings, known)
    if practice is not None and not isinstance(outcome, Failed):
        observe(path, data, siblings, practice)
    return outcome


def observe(path: str, data: bytes, siblings: Siblings, practice: Practice, repository: str = "") -> None:
    """Count what one file does, for the repository that it is in, or another. Raises `ReadError`."""
    from migrator.circleci.practice import pulls_of, uses_of

    repository = repository or name_and_path(path)[0]
    for config in read_configs(open_document(path, data), path, read_siblings(siblings)):
        practice.add(repository, uses_of(config), pulls_of(config))


def proposed(outcome: Outcome) -> tuple[Located, ...]:
    """The findings that are left in a file and that can be decided."""
    left = outcome.left if isinstance(outcome, Changed | Unchanged) else ()
    return tuple(finding for finding in left if finding.rule != UNUSED_SUPPRESSION)
