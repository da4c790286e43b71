"""The tree of one config with what every view asks of it: merged mappings, who shares what, where nodes are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from migrator.circleci.kinds import Content, Kind, content_of, is_orb_source
from migrator.circleci.lookup import Lookup
from migrator.circleci.uses import Uses
from migrator.parts import Part
from migrator.startup.patterns import lazy
from migrator.startup.records import cached_property
from migrator.tree import Mapping, Parents, resolve

_BY_NUMBER: Final = lazy(r"\\[xuU]")


class ConfigTree:
    """What a view is of: two views are of the same config where they have the same tree.

    `path` tells a fragment of a packed tree from a whole config. A part that stands alone is read as the file of a
    packed tree that would hold it.
    """

    def __init__(self, part: Part, path: str) -> None:
        self.part = part
        self.root = part.root
        self.path = f"{part.section}/{part.name.replace('/', '∕')}.yml" if part.section else path
        self.lookup = Lookup()

    @cached_property
    def content(self) -> Content:
        return content_of(self.root, self.path)

    @cached_property
    def is_orb_source(self) -> bool:
        return is_orb_source(self.root, self.path)

    @cached_property
    def top(self) -> Mapping | None:
        """The mapping at the top of a whole config."""
        root = resolve(self.root)
        return root if isinstance(root, Mapping) and self.content.kind is Kind.CONFIG else None

    @cached_property
    def uses(self) -> Uses:
        return Uses(self.part.whole)

    @cached_property
    def parents(self) -> Parents:
        return Parents(self.part.whole)

    def may_hold(self, look: Callable[[str], bool]) -> bool:
        """Whether something may be in the file, by a look at its text before a view is built."""
        text = self.part.text
        return text is None or self.is_escaped or look(text)

    @cached_property
    def is_escaped(self) -> bool:
        """Whether words may be spelt with the numbers of their characters."""
        return self.part.text is not None and _BY_NUMBER.search(self.part.text) is not None
