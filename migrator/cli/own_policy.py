"""The policy of a run, as far as a person chose it, and their word before a command of another one is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence

from migrator.cli.talk import tell
from migrator.engine.outcomes import Outcome
from migrator.errors import UsageError
from migrator.files.trust import is_own, without_say
from migrator.policy import Policy
from migrator.policy.location import find_policy


def policy_of(given: str | None, paths: Iterable[str], own: Callable[[Policy, Iterable[str]], bool] = is_own) -> Policy:
    """The policy for these paths. What one in their repository says of tokens is left out, with a word about it."""
    policy = find_policy(given)
    if own(policy, paths):
        return policy
    reduced = without_say(policy)
    if reduced != policy:
        tell(f"{_shown(policy)}: [circleci] is not used, because the file is in the repository; pass it with --config")
    return reduced


def warnings_of(policy: Policy, outcomes: Sequence[Outcome] = (), paths: Sequence[str] = ()) -> tuple[str, ...]:
    """What is to be told of the policy file of a run; most runs have none, and pay nothing for it."""
    if policy.source is None:
        return ()
    from migrator.results.policy_lint import policy_warnings

    return policy_warnings(policy, outcomes, paths)


def agree_to_commands(policy: Policy, paths: Sequence[str]) -> None:
    """Ask before running what a policy in a repository names. Raises `UsageError` where nobody can be asked."""
    from migrator.circleci.shell.quoting import command

    commands = [command(*pair.command) for pair in policy.generated if pair.command]
    if not commands or is_own(policy, paths):
        return
    listed = ", ".join(f"`{each}`" for each in commands)
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        raise UsageError(f"{_shown(policy)} is in the repository: to run {listed}, pass the file with --config")
    tell(f"{_shown(policy)} is in the repository and asks to run {listed}")
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was run or written; leave out --regenerate to write without it")


def _shown(policy: Policy) -> str:
    return os.path.relpath(policy.source) if policy.source is not None else "the built-in policy"
