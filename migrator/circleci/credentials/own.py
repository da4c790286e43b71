"""Credentials that a config itself gives to images of a registry, where they are others than the policy's.

Two sets of credentials for one registry in one config are seldom meant. An image that lacks any is proposed those of
its neighbours, with the context that all jobs of these have.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.credentials.placing import SHAPES
from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.shell.quoting import is_variable_name
from migrator.tree import Mapping, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config
    from migrator.circleci.workflows import Invocation

_LITERALS: Final = frozenset({"username", "oidc_role_arn"})
"""What may be written out: everything else is a variable, or a secret that is not to be repeated."""


class OwnCredentials:
    """Looks at the whole packed tree where there is one. Built for one `check`, on the first question.

    `decided`: a person named the policy for this run, so that its credentials are meant; the others are reported only.
    """

    def __init__(self, config: Config, table: CredentialTable, *, decided: bool = False) -> None:
        self._config = config
        self._decided = decided
        self._table = table
        self._known: dict[tuple[str, str], Credentials | None] = {}
        self.doubts: dict[int, str] = {}
        """By the `id` of credentials, why it is not known which context they come from."""

    def choice(self, credentials: Credentials, image: Image) -> Credentials:
        """What an image gets for which the policy has these credentials."""
        return credentials if self._decided else self.instead_of(credentials, image) or credentials

    def beside(self, credentials: Credentials, image: Image) -> str:
        """What is said of both in a message; empty where there is one set of credentials only."""
        own = self.instead_of(credentials, image)
        return f"; other images here use {_shown(own)}, the policy has {_shown(credentials)}" if own else ""

    def instead_of(self, credentials: Credentials, image: Image) -> Credentials | None:
        """What the images of the same registry have in place of the policy's credentials; `None` where some have
        those, or none have any."""
        host = image.reference.registry
        if host is None:
            return None
        key = (host, credentials.key)
        if key not in self._known:
            self._known[key] = self._read(host, credentials)
        return self._known[key]

    def _read(self, host: str, of_policy: Credentials) -> Credentials | None:
        found: dict[tuple[tuple[str, str], ...], list[tuple[Config, Image]]] = {}
        for config in (self._config, *self._config.siblings):
            for image in config.images:
                if image.auth is None or image.reference.registry != host:
                    continue
                if of_policy.are(config.lookup, image.auth.value):
                    return None
                if key_of(image.auth) == of_policy.key and (pairs := _pairs(config, image)):
                    found.setdefault(pairs, []).append((config, image))
        found = {pairs: images for pairs, images in found.items() if self._may_run(images)}
        if not found:
            return None
        pairs = max(found, key=lambda pairs: len(found[pairs]))  # the first of those that are used most
        variables = tuple(value[1:] for _, value in pairs if value.startswith("$"))
        context, is_clear = self._context(host, found[pairs]) if variables else (None, True)
        credentials = Credentials(of_policy.key, pairs, context, variables, of_policy.host)
        if not is_clear:
            names = "` and `".join(variables)
            self.doubts[id(credentials)] = f"several contexts may hold `{names}`: add the right one to its jobs"
        return credentials

    def _may_run(self, images: list[tuple[Config, Image]]) -> bool:
        """Whether these credentials are in use: what no workflow runs tells nothing of where they come from. Where no
        job at all is run, as in a fragment or an orb, somebody else may run any."""
        return bool(_invocations(images)) or not any(c.invocations for c in (self._config, *self._config.siblings))

    def _context(self, host: str, images: list[tuple[Config, Image]]) -> tuple[str | None, bool]:
        """The one context that every job with these credentials has, and whether there is no doubt which it is; there
        is none where no job has any, as then the project provides them."""
        common: Counter[str] = Counter()
        invocations = _invocations(images)
        for invocation in invocations.values():
            common.update(set(contexts_had_by(invocation) or ()))
        names = [name for name, count in common.items() if count == len(invocations)]
        if len(names) > 1:
            from migrator.policy.practice import is_about_registry

            names = [name for name in names if is_about_registry(name, host)]
        return (names[0], True) if len(names) == 1 else (None, not common)


def _invocations(images: list[tuple[Config, Image]]) -> dict[int, Invocation]:
    """What runs any of these images, by its `id`."""
    return {id(i): i for c, image in images for runner in image.environments for i in c.calls.invocations_on(runner)}


def _pairs(config: Config, image: Image) -> tuple[tuple[str, str], ...] | None:
    """The credentials of an image as they are written; `None` where one is a literal secret, or no text."""
    assert image.auth is not None
    node = resolve(image.auth.value)
    if not isinstance(node, Mapping):
        return None
    for keys in SHAPES.get(key_of(image.auth) or "", ()):
        texts = [config.lookup.text(node, key) for key in keys]
        values = tuple((key, text.value) for key, text in zip(keys, texts, strict=True) if text is not None)
        if len(values) == len(keys) == len(config.lookup.entries(node)) and all(_may_repeat(*pair) for pair in values):
            return values
    return None


def _may_repeat(key: str, value: str) -> bool:
    return is_variable_name(value[1:]) if value.startswith("$") else key in _LITERALS and "<<" not in value


def _shown(credentials: Credentials) -> str:
    """Credentials in the words of a message: as they are written, and the context that they come from."""
    values = " and ".join(f"`{value}`" for _, value in credentials.pairs)
    return f"{values} from `{credentials.context}`" if credentials.context is not None else values
