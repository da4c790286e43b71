"""A policy from practice: what most repositories do becomes the policy, what the others do becomes its overrides.

Nothing is invented where something can be learnt, and nothing is learnt that gives a job more than credentials for
pulls: a context for deployments, or the names of variables that AWS programs take for their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from migrator.errors import PolicyError
from migrator.policy import AMBIENT, BUILT_IN_HUB, HUB, Aws, Override, Policy, Registry
from migrator.policy.evidence import Evidence, evidence, gives_all, private_patterns, registries_of
from migrator.policy.location import FILE_NAME
from migrator.policy.practice import ECR, Practice
from migrator.policy.toml import parse_policy
from migrator.policy.writing import policy_toml
from migrator.startup.records import field, record, replace

_OWN: Final = "ECR_"
_NOTHING: Final = Policy()

Pair = tuple[str, str]
Keys = tuple[tuple[tuple[str, ...], str], ...]


@record
class Wanted:
    """What a person decided: each empty where the practice decides. `registries` are those with their values."""

    target: str = ""
    credentials: str = ""
    registries: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)


@record
class Proposal:
    """A policy with what it was made from. `overridden` are, for each override, the repositories that it is for, and
    `refused` names what cannot be written in a policy."""

    policy: Policy
    evidence: Mapping[str, Evidence]
    repositories: tuple[str, ...]
    overridden: tuple[tuple[str, ...], ...] = ()
    refused: tuple[str, ...] = ()


def propose(practice: Practice, wanted: Wanted | None = None) -> Proposal:
    """The policy that demands least of what these repositories do not have yet, which any parser of policies takes."""
    wanted = wanted or Wanted()
    found = {host: evidence(practice, host) for host in (*registries_of(practice), ECR)}
    repositories = tuple(sorted(practice.pulls))
    target = wanted.target or _NOTHING.target
    base = Policy(target=target, credentials=wanted.credentials or _credentials(found))
    registries, refused = [], []
    for host, of_host in found.items():
        if host == ECR:
            continue
        registry = _registry(of_host, base, repositories, wanted.registries.get(host, {}))
        if is_accepted(replace(base, registries=(registry,) if host == HUB else (BUILT_IN_HUB, registry))):
            registries.append(registry)
            continue
        refused.append(host)
        if host == HUB:
            registries.append(BUILT_IN_HUB)
    policy = replace(base, registries=tuple(registries))
    aws = _aws(found[ECR])
    if aws is not None and is_accepted(replace(policy, aws=aws)):
        policy = replace(policy, aws=aws)
    elif aws is not None:
        refused.append(ECR)
    overrides, overridden = _overrides(policy, found, repositories)
    return Proposal(replace(policy, overrides=overrides), found, repositories, overridden, tuple(refused))


def is_accepted(policy: Policy) -> bool:
    """Whether a policy file may hold this."""
    try:
        return parse_policy(policy_toml(policy), Path(FILE_NAME)) == policy
    except PolicyError:
        return False


def _credentials(found: Mapping[str, Evidence]) -> str:
    """Where credentials come from in most repositories: a context, unless the projects themselves provide them."""
    with_context: set[str] = set()
    without: set[str] = set()
    for host, each in found.items():
        for pair in each.pairs if host != ECR else ():
            with_context.update(name for names in each.contexts[pair].values() for name in names)
            without |= each.without[pair]
    return "project" if len(without - with_context) > len(with_context) else "context"


def _registry(
    of_host: Evidence, base: Policy, repositories: Iterable[str], wanted: Mapping[str, str | tuple[str, ...]]
) -> Registry:
    host = of_host.registry
    usual = _usual(host)
    username, password = next(iter(of_host.pairs), (usual.username, usual.password))
    given = {"username": username, "password": password, "images": _images(of_host, base, repositories), **wanted}
    pair = str(given["username"]), str(given["password"])
    usual_context = usual.context if base.uses_contexts or host == HUB else ""
    context = str(given.get("context", "")) or (of_host.context_of(pair) if base.uses_contexts else "") or usual_context
    images = given["images"]
    assert isinstance(images, tuple)
    return Registry(host, *pair, context, images)


def _usual(host: str) -> Registry:
    """What a registry has where nothing is learnt: for any but Docker Hub, the name of a context alone."""
    return BUILT_IN_HUB if host == HUB else Registry(host, "", "", f"{host.replace('.', '-').replace(':', '-')}-creds")


def _images(of_host: Evidence, base: Policy, repositories: Iterable[str]) -> tuple[str, ...]:
    if of_host.registry != HUB:
        return tuple(of_host.with_auth) if of_host.no_auth else ("*",)
    having = frozenset().union(*of_host.with_auth.values())
    # On Server nothing pulls images of Docker Hub with an account of CircleCI's own.
    if base.target == "server" or 2 * len(gives_all(of_host)) > len(having):
        return ("*",)
    return tuple(private_patterns(of_host, repositories))


def _aws(of_ecr: Evidence) -> Aws | None:
    """Keys of names that no program takes for its own, or the role; `None` where no image of ECR has any today."""
    pair = next(iter(of_ecr.pairs), None)
    if pair is None:
        return None
    key, secret = pair
    if not secret:
        return Aws(oidc_role_arn=key)
    if any(name[1:].startswith(AMBIENT) for name in pair):
        return Aws(f"${_OWN}{AMBIENT}ACCESS_KEY_ID", f"${_OWN}{AMBIENT}SECRET_ACCESS_KEY")
    return Aws(key, secret, of_ecr.context_of(pair) or Aws().context)


def _overrides(
    policy: Policy, found: Mapping[str, Evidence], repositories: tuple[str, ...]
) -> tuple[tuple[Override, ...], tuple[tuple[str, ...], ...]]:
    """What the repositories that do otherwise get, those of one habit together, the most common first."""
    groups: dict[Keys, list[str]] = {}
    for repository in repositories if len(repositories) > 1 else ():
        groups.setdefault(_habit(policy, found, repository), []).append(repository)
    groups = {keys: names for keys, names in groups.items() if keys and _is_right(policy, keys)}
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(_override(names, keys) for keys, names in ranked), tuple(tuple(names) for _, names in ranked)


def _is_right(policy: Policy, keys: Keys) -> bool:
    return is_accepted(replace(policy, overrides=(_override(["x"], keys),)))


def _override(repositories: Iterable[str], keys: Keys) -> Override:
    return Override(tuple(map(_glob, repositories)), (), keys)


def _glob(name: str) -> str:
    """A pattern that names a repository: what a pattern may not hold is left open."""
    return "".join(f"[{c}]" if c in "*?[" else "?" if c <= " " or c == "\\" else c for c in name)


def _habit(policy: Policy, found: Mapping[str, Evidence], repository: str) -> Keys:
    """What a repository does otherwise than the policy, as keys of a policy, sorted."""
    keys: dict[tuple[str, ...], str] = {}
    provides: list[bool] = []
    for registry in policy.registries:
        of_host = found[registry.host]
        pairs = of_host.of_repository.get(repository, ())
        usual = (registry.username, registry.password)
        if not pairs:
            continue
        pair = usual if usual in pairs else pairs[0]
        place = ("registries", registry.host)
        for name, value, other in zip(("username", "password"), pair, usual, strict=True):
            if value != other:
                keys[(*place, name)] = value
        provides.append(repository in of_host.without[pair])
        own = of_host.context_in(repository, pair)
        if own and repository not in of_host.contexts[pair].get(registry.context, ()) and policy.uses_contexts:
            keys[(*place, "context")] = own
        if own and not policy.uses_contexts:
            keys[("credentials",)] = "context"
            keys.update(_contexts(policy, found, repository))
    if policy.uses_contexts and provides and all(provides):
        keys[("credentials",)] = "project"
    keys.update(_of_aws(policy, found[ECR], repository))
    return tuple(sorted(keys.items()))


def _contexts(policy: Policy, found: Mapping[str, Evidence], repository: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """With contexts in one repository only, every registry of the policy needs one there."""
    for registry in policy.registries:
        of_host = found[registry.host]
        pair = next(iter(of_host.of_repository.get(repository, ())), (registry.username, registry.password))
        context = of_host.context_in(repository, pair) or registry.context or _usual(registry.host).context
        if context != registry.context:
            yield ("registries", registry.host, "context"), context


def _of_aws(policy: Policy, of_ecr: Evidence, repository: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Other keys for images of ECR; not where one has keys and the other a role, nor where names are ambient."""
    pairs, aws = of_ecr.of_repository.get(repository, ()), policy.aws
    if not pairs or aws is None or (aws.aws_access_key_id, aws.aws_secret_access_key) in pairs:
        return
    key, secret = pairs[0]
    if not secret and aws.oidc_role_arn not in (None, key):
        yield ("aws", "oidc_role_arn"), key
    if secret and not aws.oidc_role_arn and not any(name[1:].startswith(AMBIENT) for name in (key, secret)):
        yield ("aws", "aws_access_key_id"), key
        yield ("aws", "aws_secret_access_key"), secret
        context = of_ecr.context_of((key, secret))
        if context and context != aws.context:
            yield ("aws", "context"), context
