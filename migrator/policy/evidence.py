"""What the practice of some repositories says of one registry: credentials, contexts, the images that have them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from migrator.policy import HUB
from migrator.policy.practice import ECR, Practice, Use, is_about_registry
from migrator.policy.publishers import PUBLIC
from migrator.startup.records import record

_SHORTEST_OWNER: Final = 4

# Words in names of contexts that are for more than pulls, or for another registry: giving one to a job gives it what a
# deployment may do.
_POWERFUL: Final = frozenset({
    "admin", "aws", "azure", "cd", "deploy", "deployer", "deployment", "deployments", "gcloud", "gcp", "github",
    "google", "heroku", "k8s", "kubernetes", "live", "maven", "npm", "prod", "production", "publish", "pypi",
    "release", "releases", "root", "secret", "secrets", "slack", "sonar", "staging", "terraform", "vault",
    "artifactory", "ecr", "gcr", "ghcr", "jfrog", "quay",
})  # fmt: skip


@record(frozen=False)
class Evidence:
    """Repositories by what they do for one registry: for its images; for logins only where no image has credentials,
    as those may push.

    `pairs` are username and password as a policy writes them, most common first. `contexts` are, for each pair, those
    that all jobs with it have; `without` are repositories none of whose jobs with it has a context.
    """

    registry: str
    pulling: frozenset[str]
    having: frozenset[str]
    literal: frozenset[str]
    pairs: dict[tuple[str, str], frozenset[str]]
    contexts: dict[tuple[str, str], dict[str, frozenset[str]]]
    without: dict[tuple[str, str], frozenset[str]]
    of_repository: dict[str, tuple[tuple[str, str], ...]]
    """The pairs of each repository, the most frequent first."""

    with_auth: dict[str, frozenset[str]]
    """By pattern, the repositories that have credentials for such images, and below those that have none."""

    no_auth: dict[str, frozenset[str]]
    of_images: bool
    """Whether the pairs are those of images, and not of logins."""

    logins: dict[tuple[str, str], frozenset[str]]
    """Pairs of logins that no image has, where images have others."""

    def context_of(self, pair: tuple[str, str]) -> str:
        """The context that most repositories have for a pair, as far as it may be given to other jobs."""
        ranked = self.ranked_contexts(pair)
        return next((name for name, _ in ranked if not self.is_powerful(name)), "")

    def context_in(self, repository: str, pair: tuple[str, str]) -> str:
        """As `context_of`, of those that one repository has."""
        ranked = (name for name, names in self.ranked_contexts(pair) if repository in names)
        return next((name for name in ranked if not self.is_powerful(name)), "")

    def ranked_contexts(self, pair: tuple[str, str]) -> list[tuple[str, frozenset[str]]]:
        """The contexts of a pair with their repositories, the most frequent first."""
        found = self.contexts.get(pair, {})
        return sorted(found.items(), key=lambda item: (-len(item[1]), not self._is_about(item[0]), item[0]))

    def is_powerful(self, context: str) -> bool:
        """Whether the name of a context says that it is for something else than this registry."""
        words = set(re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", context.replace("_", "-")))
        return not self._is_about(context) and not _POWERFUL.isdisjoint(word.lower() for word in words)

    def _is_about(self, context: str) -> bool:
        return is_about_registry(context, self.registry)


def evidence(practice: Practice, registry: str) -> Evidence:
    """What the practice says of a registry, the same in whatever order it was gathered."""
    of_repository: dict[str, Counter[tuple[str, str]]] = {}
    uses: dict[tuple[str, str], dict[str, list[Use]]] = {}
    every = list(practice.of(registry))
    whole = [(repository, use) for repository, use in every if is_whole(use, registry)]
    of_images = any(use.is_image for _, use in whole)
    logins: dict[tuple[str, str], set[str]] = {}
    for repository, use in whole:
        if of_images and not use.is_image:
            logins.setdefault(use.pair, set()).add(repository)
            continue
        of_repository.setdefault(repository, Counter())[use.pair] += use.times
        uses.setdefault(use.pair, {}).setdefault(repository, []).append(use)
    pairs = {pair: frozenset(found) for pair, found in uses.items()}
    pulls = [(name, pull) for name, pulled in practice.pulls.items() for pull in pulled if pull.registry == registry]
    return Evidence(
        registry,
        frozenset(name for name, _ in pulls),
        frozenset(repository for repository, use in every if use.is_image or not of_images),
        frozenset(repository for repository, use in every if use.is_literal),
        dict(sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0]))),
        {pair: _common(found) for pair, found in uses.items()},
        {pair: frozenset(name for name, each in found.items() if _has_none(each)) for pair, found in uses.items()},
        {name: tuple(pair for pair, _ in _ranked(counts)) for name, counts in of_repository.items()},
        _by_pattern((name, pull.pattern) for name, pull in pulls if pull.has_auth),
        _by_pattern((name, pull.pattern) for name, pull in pulls if not pull.has_auth),
        of_images,
        {pair: frozenset(names) for pair, names in sorted(logins.items()) if pair not in pairs},
    )


def is_whole(use: Use, registry: str) -> bool:
    """Whether a policy could give other images the same credentials."""
    if not use.username or not use.username.isprintable():
        return False
    return use.password.startswith("$") or (registry == ECR and use.username.startswith("arn:"))


def _ranked(counts: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _common(by_repository: dict[str, list[Use]]) -> dict[str, frozenset[str]]:
    """Each context that all jobs with these credentials have in a repository, with those repositories."""
    found: dict[str, set[str]] = {}
    for repository, uses in by_repository.items():
        run = [set(use.common) for use in uses if use.invocations]
        for name in set.intersection(*run) if run else ():
            found.setdefault(name, set()).add(repository)
    return {name: frozenset(repositories) for name, repositories in found.items()}


def _has_none(uses: list[Use]) -> bool:
    """Whether jobs run with these credentials and none of them has a context, so that the project provides them."""
    return any(use.invocations for use in uses) and not any(use.contexts for use in uses)


def _by_pattern(found: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    patterns: dict[str, set[str]] = {}
    for repository, pattern in found:
        patterns.setdefault(pattern, set()).add(repository)
    return dict(sorted((pattern, frozenset(names)) for pattern, names in patterns.items()))


def private_patterns(of_hub: Evidence, repositories: Iterable[str]) -> list[str]:
    """The patterns of images that look like an organisation's own: that have credentials somewhere, or its name.

    Where no repository says whose it is, each name space counts that is not known to be public.
    """
    owners = {_plain(name.partition("/")[0]) for name in repositories if "/" in name}
    found = []
    for pattern in sorted({*of_hub.with_auth, *of_hub.no_auth}):
        space = pattern.partition("/")[0]
        if space in PUBLIC or "." in space:  # what has a dot is a registry
            continue
        if pattern in of_hub.with_auth or not owners or any(_is_like(_plain(space), owner) for owner in owners):
            found.append(pattern)
    return found


def gives_all(of_hub: Evidence) -> frozenset[str]:
    """The repositories that give credentials to public images of Docker Hub too."""
    public = [names for pattern, names in of_hub.with_auth.items() if pattern.partition("/")[0] in PUBLIC]
    return frozenset().union(*public)


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _is_like(space: str, owner: str) -> bool:
    if space == owner:
        return True
    shorter, longer = sorted((space, owner), key=len)
    return len(shorter) >= _SHORTEST_OWNER and longer.startswith(shorter)


def registries_of(practice: Practice) -> list[str]:
    """The registries that a policy is proposed for: Docker Hub, and those whose images have credentials somewhere."""
    hosts = {use.registry for uses in practice.uses.values() for use in uses if use.is_image and is_whole(use, "")}
    return [HUB, *sorted(hosts - {"", HUB, ECR})]
