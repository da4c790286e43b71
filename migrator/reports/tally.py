"""What a report says of all files together, summed up file by file, so that no outcome is kept for it."""

from __future__ import annotations

import os
from collections.abc import Iterable

from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped, Unchanged
from migrator.policy import Policy
from migrator.results.needs import Needs, Place, Use, collect, use_of
from migrator.rule import Requirement, Safety


class Tally:
    """Counts of files and findings, the secrets of all files, and what is needed outside of them.

    `open` counts the findings that nothing fixes, `fixed` those that the changes fix, without what is only good to
    know; `waiting` are fixes that only need a yes. `has_data`: a finding has data, as for a plan.
    """

    def __init__(self, policy: Policy, outcomes: Iterable[Outcome] = ()) -> None:
        self._policy = policy
        self.files = self.changed = self.failed = self.skipped = 0
        self.open = self.fixed = self.waiting = 0
        self.has_data = False
        self.secrets: set[str] = set()
        self._uses: list[Use] = []
        self._known: dict[tuple[Requirement, str], Requirement] = {}  # a reason is no part of what is equal
        for outcome in outcomes:
            self.add(outcome)

    def add(self, outcome: Outcome) -> None:
        self.files += 1
        self.secrets |= outcome.secrets
        if isinstance(outcome, Skipped):
            self.skipped += 1
            return
        for finding in outcome.left:
            self.open += finding.counts
            self.has_data = self.has_data or bool(finding.data)
        if isinstance(outcome, Failed):
            self.failed += 1
            return
        self.waiting += sum(f.fix and f.safety is Safety.REVIEW and not f.why_not for f in outcome.left)
        if isinstance(outcome, Changed):
            self.changed += 1
            self.fixed += sum(finding.counts for finding in outcome.applied)
            self.has_data = self.has_data or any(finding.data for finding in outcome.applied)
        if _tells(outcome):
            self._uses.append(self._use(outcome))

    @property
    def findings(self) -> int:
        return self.open + self.fixed

    @property
    def needs(self) -> Needs:
        """What the changes need outside the files, new and as before."""
        return collect(self._uses)

    def _use(self, outcome: Outcome) -> Use:
        use = use_of(_place(outcome, self._policy), outcome)
        needs = tuple(self._known.setdefault((need, need.reason), need) for need in use.requirements)
        return Use(use.place, needs, use.contexts)


def _tells(outcome: Outcome) -> bool:
    """Whether an outcome tells anything about what is needed."""
    if isinstance(outcome, Changed):
        return bool(outcome.contexts) or any(finding.requirements for finding in outcome.applied)
    return isinstance(outcome, Unchanged) and bool(outcome.contexts)


def _place(outcome: Outcome, policy: Policy) -> Place:
    """Where a file is: its organisation is that of the policy, else that of the repository's remote."""
    from migrator.files.repository import folder_of, name_and_path, slug_of
    from migrator.policy.overrides import organization_of, policy_for

    path = outcome.path
    folder, project = folder_of(path), slug_of(path)
    own = policy_for(policy, *name_and_path(path))
    name = "" if folder == os.path.abspath(".") else os.path.basename(folder)  # noqa: PTH100, PTH119
    return Place(folder, path, project, organization_of(own, project), name, own.target)
