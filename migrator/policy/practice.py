"""What configs do today, as counts by repository: which credentials, contexts and images they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from migrator.policy import HUB
from migrator.startup.patterns import lazy
from migrator.startup.records import record

ECR: Final = "ECR"
"""What stands for the private registries of ECR, whose hosts differ by account and region."""


_UPPER: Final = lazy(r"[A-Z][A-Z0-9_]{2,}")
_UPPER_WORDS: Final = lazy(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SHORT: Final = 2
_ABOUT: Final = ("docker", "hub", "registry")


def lacks_dollar(username: str, registry: str) -> bool:
    """Whether a literal username is most likely a variable whose `$` was forgotten."""
    # Names of users of Docker Hub are in lower case: https://docs.docker.com/accounts/create-account/.
    username = name_of_percent(username)
    found = _UPPER.fullmatch(username) if registry == HUB else _UPPER_WORDS.fullmatch(username)
    return found is not None


def name_of_percent(username: str) -> str:
    """The name in `%NAME%`, which is a variable to Windows and not to CircleCI; else the text as it is."""
    is_percent = len(username) > _SHORT and username.startswith("%") and username.endswith("%")
    return username[1:-1] if is_percent else username


def is_about_registry(context: str, registry: str) -> bool:
    """Whether the name of a context says that it is for the credentials of a registry."""
    name = context.lower()
    labels = (label for label in f"{registry.lower()}.".split(".")[:-2] or [registry.lower()] if len(label) > _SHORT)
    return any(word in name for word in (*_ABOUT, *labels))


@record
class Use:
    """One set of credentials in one file, with how often it is there.

    `registry` is a host as a policy names it, `ECR`, or empty where a variable or a template decides. `username` and
    `password` are written as in a policy, `$NAME` or a literal username; for ECR the two keys, or the role and nothing.
    Each is empty where it is computed, or a literal that is not to be repeated; `is_literal` says that the password is
    written out. `is_image`: an image has them, else a login in a step. `invocations` counts the workflow jobs that run
    with them, `contexts` those of these that have each context; `is_open`: an expression decides what one of them has.
    """

    registry: str
    username: str
    password: str
    is_image: bool
    times: int = 1
    invocations: int = 0
    contexts: tuple[tuple[str, int], ...] = ()
    is_literal: bool = False
    is_open: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        return self.username, self.password

    @property
    def common(self) -> tuple[str, ...]:
        """The contexts that every job with these credentials has."""
        return tuple(name for name, count in self.contexts if count == self.invocations)


@record
class Pull:
    """Images of one name space in one file: its first segment, or the name of an image that has no other; `library` for
    official images of Docker Hub, nothing for those of ECR."""

    registry: str
    space: str
    has_auth: bool
    is_alone: bool = False
    """The image has no other segment, and is not one of Docker Hub."""

    @property
    def pattern(self) -> str:
        """What names these images in `images` of a policy."""
        return self.space if self.is_alone else f"{self.space}/*"


class Practice:
    """What the configs of some repositories do. Repositories are named as a policy names them."""

    def __init__(self) -> None:
        self.uses: dict[str, list[Use]] = {}
        self.pulls: dict[str, Counter[Pull]] = {}

    def add(self, repository: str, uses: Iterable[Use], pulls: Iterable[Pull]) -> None:
        """Count what one file of a repository does."""
        self.uses.setdefault(repository, []).extend(uses)
        self.pulls.setdefault(repository, Counter()).update(pulls)

    def of(self, registry: str) -> Iterator[tuple[str, Use]]:
        """Every use of credentials for a registry with its repository."""
        for repository, uses in self.uses.items():
            yield from ((repository, use) for use in uses if use.registry == registry)

    def contexts_of(self, registry: str) -> list[str]:
        """The contexts of jobs that have credentials for this registry, the most frequent first."""
        near = (use for use in self._near(registry) if any(use.pair))
        return [name for name, _ in _ranked(pair for use in near for pair in use.contexts)]

    def users_of(self, registry: str, context: str = "") -> list[str]:
        """Variables of usernames for this registry: of jobs with that context first, then of images, then the most
        frequent."""
        return self._variables(registry, context, lambda use: use.username)

    def passwords_of(self, registry: str, context: str = "") -> list[str]:
        """As `users_of`, of passwords."""
        return self._variables(registry, context, lambda use: use.password)

    def _near(self, registry: str) -> Iterator[Use]:
        """The uses for this registry, and those whose registry cannot be known."""
        yield from (use for host in (registry, "") for _, use in self.of(host))

    def _variables(self, registry: str, context: str, value: Callable[[Use], str]) -> list[str]:
        ranks: dict[tuple[bool, bool], Counter[str]] = {}
        for use in self._near(registry):
            if value(use).startswith("$"):
                has_context = any(name == context for name, _ in use.contexts)
                ranks.setdefault((not has_context, not use.is_image), Counter())[value(use)] += use.times
        names = (name for rank in sorted(ranks) for name, _ in _ranked(ranks[rank].items()))
        return list(dict.fromkeys(names))


def _ranked(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    total: Counter[str] = Counter()
    for name, count in counts:
        total[name] += count
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))
