"""What a file holds of configs, as a document reads it and the views of CircleCI take it: one config, several, or parts
of one."""

from __future__ import annotations

from typing import NamedTuple

from migrator.tree import Node, Opaque


class Process(NamedTuple):
    """A command that a script runs: a list of words, or a text. `shell` says that a shell reads it."""

    command: Node
    input: Node | None
    shell: bool


class Part:
    """`section` and `name` say what a part is that stands alone, such as one job; both are empty for a whole config.

    `whole` is the tree of the file that the part is of, `text` the file's where all of the part is written there as it
    is read. The first part of a file has all of its text as `source`, for what is outside of any part. `computed`
    says that code or a template may have a hand in what the tree means, `unseen` is what puts lines into the text that
    are not in the tree, `processes` are the commands that a script itself runs, `shared` the constants that any part
    may refer to. `loads` are files of which a script has loaded the config that it adds this part to.
    """

    __slots__ = (
        "computed",
        "loads",
        "name",
        "processes",
        "root",
        "section",
        "shared",
        "source",
        "text",
        "unseen",
        "whole",
    )

    def __init__(
        self,
        root: Node,
        section: str = "",
        name: str = "",
        *,
        whole: Node | None = None,
        text: str | None = None,
        source: str = "",
        computed: bool = False,
        unseen: tuple[Opaque, ...] = (),
        processes: tuple[Process, ...] = (),
        shared: tuple[Node, ...] = (),
        loads: tuple[str, ...] = (),
    ) -> None:
        self.root = root
        self.section = section
        self.name = name
        self.whole = root if whole is None else whole
        self.text = text
        self.computed = computed
        self.unseen = unseen
        self.processes = processes
        self.shared = shared
        self.loads = loads
        self.source = source
