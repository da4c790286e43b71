"""How the nodes of a script's tree are written, and where the members of each are."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from migrator.documents.python.reading.mutations import Mutation
from migrator.documents.python.reading.scope import Scope
from migrator.documents.python.reading.strings import Layout

DICT = "dict"
KEYWORDS = "keywords"
"""`dict(image="x")`."""

PAIRS = "pairs"
"""`OrderedDict([("image", "x")])`."""

LIST = "list"
TUPLE = "tuple"
COMPREHENSION = "comprehension"
JOINED = "joined"
"""`[a] + b` and `{**a} | b`, and lists and dicts that are unpacked into others."""

COMPUTED = "computed"
"""What is nowhere in the script: code puts it together."""

STRING = "string"
WORD = "word"
CHOICE = "choice"
BYTES = "bytes"
"""What a process is given as its input. The text is that of the bytes."""


@dataclass(slots=True)
class Member:
    """Where an entry or an item is written. `literal` is the expression whose brackets hold it, if any do.

    `statement` is the one that sets an entry or appends an item later, `target` what it sets or appends to.
    """

    start: int
    end: int
    literal: cst.BaseExpression | None = None
    statement: cst.SimpleStatementLine | None = None
    mutation: Mutation | None = None


@dataclass(slots=True)
class Site:
    """Where a node is written, with what is seen from there."""

    node: cst.BaseExpression
    scope: Scope
    layout: Layout | None = None
    members: list[Member] = field(default_factory=list)
    spliced: bool = False
    """Its items are in another list as well."""
