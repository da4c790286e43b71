"""The documents of a change whose trees are gone, read again."""

from __future__ import annotations

from typing import NamedTuple

from migrator.documents import Document, open_document
from migrator.engine.outcomes import Changed
from migrator.errors import ReadError


class Documents(NamedTuple):
    """Of the text before and after; `None` for one that cannot be read, though it was a moment ago."""

    before: Document | None
    after: Document | None


def documents_of(changed: Changed) -> Documents:
    """The documents, parsed: whoever has them already has no need of this."""
    return Documents(_read(changed.path, changed.before), _read(changed.path, changed.after))


def _read(path: str, text: str) -> Document | None:
    try:
        return open_document(path, text.encode("utf-8", "surrogatepass"))
    except ReadError:
        return None
