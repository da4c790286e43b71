"""What `migrate init` asks on a terminal. What is proposed comes first, which gives no job more than it needs."""

from __future__ import annotations

import os
from typing import Final

from migrator.policy import HUB, Policy, Registry
from migrator.policy.practice import Practice
from migrator.policy.proposal import Proposal, Wanted, is_accepted, propose
from migrator.policy.proposal_text import proposal_toml
from migrator.startup.records import replace

_NONE, _ALL, _OTHER = "none", "*", "other"
_TARGETS: Final = [("cloud", "CircleCI Cloud"), ("server", "your own CircleCI Server")]


def asked(proposal: Proposal, practice: Practice, wanted: Wanted, output: str) -> Proposal:
    """The proposal as a person wants it. Raises `KeyboardInterrupt` where they leave, or do not want it written."""
    # prompt_toolkit asks terminals where the cursor is; those that do not answer cost two seconds and a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    from rich.console import Console

    from migrator.review.questions import ask_policy
    from migrator.review.screen import toml
    from migrator.review.screens import prompts

    console = Console(highlight=False)
    console.print(f"What {len(proposal.repositories)} repositories do today is proposed first.", markup=False)
    try:
        if not wanted.target:
            wanted = replace(wanted, target=prompts.choose("Which CircleCI is it for?", _TARGETS))
            proposal = propose(practice, wanted)
        policy = _with_images(proposal.policy, prompts)
        registries = [registry for registry in policy.registries if registry.images]
        policy = ask_policy(registries, policy, practice, prompts) if registries else policy
        proposal = propose(practice, _wanted(policy))
        console.print(toml(proposal_toml(proposal)))
        if not prompts.confirm(f"Write this to {output}?"):
            raise KeyboardInterrupt
    except prompts.Cancelled:
        raise KeyboardInterrupt from None
    return proposal


def _with_images(policy: Policy, prompts: object) -> Policy:
    from migrator.review.screens.prompts import ask, choose

    hub = next(registry for registry in policy.registries if registry.host == HUB)
    choices = [(_ALL, "all images")] if hub.images != ("*",) else []
    proposed = (_NONE, "none: no image looks private") if not hub.images else ("proposed", ", ".join(hub.images))
    proposed = (_ALL, "all images") if hub.images == ("*",) else proposed
    answer = choose(f"Which images of {HUB} get credentials?", [proposed, *choices, (_OTHER, "others ...")])
    if answer == _ALL:
        return _replaced(policy, replace(hub, images=("*",)))
    if answer != _OTHER:
        return policy

    def wrong(text: str) -> str:
        made = _replaced(policy, replace(hub, images=_patterns(text)))
        return "" if is_accepted(made) else 'expected repositories in lower case, such as "acme/*", with commas between'

    return _replaced(policy, replace(hub, images=_patterns(ask("Which?", ", ".join(hub.images), wrong))))


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
