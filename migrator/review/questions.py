"""What is asked before the first finding if there is no policy file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from migrator.engine.outcomes import Located
from migrator.policy import Policy, Registry
from migrator.review.names import Names
from migrator.review.values import as_written, what_is_wrong, with_values
from migrator.startup.records import replace

OTHER = ""
MOST_OFFERED = 8


class Prompts(Protocol):
    """How questions are asked. Both raise `Cancelled` when the person leaves."""

    def choose(self, message: str, choices: Sequence[tuple[str, str]]) -> str: ...

    def ask(self, message: str, default: str, check: Callable[[str], str]) -> str:
        """`check` returns what is wrong with a text, or an empty text."""


def needed(findings: Sequence[Located], policy: Policy) -> list[Registry]:
    """The registries whose credentials the fixes of these findings need, or some of them."""
    variables = {name for each in findings if each.fix for need in each.requirements for name in need.variables}
    return [registry for registry in policy.registries if variables.intersection(registry.variables)]


def ask_policy(registries: Sequence[Registry], policy: Policy, names: Names, prompts: Prompts) -> Policy:
    """The policy as the person wants it."""
    credentials = prompts.choose(
        "Where do the credentials come from?",
        [
            ("context", "a context, added to the jobs"),
            ("project", "environment variables of each project"),
        ],
    )
    policy = replace(policy, credentials=credentials)
    for registry in registries:
        key, host = f"registries.{registry.host}", registry.host
        if policy.uses_contexts:
            contexts = [name for name, _ in sorted(names.contexts.items(), key=lambda item: (-item[1], item[0]))]
            times = {name: _times(count) for name, count in names.contexts.items()}
            offered = [(name, f"{name}  (used {times[name]})") for name in contexts]
            question = f"Credentials for {host}: which context?"
            policy = _asked(policy, f"{key}.context", question, offered, registry.context, prompts)
        for field, what, found in (
            ("username", "Username", names.users_of(host)),
            ("password", "Password", names.passwords_of(host)),
        ):
            question = f"{what} for {host}: which variable?"
            offered = [(f"${name}", f"${name}  (in use)") for name in found]
            policy = _asked(policy, f"{key}.{field}", question, offered, getattr(registry, field), prompts)
    return policy


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _asked(
    policy: Policy, key: str, question: str, offered: list[tuple[str, str]], default: str, prompts: Prompts
) -> Policy:
    """The policy with one value, chosen among the names in use or typed."""

    def wrong(text: str) -> str:
        return what_is_wrong(policy, (), key, text)

    choices = [(value, title) for value, title in offered if not wrong(value)][:MOST_OFFERED]
    if choices:
        if default not in dict(choices):
            choices.append((default, f"{default}  (the default)"))
        value = prompts.choose(question, [*choices, (OTHER, "another name ...")])
        if value != OTHER:
            return with_values(policy, ((key, value),))
    text = prompts.ask(question, default, wrong)
    return with_values(policy, ((key, as_written(key, text)),))
