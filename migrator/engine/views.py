"""The views of everything that one document holds of configs, and of the other files of its packed tree."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.circleci.config import Config
from migrator.documents import Document, open_document
from migrator.errors import ReadError

if TYPE_CHECKING:
    from migrator.engine.suppressions import Suppressions


def read_configs(document: Document, path: str, siblings: Sequence[Config] = ()) -> list[Config]:
    """The whole configs of a document, then the parts that stand alone in it, which are siblings of those.

    `siblings` are the other files of the same packed source tree.
    """
    parts = document.parts()
    found: list[Config] = []
    for part in parts:
        # A part is read as the file of a packed tree that would hold it.
        place = f"{part.section}/{part.name.replace('/', '∕')}.yml" if part.section else path
        found.append(
            Config(
                part.root,
                place,
                siblings,
                part.whole,
                computed=part.computed,
                unseen=part.unseen,
                processes=part.processes,
                shared=part.shared,
                alone=bool(part.section),
                text=part.text,
            )
        )
    if len(found) == 1:
        return found
    wholes = [config for config, part in zip(found, parts, strict=True) if not part.section]
    alone = [config for config, part in zip(found, parts, strict=True) if part.section]
    for config in wholes:
        config.siblings = (*config.siblings, *alone)
    for config in alone:
        config.siblings = (*config.siblings, *wholes, *(other for other in alone if other is not config))
    return found


def read_siblings(siblings: Sequence[tuple[str, bytes]]) -> list[Config]:
    """Views of the other files of a packed source tree; those that cannot be read are reported on their own."""
    return [config for path, data in siblings for config in _read_sibling(path, data)]


@lru_cache(maxsize=256)
def _read_sibling(path: str, data: bytes) -> tuple[Config, ...]:
    """Kept, since every file of a tree has the same siblings; views are only looked at."""
    try:
        document = open_document(path, data)
        configs = read_configs(document, path)
    except ReadError:
        return ()
    heed_suppressions(document, configs)
    return tuple(configs)


def heed_suppressions(document: Document, configs: Sequence[Config]) -> Suppressions | None:
    """The suppressions of a document, where it has any, made known to its views."""
    if "migrator:" not in document.text:
        return None
    from migrator.engine.suppressions import Suppressions

    suppressions = Suppressions(document)
    for config in configs:
        config.leaves_alone = suppressions.leaves_alone
    return suppressions
