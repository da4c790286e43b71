"""All that an inventory counts in one file, as plain data: what is counted, and how often it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from migrator.circleci.inventory.images import images_in
from migrator.circleci.inventory.jobs import contexts_in
from migrator.circleci.inventory.logins import logins_in
from migrator.circleci.inventory.secrets import secrets_in
from migrator.circleci.inventory.unseen import unseen_in

if TYPE_CHECKING:
    from migrator.circleci.config import Config

Fact: TypeAlias = tuple[str, ...]
"""What is counted: a kind, and what tells one of that kind from another. An empty text stands for what is not known.

    image, registry, authentication     name, registry, repository     region, region     context, name
    jobs, of contexts                   secret, place                  login, form, registry
    orb, package                        unseen, what
"""

Facts: TypeAlias = tuple[tuple[Fact, int], ...]
"""Sorted, so that equal files have equal facts. No fact holds the value of a secret that the views know."""

_COUNTED: Final[tuple[Callable[[Config], Iterator[Fact]], ...]] = (
    images_in,
    contexts_in,
    secrets_in,
    logins_in,
    unseen_in,
)


def facts_of(configs: Iterable[Config]) -> Facts:
    """The facts of everything that one file holds of configs. Comments that suppress findings hide nothing here."""
    found: Counter[Fact] = Counter()
    for config in configs:
        for look in _COUNTED:
            found.update(look(config))
    return tuple(sorted(found.items()))
