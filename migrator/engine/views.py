"""The views of everything that one document holds of configs, and of the other files of the same config."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from migrator.circleci.config import Config, Makes
from migrator.documents import Document, open_document
from migrator.errors import ReadError

if TYPE_CHECKING:
    from migrator.engine.suppressions import Suppressions


def read_configs(
    document: Document,
    path: str,
    siblings: Sequence[Config] = (),
    suppressions: Suppressions | None = None,
    makes: Makes | None = None,
) -> list[Config]:
    """The whole configs of a document, then the parts that stand alone in it, which are siblings of those.

    `siblings` are the other files of the same packed source tree, `suppressions` those of the document, and
    `makes` says which fixes are made, where that is not for the default of `Config` to say.
    """
    more: dict[str, Any] = {}
    if suppressions is not None:
        more["leaves_alone"] = suppressions.leaves_alone
    if makes is not None:
        more["makes"] = makes
    parts = document.parts()
    if path.endswith(".py") and not any(part.loads for part in parts):
        siblings = ()  # what it names is not what it adds to
    return Config.of_parts(parts, path, siblings, **more)


def read_siblings(siblings: Sequence[tuple[str, bytes]]) -> list[Config]:
    """Views of the other files of a packed source tree; those that cannot be read are reported on their own."""
    return [config for path, data in siblings for config in _read_sibling(path, data)]


@lru_cache(maxsize=256)
def _read_sibling(path: str, data: bytes) -> tuple[Config, ...]:
    """Kept, since every file of a tree has the same siblings; views are only looked at."""
    try:
        document = open_document(path, data)
        found = read_configs(document, path, suppressions=suppressions_of(document))
        return tuple(config for config in found if config.part.loads or not path.endswith(".py"))
    except ReadError:
        return ()


def suppressions_of(document: Document) -> Suppressions | None:
    """The suppressions of a document, where it has any."""
    if "migrator:" not in document.text and "migrate: ignore" not in document.text:
        return None
    from migrator.engine.suppressions import Suppressions

    return Suppressions(document)
