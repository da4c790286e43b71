"""A second opinion on a change: somebody who is asked about both texts once the change has been proven here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from migrator.engine.outcomes import Changed, Failed, Outcome

REFUSED = "refused-by-compiler"
"""The class of the failure, as reports and ledgers name it."""

Proof: TypeAlias = Callable[[Changed], str]
"""Why a change must not be made, in words that follow "because"; empty where nothing is against it."""


def prove(outcome: Outcome, proof: Proof, only: Callable[[str], Outcome]) -> Outcome:
    """What becomes of a file. A change that must not be made leaves it as it is, and its rule is named.

    `only` examines the file again by one rule, by its id: a rule is to blame whose changes alone must not be made, else
    all that took part are.
    """
    if not isinstance(outcome, Changed):
        return outcome
    why = proof(outcome)
    if not why:
        return outcome
    rules = sorted({finding.rule for finding in outcome.applied})
    blamed = [rule for rule in rules if _fails(only(rule), proof)] if len(rules) > 1 else rules
    named = "`, `".join(blamed or rules)
    return Failed(
        outcome.path,
        f"the change of `{named}` was not made, because {why}",
        ", ".join(blamed or rules),
        left=(*outcome.applied, *outcome.left),
        secrets=outcome.secrets,
        fault=REFUSED,
    )


def _fails(outcome: Outcome, proof: Proof) -> bool:
    return isinstance(outcome, Changed) and bool(proof(outcome))
