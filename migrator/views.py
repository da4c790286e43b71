"""The views of everything that one document holds of configs."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.circleci.config import Config
from migrator.documents import Document
from migrator.documents.yaml_text import YamlText


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
                document.root,
                computed=part.computed,
                unseen=part.unseen,
                processes=part.processes,
                shared=part.shared,
                alone=bool(part.section),
                text=document.text if type(document) is YamlText else None,
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
