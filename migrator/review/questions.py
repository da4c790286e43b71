"""What is asked before the first finding if there is no policy file."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.engine.outcomes import Located
from migrator.policy import Policy, Registry
from migrator.policy.practice import Practice
from migrator.review.screens.sequence import Prompts
from migrator.review.values import as_written, what_is_wrong, with_values
from migrator.startup.records import replace

OTHER = ""
MOST_OFFERED = 8


def needed(findings: Sequence[Located], policy: Policy) -> list[Registry]:
    """The registries whose credentials the fixes of these findings need, or some of them."""
    variables = {name for each in findings if each.fix for need in each.requirements for name in need.variables}
    return [registry for registry in policy.registries if variables.intersection(registry.variables)]


def ask_policy(registries: Sequence[Registry], policy: Policy, practice: Practice, prompts: Prompts) -> Policy:
    """The policy as the person wants it. The first choice for a context gives no job one that was made for something
    else: others are offered only where jobs have them beside credentials for the same registry."""
    places = [("context", "a context, added to the jobs"), ("project", "environment variables of each project")]
    places.sort(key=lambda place: place[0] != policy.credentials)
    credentials = prompts.choose("Where do the credentials come from?", places)
    policy = replace(policy, credentials=credentials)
    for registry in registries:
        key, host = f"registries.{registry.host}", registry.host
        context = ""
        if policy.uses_contexts:
            used = practice.contexts_of(host)
            others = [name for name in used if name != registry.context]
            offered = [(name, f"{name}  (of jobs with credentials for {host})") for name in others]
            first = f"{registry.context}  ({'in use' if registry.context in used else 'the default'})"
            offered = [(registry.context, first), *offered] if offered else []
            question = f"Credentials for {host}: which context?"
            policy = _asked(policy, f"{key}.context", question, offered, registry.context, prompts)
            context = next(one.context for one in policy.registries if one.host == host)
        for field, what, found in (
            ("username", "Username", practice.users_of(host, context)),
            ("password", "Password", practice.passwords_of(host, context)),
        ):
            question, default = f"{what} for {host}: which variable?", getattr(registry, field)
            if default in found and context in ("", registry.context):
                found = [default, *(variable for variable in found if variable != default)]
            offered = [(variable, f"{variable}  (in use)") for variable in found]
            policy = _asked(policy, f"{key}.{field}", question, offered, default, prompts)
    return policy


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
