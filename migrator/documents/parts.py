"""What a document holds of configs: one whole config, or several, or parts of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.tree import Node, Opaque

if TYPE_CHECKING:
    from migrator.documents.python.reading.processes import Process


class Part:
    """`section` and `name` say what a part is that stands alone, such as one job; both are empty for a whole config.

    `computed` says that code or a template may have a hand in what the tree means, `unseen` is what puts lines into the
    text that are not in the tree, `processes` are the commands that a script itself runs, `shared` the constants that
    any part may refer to.
    """

    __slots__ = ("computed", "name", "processes", "root", "section", "shared", "unseen")

    def __init__(
        self,
        root: Node,
        section: str = "",
        name: str = "",
        *,
        computed: bool = False,
        unseen: tuple[Opaque, ...] = (),
        processes: tuple[Process, ...] = (),
        shared: tuple[Node, ...] = (),
    ) -> None:
        self.root = root
        self.section = section
        self.name = name
        self.computed = computed
        self.unseen = unseen
        self.processes = processes
        self.shared = shared
