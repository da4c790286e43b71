"""What `migrate init` asks on a terminal. What is proposed comes first, which gives no job more than it needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from migrator.policy import HUB, Policy, Registry
from migrator.policy.practice import Practice
from migrator.policy.proposal import Proposal, Wanted, is_accepted, propose
from migrator.policy.proposal_text import proposal_toml
from migrator.startup.records import replace

if TYPE_CHECKING:
    from migrator.review.screens.sequence import Prompts

_NONE, _ALL, _OTHER = "none", "*", "other"
_TARGETS: Final = [("cloud", "CircleCI Cloud"), ("server", "your own CircleCI Server")]


def asked(proposal: Proposal, practice: Practice, wanted: Wanted, output: str) -> Proposal:
    """The proposal as a person wants it. Raises `KeyboardInterrupt` where they leave, or do not want it written."""
    # prompt_toolkit asks terminals where the cursor is; those that do not answer cost two seconds and a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    from rich.console import Console

    from migrator.review.questions import ask_policy
    from migrator.review.screens import prompts
    from migrator.review.screens.sequence import in_sequence
    from migrator.review.screens.texts import toml

    console = Console(highlight=False)
    console.print(f"What {len(proposal.repositories)} repositories do today is proposed first.", markup=False)

    def ask(asked: Prompts) -> Proposal:
        made = proposal
        if not wanted.target:
            made = propose(practice, replace(wanted, target=asked.choose("Which CircleCI is it for?", _TARGETS)))
        policy = _with_images(made.policy, asked)
        registries = [registry for registry in policy.registries if registry.images]
        policy = ask_policy(registries, policy, practice, asked) if registries else policy
        made = propose(practice, _wanted(policy))
        console.print(toml(proposal_toml(made)))
        if not asked.confirm(f"Write this to {output}?"):
            raise KeyboardInterrupt
        return made

    try:
        return in_sequence(prompts, ask)
    except prompts.Cancelled:
        raise KeyboardInterrupt from None


def _with_images(policy: Policy, prompts: Prompts) -> Policy:
    hub = next(registry for registry in policy.registries if registry.host == HUB)
    choices = [(_ALL, "all images")] if hub.images != ("*",) else []
    proposed = (_NONE, "none: no image looks private") if not hub.images else ("proposed", ", ".join(hub.images))
    proposed = (_ALL, "all images") if hub.images == ("*",) else proposed
    answer = prompts.choose(f"Which images of {HUB} get credentials?", [proposed, *choices, (_OTHER, "others ...")])
    if answer == _ALL:
        return _replaced(policy, replace(hub, images=("*",)))
    if answer != _OTHER:
        return policy

    def wrong(text: str) -> str:
        made = _replaced(policy, replace(hub, images=_patterns(text)))
        return "" if is_accepted(made) else 'expected repositories in lower case, such as "acme/*", with commas between'

    return _replaced(policy, replace(hub, images=_patterns(prompts.ask("Which?", ", ".join(hub.images), wrong))))


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


def _replaced(policy: Policy, changed: Registry) -> Policy:
    kept = (changed if registry.host == changed.host else registry for registry in policy.registries)
    return replace(policy, registries=tuple(kept))


def _wanted(policy: Policy) -> Wanted:
    values: dict[str, dict[str, str | tuple[str, ...]]] = {
        registry.host: {
            "username": registry.username,
            "password": registry.password,
            "images": registry.images,
            **({"context": registry.context} if policy.uses_contexts else {}),
        }
        for registry in policy.registries
    }
    return Wanted(policy.target, policy.credentials, values)
