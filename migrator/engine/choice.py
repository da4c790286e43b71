"""Which rules and which values of the policy count for one file, where the policy overrides some."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from migrator.engine.discovery import RuleFile, select, unknown_rule
from migrator.errors import PolicyError
from migrator.policy import Override, Policy
from migrator.policy.overrides import policy_for
from migrator.rule import Rule
from migrator.startup.records import replace

_SELECT, _IGNORE = ("rules", "select"), ("rules", "ignore")


def choose_rules(
    files: dict[str, RuleFile], policy: Policy, wanted: Sequence[str], unwanted: Sequence[str]
) -> tuple[tuple[str, ...], Policy]:
    """The ids to load, and the policy with what it still has to say of them.

    `wanted` of the command line take the place of what the policy selects and ignores, `unwanted` add to that. Raises
    `PolicyError` for an id of the policy that no rule has, `UsageError` for one of the command line.
    """
    _check(policy, files)
    if wanted:
        return select(files, wanted, unwanted), _without_choice(policy)
    if any(key in (_SELECT, _IGNORE) for override in policy.overrides for key, _ in override.keys):
        return select(files, (), unwanted), policy  # each file has its own
    return select(files, policy.select, (*policy.ignore, *unwanted)), policy


def _check(policy: Policy, known: Collection[str]) -> None:
    named = [("rules.select", policy.select), ("rules.ignore", policy.ignore)]
    for number, override in enumerate(policy.overrides):
        for key, value in override.keys:
            if key in (_SELECT, _IGNORE) and isinstance(value, tuple):
                named.append((f"overrides[{number}].{'.'.join(key)}", value))
    for where, names in named:
        for name in names:
            if name not in known:
                raise PolicyError(f"{policy.source}: {where}: {unknown_rule(name, known)}")


def _without_choice(policy: Policy) -> Policy:
    def freed(override: Override) -> Override:
        return replace(override, keys=tuple(pair for pair in override.keys if pair[0] not in (_SELECT, _IGNORE)))

    return replace(policy, select=(), ignore=(), overrides=tuple(map(freed, policy.overrides)))


def of_repository(policy: Policy, rules: Iterable[Rule], repository: str, path: str) -> tuple[Policy, Sequence[Rule]]:
    """What counts for one file of a repository, by the name of that and the path from its top."""
    found = policy_for(policy, repository, path)
    if not policy.overrides:
        return found, tuple(rules)
    chosen = (rule for rule in rules if not found.select or rule.id in found.select)
    return found, tuple(rule for rule in chosen if rule.id not in found.ignore)


def of_file(policy: Policy, rules: Sequence[Rule], path: str) -> tuple[Policy, Sequence[Rule]]:
    """What counts for one file of this machine, by the repository that it is in."""
    if not policy.overrides:
        return policy, rules
    from migrator.files.repository import name_and_path

    return of_repository(policy, rules, *name_and_path(path))


def ids_of_file(policy: Policy, ids: Iterable[str], path: str) -> tuple[str, ...]:
    """The ids of the rules that count for one file of this machine, of those that were chosen for a run."""
    if not policy.overrides:
        return tuple(ids)
    from migrator.files.repository import name_and_path

    found = policy_for(policy, *name_and_path(path))
    return tuple(name for name in ids if name in (found.select or (name,)) and name not in found.ignore)
