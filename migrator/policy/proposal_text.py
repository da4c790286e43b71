"""A proposed policy as its file, with comments that say why, and what in the practice one policy cannot unite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from migrator.policy import AMBIENT, HUB, Policy, Registry
from migrator.policy.evidence import Evidence, gives_all
from migrator.policy.practice import ECR
from migrator.policy.proposal import Proposal
from migrator.policy.publishers import PUBLIC
from migrator.policy.writing import policy_toml, toml_key

_MOST: Final = 5
_LONGEST: Final = 100


def proposal_toml(proposal: Proposal) -> str:
    """The text of the policy file; the same for the same practice, whatever order it was read in."""
    policy, notes = proposal.policy, {}
    for registry in policy.registries:
        key = f"registries.{toml_key(registry.host, always_quoted=True)}"
        notes[key] = list(_of_registry(proposal.evidence[registry.host], registry, policy, proposal.repositories))
    if policy.aws is not None:
        notes["aws"] = list(_of_aws(proposal.evidence[ECR], proposal.repositories))
    for number, repositories in enumerate(proposal.overridden):
        notes[f"overrides.{number}"] = [f"As in {_number(len(repositories), 'repository')} today."]
    whose = _number(len(proposal.repositories), "repository")
    does = "does" if len(proposal.repositories) == 1 else "do"
    head = [f"Proposed by `migrate init` from what {whose} {does} today. Read it before you commit it."]
    if policy.credentials == "project":
        head.append("No context: most jobs with credentials have them from the variables of their project.")
    head += [f"Not covered: {line}" for line in conflicts(proposal)]
    head += list(_without_keys(proposal))
    lines = "\n".join(f"# {_line(line)}" for line in head)
    return f"{lines}\n\n{policy_toml(policy, notes)}"


def _of_registry(found: Evidence, registry: Registry, policy: Policy, repositories: Collection[str]) -> Iterator[str]:
    pair = registry.username, registry.password
    yield _seen(found, repositories)
    if found.having:
        yield f"{' and '.join(pair)}: in {len(found.pairs.get(pair, ()))} of {len(found.having)}."
        if policy.uses_contexts:
            yield from _of_context(found, registry)
    if pair in found.pairs and not found.of_images:
        yield "They are those of logins in steps, which may be for pushes: check that pulls may have them."
    if found.logins:
        ranked = sorted(found.logins.items(), key=lambda item: (-len(item[1]), item[0]))
        shown = _listed(f"{' and '.join(names)} ({len(its)})" for names, its in ranked)
        yield f"Only logins in steps, which may be for pushes, have {shown}."
    yield from _of_images(found, registry, policy)


def _seen(found: Evidence, repositories: Collection[str]) -> str:
    having = len(found.having)
    pulled = f"Images of {found.registry} are in {len(found.pulling)} of {_number(len(repositories), 'repository')}"
    if not having:
        return f"{pulled}; none has credentials for it, so these are the usual names."
    return f"{pulled}; {having} {'has' if having == 1 else 'have'} credentials for it."


def _of_context(found: Evidence, registry: Registry) -> Iterator[str]:
    pair = registry.username, registry.password
    contexts, users = found.contexts.get(pair, {}), len(found.pairs.get(pair, ()))
    its = len(contexts.get(registry.context, ()))
    without = len(found.without.get(pair, ()))
    elsewhere = f"; in {without} the project has the variables" if without else ""
    if its:
        yield f"{registry.context}: the context of their jobs in {its} of {users}{elsewhere}."
    else:
        yield f"{registry.context}: a new context{elsewhere}."
    for name, names in found.ranked_contexts(pair)[:_MOST]:
        if found.is_powerful(name):
            yield f"{name} is on their jobs in {len(names)}, but by its name is for more than pulls: not proposed."


def _of_images(found: Evidence, registry: Registry, policy: Policy) -> Iterator[str]:
    if registry.images == ("*",):
        if found.registry == HUB and policy.target == "server":
            yield "All images: CircleCI Server pulls those of Docker Hub without an account."
        elif found.registry == HUB and (public := gives_all(found)):
            yield f"All images: {_number(len(public), 'repository')} give{_s(public)} public ones credentials too."
        return
    if not registry.images:
        yield "No image: none has credentials or looks private."
    is_owned = any("/" in name for name in found.pulling)
    for pattern in registry.images[:_MOST]:
        its = found.with_auth.get(pattern, frozenset())
        missing = len(found.no_auth.get(pattern, frozenset()) - its)
        if its:
            yield f"{pattern}: with credentials in {len(its)}{f', without in {missing}' if missing else ''}."
        elif missing:
            why = "its name looks like yours" if is_owned else "it is not known to be public"
            yield f"{pattern}: without credentials in {missing}; {why}."
    if len(registry.images) > _MOST:
        yield f"And {len(registry.images) - _MOST} more like these."
    rest = {pattern: names for pattern, names in found.no_auth.items() if pattern not in registry.images}
    if rest and found.registry == HUB:
        ranked = sorted(rest.items(), key=lambda item: (-len(item[1]), item[0]))
        yield f"Without credentials as now: {_listed(f'{_images_shown(p)} ({len(n)})' for p, n in ranked)}."
        unknown = [pattern for pattern, _ in ranked if pattern.partition("/")[0] not in PUBLIC]
        if unknown:
            yield f"Add to `images` what of these is private: {_listed(unknown)}."
        yield "CircleCI Cloud pulls public images of Docker Hub with an account of its own."


def _images_shown(pattern: str) -> str:
    return "official images" if pattern == "library/*" else pattern


def _of_aws(found: Evidence, repositories: Collection[str]) -> Iterator[str]:
    yield _seen(found, repositories)
    pair = next(iter(found.pairs), None)
    if pair and any(name[1:].startswith(AMBIENT) for name in pair):
        yield f"{' and '.join(pair)}: in {len(found.pairs[pair])}. AWS programs read these names by themselves, so"
        yield "that keys for pulls would change who a job is: names of their own are proposed."
    elif pair:
        yield f"{' and '.join(filter(None, pair))}: in {len(found.pairs[pair])} of {len(found.having)}."


def _without_keys(proposal: Proposal) -> Iterator[str]:
    found = proposal.evidence[ECR]
    if found.pulling and proposal.policy.aws is None:
        yield (
            f"{_number(len(found.pulling), 'repository')} pull{_s(found.pulling)} from ECR with the AWS_* variables of "
            "their jobs, as CircleCI does without `aws_auth`; [aws] would give these images keys of their own."
        )


def conflicts(proposal: Proposal) -> list[str]:
    """What differs in a way that no policy can unite, one line each. No line holds a secret."""
    return [
        *(line for found in proposal.evidence.values() for line in _of_one(found)),
        *_of_shared_variables(proposal),
        *(f"the credentials for {host} cannot be written in a policy." for host in proposal.refused),
    ]


def _of_one(found: Evidence) -> Iterator[str]:
    if found.literal:
        yield (
            f"a password for {found.registry} is written out in {_listed(sorted(found.literal))}: "
            "`migrate --select literal-secret` moves it to a variable."
        )
    for pair in found.pairs:
        by_context = {name: names for name, names in found.ranked_contexts(pair) if _alone(found, pair, name)}
        if len(by_context) > 1:
            shown = _listed(f"{name} ({len(names)})" for name, names in by_context.items())
            variables = " and ".join(filter(None, pair))
            yield f"{variables} for {found.registry} come from different contexts: {shown}. One would do."
    for repository, pairs in sorted(found.of_repository.items()):
        if len(pairs) > 1:
            shown = _listed(" and ".join(filter(None, pair)) for pair in pairs)
            yield f"{repository} has {len(pairs)} sets of credentials for {found.registry}: {shown}."


def _alone(found: Evidence, pair: tuple[str, str], context: str) -> bool:
    """Whether some repository has these credentials from that context and from no other."""
    others = {name for other, names in found.contexts[pair].items() if other != context for name in names}
    return bool(found.contexts[pair][context] - others)


def _of_shared_variables(proposal: Proposal) -> Iterator[str]:
    registries: dict[str, dict[str, set[str]]] = {}
    for host, found in proposal.evidence.items():
        for (_, password), names in found.pairs.items():
            registries.setdefault(password, {}).setdefault(host, set()).update(names)
    for password, by_host in sorted(registries.items()):
        if password and len(by_host) > 1:
            shown = _listed(f"{host} ({len(names)})" for host, names in sorted(by_host.items()))
            yield f"{password} is the password for several registries: {shown}. Each needs its own."


def _number(count: int, one: str) -> str:
    return f"{count} {one if count == 1 else one.removesuffix('y') + 'ies'}"


def _s(names: Collection[str]) -> str:
    return "s" if len(names) == 1 else ""


def _listed(names: Iterable[str]) -> str:
    every = [_line(name, _LONGEST) for name in names]
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(every[:_MOST]) + more


def _line(text: str, longest: int = 2000) -> str:
    shown = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
