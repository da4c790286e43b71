"""What the patterns of a policy could name: the images of a run, and whether a pattern names one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.table import could_name
from migrator.circleci.references import HOLE
from migrator.policy import Registry
from migrator.policy.practice import ECR

if TYPE_CHECKING:
    from migrator.circleci.config import Config

UNKNOWN: Final = ("", "")
"""What stands for an image of which nobody can say where it is from."""


def images_of(configs: Iterable[Config]) -> frozenset[tuple[str, str]]:
    """Registry and repository of all images, with every value that parameters give them; `ECR` for all its hosts."""
    found: set[tuple[str, str]] = set()
    for config in configs:
        for image in config.images:
            for each in config.calls.references(image) or (image.reference,):
                host = ECR if each.is_ecr else each.registry
                found.add(UNKNOWN if host is None else (host, each.repository))
    return frozenset(found)


def names(pattern: str, repository: str) -> bool:
    """Whether a pattern of `images`, `skip` or `copied` names a repository, or could: a hole in that decides."""
    if HOLE.search(repository):
        return could_name(pattern, repository)
    return Registry("", "", "", "", images=(pattern,)).wants(repository)
