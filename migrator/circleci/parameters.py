"""What parameters are declared, and how templates name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from migrator.circleci.lookup import Lookup, key_of
from migrator.circleci.references import TEMPLATE
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Mapping, Node, Sequence, Text, resolve

_NAME: Final = lazy(r"\s*(pipeline\.parameters|parameters|matrix)\.([\w.-]+)\s*")
# More combinations of values than this say nothing that a person could check.
MAX_VALUES: Final = 100


@record
class Parameter:
    """A declared parameter. `default` and the texts of `enum` have aliases resolved."""

    name: str
    type: str
    default: Node | None
    enum: tuple[str, ...]
    node: Mapping


def declared(lookup: Lookup, body: Mapping) -> dict[str, Parameter]:
    """The parameters that a job, an executor, a command or a whole config declares."""
    section = lookup.mapping(body, "parameters")
    parameters: dict[str, Parameter] = {}
    for entry in lookup.entries(section) if section else ():
        name, node = key_of(entry), resolve(entry.value)
        if name is None or not isinstance(node, Mapping):
            continue
        kind = lookup.text(node, "type")
        enum = lookup.sequence(node, "enum")
        options = tuple(text.value for item in (enum.items if enum else ()) if isinstance(text := resolve(item), Text))
        parameters[name] = Parameter(name, kind.value if kind else "string", lookup.get(node, "default"), options, node)
    return parameters


def named(template: str) -> tuple[str, str] | None:
    """`("parameters", "tag")` for the inside of `<< parameters.tag >>`; `None` for any other expression."""
    found = _NAME.fullmatch(template)
    return (found.group(1), found.group(2)) if found else None


def only_name(text: str) -> tuple[str, str] | None:
    """As `named`, for a text that is one template and nothing else."""
    found = TEMPLATE.fullmatch(text.strip())
    return named(found.group(1)) if found else None


def expand(text: str, values_of: Callable[[str, str], Iterable[str] | None]) -> tuple[str, ...] | None:
    """Every text that templates can make of this one; `None` if one of them could be anything.

    `values_of` answers for a kind (`parameters`, `pipeline.parameters`, `matrix`) and a name.
    """
    pieces = TEMPLATE.split(text)
    texts: dict[str, None] = {pieces[0]: None}
    known: dict[str, tuple[str, ...]] = {}
    for index in range(1, len(pieces), 2):
        template = pieces[index].strip()
        if template not in known:
            name = named(template)
            values = values_of(*name) if name else None
            if values is None:
                return None
            known[template] = tuple(dict.fromkeys(values))
        texts = {before + value + pieces[index + 1]: None for before in texts for value in known[template]}
        if not texts or len(texts) > MAX_VALUES:
            return None
    return tuple(texts)


def text_of(node: Node | None) -> str | None:
    """The words of a value that is a text and not null."""
    node = resolve(node) if node is not None else None
    return node.value if isinstance(node, Text) and not node.is_null else None


def texts_of(node: Node | None) -> tuple[str, ...] | None:
    """The words of a list of texts, such as the values of a matrix parameter; `None` if one is no text."""
    node = resolve(node) if node is not None else None
    if not isinstance(node, Sequence):
        return None
    texts = [text_of(item) for item in node.items]
    return None if None in texts else tuple(text for text in texts if text is not None)
