"""Which credentials the policy has for an image, and where a file defines the same ones under an anchor."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from migrator.changes import Value
from migrator.circleci.lookup import Lookup
from migrator.circleci.references import HOLE, ImageReference
from migrator.policy import Policy, Registry
from migrator.startup.records import cached_property, record
from migrator.tree import Mapping, Node, resolve

_WILD: Final = frozenset("*?[")


@record(eq=False, slots=False)
class Credentials:
    """`key` is `auth` or `aws_auth`, `pairs` its entries, `context` what provides the variables if any are needed.

    There is one object for each registry of the policy.
    """

    key: str
    pairs: tuple[tuple[str, str], ...]
    context: str | None
    variables: tuple[str, ...]
    host: str

    @cached_property
    def value(self) -> dict[str, Value]:
        return dict(self.pairs)

    def are(self, lookup: Lookup, node: Node) -> bool:
        """Whether a value holds exactly these credentials."""
        node = resolve(node)
        if not isinstance(node, Mapping):
            return False
        for key, value in self.pairs:
            text = lookup.text(node, key)
            if text is None or text.value != value:
                return False
        return len(lookup.entries(node)) == len(self.pairs)


class Undecided(Enum):
    """A template or a variable decides which credentials an image needs, or whether it needs any."""

    UNDECIDED = "undecided"


UNDECIDED: Final = Undecided.UNDECIDED
Answer: TypeAlias = Credentials | Undecided | None


class CredentialTable:
    """The policy's answer for each image."""

    def __init__(self, policy: Policy) -> None:
        self._by_host = {
            registry.host: (registry, _of_registry(registry, in_context=policy.uses_contexts))
            for registry in policy.registries
        }
        self._aws: Credentials | None = None
        if aws := policy.aws:
            keys = (("aws_access_key_id", aws.aws_access_key_id), ("aws_secret_access_key", aws.aws_secret_access_key))
            pairs = (("oidc_role_arn", aws.oidc_role_arn),) if aws.oidc_role_arn else keys
            context = aws.context if aws.variables and policy.uses_contexts else None
            self._aws = Credentials("aws_auth", pairs, context, aws.variables, "ECR")

    @property
    def all(self) -> list[Credentials]:
        return [credentials for _, credentials in self._by_host.values()] + ([self._aws] if self._aws else [])

    def of_any(self, references: list[ImageReference]) -> Answer:
        """The one answer for all of them, `UNDECIDED` where they differ."""
        answers = {self.of(reference) for reference in references}
        return answers.pop() if len(answers) == 1 else UNDECIDED

    def of(self, reference: ImageReference) -> Answer:
        if reference.is_ecr:
            return self._aws
        if reference.registry is None:
            hub_or_so = any(reference.could_be(host) for host in self._by_host)
            return UNDECIDED if hub_or_so or (self._aws and reference.could_be_ecr) else None
        registry, credentials = self._by_host.get(reference.registry, (None, None))
        if registry is None:
            return None
        wanted = _wants(registry, reference)
        return UNDECIDED if wanted is None else credentials if wanted else None


def _of_registry(registry: Registry, *, in_context: bool) -> Credentials:
    pairs = (("username", registry.username), ("password", registry.password))
    variables = registry.variables
    return Credentials("auth", pairs, registry.context if variables and in_context else None, variables, registry.host)


def _wants(registry: Registry, reference: ImageReference) -> bool | None:
    """Whether the policy names the repository; `None` where a hole in its name decides."""
    if registry.images == ("*",) and not registry.skip:
        return True
    if not reference.repository_is_open:
        return registry.wants(reference.repository)
    named, skipped = _matches(registry.images, reference.repository), _matches(registry.skip, reference.repository)
    if named is False or skipped is True:
        return False
    return True if named and skipped is False else None


def could_name(pattern: str, repository: str) -> bool:
    """Whether a pattern can name a repository with a hole, whatever that brings."""
    return _matches((pattern,), repository) is not False


def _matches(patterns: tuple[str, ...], repository: str) -> bool | None:
    """Whether one of the patterns names a repository with a hole for every value, `None` if for some at most."""
    start = HOLE.split(repository)[0]
    answer: bool | None = False
    for pattern in patterns:
        fixed = pattern[: next((i for i, c in enumerate(pattern) if c in _WILD), len(pattern))]
        for known in {start, start.removeprefix("library/")}:
            if pattern == f"{fixed}*" and known.startswith(fixed):
                return True
            if known.startswith(fixed) or fixed.startswith(known):
                answer = None
    return answer
