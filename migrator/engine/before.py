"""What a file has before any fix is made, in view of which it is told what a fix needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from migrator.circleci.config import Config
from migrator.circleci.credentials.today import contexts_today, wanted_of
from migrator.engine.checks import BrokenError, where
from migrator.engine.outcomes import Facts
from migrator.policy import Policy
from migrator.rule import Finding, Requirement
from migrator.startup.records import replace

Contexts: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class Before:
    """Looks at the contexts that the policy names and that fixes need, and at what they are used for if any need one.

    `contexts` are those that jobs have, `images` those that patterns of the policy may name, and `facts`, where the
    file is to be counted, those of an inventory: as outcomes hold them.
    """

    def __init__(
        self, configs: Sequence[Config], findings: Iterable[Finding], policy: Policy, *, counted: bool
    ) -> None:
        needs = [need for finding in findings if finding.changes for need in finding.requirements]
        of_contexts = [(need.name, need.variables) for need in needs if need.kind == "context"]
        try:
            wanted = wanted_of(policy, of_contexts)
            self.contexts: Contexts = contexts_today(configs, wanted, names_only=not needs)
        except Exception as error:  # a wall, as for rules
            raise BrokenError("", f"looking for contexts failed: {where(error)}") from error
        self.images: frozenset[tuple[str, str]] = frozenset()
        if policy.has_patterns:
            from migrator.circleci.credentials.named import images_of

            self.images = images_of(configs)
        self.facts = _facts_of(configs) if counted else None
        # Whatever has them later has them by a fix.
        self._came = wanted.keys() - {name for name, _ in self.contexts}
        self._brought = {(name, variable) for name, variables in of_contexts for variable in variables}
        of_projects = [need for need in needs if need.kind != "context"]
        self._made = {name for need in of_projects if need.new for name in need.variables}
        self._made -= {name for need in of_projects if not need.new for name in need.variables}

    def needs_of(self, finding: Finding) -> tuple[Requirement, ...]:
        """What a fix needs: nothing is there today that another fix brought."""
        return tuple(found for need in finding.requirements if (found := self._as_before(need)) is not None)

    def _as_before(self, need: Requirement) -> Requirement | None:
        came = self._came.intersection(need.today)
        if came:
            need = replace(need, today=tuple(name for name in need.today if name not in came))
        if need.new or need.kind == "context":
            return need
        left = tuple(
            name for name in need.variables
            if name not in self._made and not any((context, name) in self._brought for context in came)
        )  # fmt: skip
        if left == need.variables:
            return need
        return replace(need, variables=left) if left else None


def _facts_of(configs: Sequence[Config]) -> Facts:
    from migrator.circleci.inventory.facts import facts_of

    try:
        return facts_of(configs)
    except Exception as error:  # a wall, as for rules
        raise BrokenError("", f"taking the inventory failed: {where(error)}") from error
