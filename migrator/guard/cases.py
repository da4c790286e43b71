"""Cases that show what a config policy refuses and what it lets through, made for the registries that it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count
from typing import Any, Final, NamedTuple, TypeAlias

from migrator.circleci.references import parse_reference
from migrator.guard.globs import pieces
from migrator.guard.rego import RULES, UNKNOWN_REPOSITORY
from migrator.guard.sentences import LITERAL, LOGIN, NO_CONTEXT, NO_CREDENTIALS
from migrator.guard.settings import settings_of
from migrator.policy import HUB, Aws, Policy, Registry
from migrator.policy.overrides import policy_for
from migrator.startup.records import replace

Config: TypeAlias = "dict[str, Any]"

NO_CREDENTIALS_RULE, LITERAL_RULE, NO_CONTEXT_RULE, LOGIN_RULE = RULES
_IDS: Final = {
    NO_CREDENTIALS_RULE: "unauthenticated-image",
    LITERAL_RULE: "literal-secret",
    NO_CONTEXT_RULE: "missing-context",
    LOGIN_RULE: "docker-login-step",
}
_ELSEWHERE: Final = "registry.example.com/team/tool:1"
_ECR_IMAGE: Final = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"
_ECR_HOST: Final = "ECR"
_WRITTEN_OUT: Final = "not-a-variable"
_BUILDS: Final = "https://github.com/{}"
_NOBODY: Final = "nobody/nothing"
_BY_STDIN: Final = 'echo "$PASSWORD" | docker login -u "$USERNAME" --password-stdin'
_BY_WORD: Final = 'docker login -u "$USERNAME" -p "$PASSWORD"'


class Case(NamedTuple):
    """One config, what the policy has against it by rule, and the rules that count for it.

    `repository` is the URL of the repository that is built, empty where that does not matter.
    """

    name: str
    config: Config
    violations: tuple[tuple[str, str], ...]
    enabled: tuple[str, ...]
    repository: str


def cases_of(policy: Policy) -> list[Case]:
    """The cases of a policy: of each registry and ECR, of logins, and of each repository that has an override."""
    known = replace(policy, overrides=tuple(each for each in policy.overrides if not each.paths))
    if not settings_of(policy).overrides:
        return _unique(_of_policy(replace(policy, overrides=()), ""))
    examples = [(f"override_{n}_", _example(each.repositories[0])) for n, each in enumerate(known.overrides)]
    found: list[Case] = []
    for prefix, name in [("", _NOBODY), *examples]:
        for case in _of_policy(policy_for(known, name, ""), _BUILDS.format(name)):
            enabled = tuple(sorted((*case.enabled, UNKNOWN_REPOSITORY)))
            found.append(case._replace(name=prefix + case.name, enabled=enabled))
    return _unique(found)


def _unique(cases: Iterable[Case]) -> list[Case]:
    """The cases with names of their own: two hosts may differ in what no name can hold."""
    found: dict[str, Case] = {}
    for case in cases:
        names = chain([case.name], (f"{case.name}_{number}" for number in count(2)))
        name = next(each for each in names if each not in found)
        found[name] = case._replace(name=name)
    return list(found.values())


def _of_policy(policy: Policy, repository: str) -> Iterator[Case]:
    enabled = _enabled(policy)

    def case(name: str, config: Config, *violations: tuple[str, str]) -> Case:
        counting = tuple(each for each in violations if each[0] in enabled)
        return Case(name, config, counting, enabled, repository)

    for registry in policy.registries:
        if image := _image_of(registry):
            auth = {"username": registry.username, "password": registry.password}
            same = [each.context for each in policy.registries if _pair(each) == _pair(registry)]
            contexts = sorted({*same}) if policy.uses_contexts else []
            yield from _of_image(case, registry.host, image, "auth", auth, contexts, "password")
        if image := _skipped(registry):
            yield case(f"{_word(registry.host)}_skipped", _config(image))
    if policy.aws:
        secret = "" if policy.aws.oidc_role_arn else "aws_secret_access_key"
        contexts = [policy.aws.context] if policy.uses_contexts and secret else []
        yield from _of_image(case, _ECR_HOST, _ECR_IMAGE, "aws_auth", _keys(policy.aws), contexts, secret)
    if policy.registry("registry.example.com") is None:
        yield case("another_registry", _config(_ELSEWHERE))
    yield case("login_by_standard_input", _machine(_BY_STDIN))
    yield case("login_with_password", _machine(_BY_WORD), (LOGIN_RULE, LOGIN % ("Job", "build")))


def _pair(registry: Registry) -> tuple[str, str]:
    return registry.username, registry.password


def _of_image(
    case: Callable[..., Case], host: str, image: str, key: str, auth: dict[str, str], contexts: list[str], secret: str
) -> Iterator[Case]:
    """The cases of one registry; `secret` is the key of `auth` that must be no literal, empty where there is none."""
    name = _word(host)
    yield case(f"{name}_with_credentials", _config(image, {key: auth}, contexts))
    reason = NO_CREDENTIALS % ("build", image, host, key)
    yield case(f"{name}_without_credentials", _config(image), (NO_CREDENTIALS_RULE, reason))
    if secret:
        literal = {**auth, secret: _WRITTEN_OUT}
        reason = LITERAL % ("build", secret, key, image)
        yield case(f"{name}_written_out", _config(image, {key: literal}, contexts), (LITERAL_RULE, reason))
    if contexts:
        reason = NO_CONTEXT % ("main", "build", image, "` or `".join(contexts))
        yield case(f"{name}_without_context", _config(image, {key: auth}), (NO_CONTEXT_RULE, reason))


def _enabled(policy: Policy) -> tuple[str, ...]:
    """The rules that the policy does not turn off, in the order of decisions."""
    selected = set(policy.select or _IDS.values()) - set(policy.ignore)
    return tuple(sorted(rule for rule, name in _IDS.items() if name in selected))


def _keys(aws: Aws) -> dict[str, str]:
    if aws.oidc_role_arn:
        return {"oidc_role_arn": aws.oidc_role_arn}
    return {"aws_access_key_id": aws.aws_access_key_id, "aws_secret_access_key": aws.aws_secret_access_key}


def _config(image: str, auth: dict[str, Any] | None = None, contexts: Sequence[str] = ()) -> Config:
    """One job in one workflow, as CircleCI compiles it."""
    return _compiled({"docker": [{"image": image, **(auth or {})}], "steps": ["checkout"]}, contexts)


def _machine(command: str) -> Config:
    return _compiled({"machine": {"image": "ubuntu-2404:current"}, "steps": [{"run": {"command": command}}]}, ())


def _compiled(job: Config, contexts: Sequence[str]) -> Config:
    invocation = {"build": {"context": list(contexts)}} if contexts else "build"
    workflows = {"version": 2, "main": {"jobs": [invocation]}}
    return {"version": 2.1, "_compiled_": {"version": 2, "jobs": {"build": job}, "workflows": workflows}}


def _image_of(registry: Registry) -> str:
    """An image that the policy gives credentials; empty where no name could be made from its patterns."""
    return next((image for p in registry.images if (image := _named(registry, p)) and _is_wanted(registry, image)), "")


def _skipped(registry: Registry) -> str:
    """An image that is named by `images` and left out by `skip`."""
    everything = replace(registry, skip=())
    for pattern in registry.skip:
        image = _named(registry, pattern)
        if image and _is_wanted(everything, image) and not _is_wanted(registry, image):
            return image
    return ""


def _named(registry: Registry, pattern: str) -> str:
    name = _example(pattern)
    return f"{name}:1" if registry.host == HUB else f"{registry.host}/{name}:1"


def _is_wanted(registry: Registry, image: str) -> bool:
    reference = parse_reference(image)
    return reference.is_valid and reference.registry == registry.host and registry.wants(reference.repository)


def _example(pattern: str) -> str:
    """A text that a pattern matches, in all likelihood."""
    wild = {"*": "app", "?": "a"}
    return "".join(wild.get(p, p) if len(p) == 1 else _letter(p[1:-1]) for p in pieces(pattern))


def _letter(letters: str) -> str:
    if letters[:1] != "!":
        return letters[:1]
    return next((letter for letter in "abcxyz019" if letter not in letters), "a")


def _word(host: str) -> str:
    """A host as a part of a name."""
    return re.sub(r"\W+", "_", host.lower(), flags=re.ASCII)
