"""Writing a value of `migrator.changes` as YAML, in block or in flow."""

from __future__ import annotations

from migrator.changes import MERGE, Anchored, Plain, Reference, Value, Variable
from migrator.documents.yaml.scalars import literal_lines, written
from migrator.errors import EditError
from migrator.startup.records import record


@record
class Hand:
    """How to write: columns from a key to the keys and to the dashes below it; quotes of keys and of texts."""

    step: int
    offset: int
    key_quote: str = ""
    text_quote: str = ""
    spare_quote: str = '"'
    padding: str = ""
    """Blanks inside the braces and brackets of new flow collections."""
    literal: bool = True
    """Whether texts of several lines may be `|` scalars here."""


def key_text(name: str, hand: Hand, *, flow: bool) -> str:
    if name == MERGE:
        return name
    return _scalar(name, hand.key_quote, hand.spare_quote, flow=flow)


def _scalar(value: str, quote: str, spare: str, *, flow: bool) -> str:
    plain = written(value, flow=flow, quote=quote)
    return plain if quote or plain[:1] != '"' else written(value, flow=flow, quote=spare)


def flow_text(value: Value, hand: Hand) -> str:
    """The value on one line, as it may be inside `{}` or `[]`."""
    match value:
        case str():
            return _scalar(value, hand.text_quote, hand.spare_quote, flow=True)
        case Plain(text):
            return text
        case Variable(name):
            return _scalar(f"${name}", hand.text_quote, hand.spare_quote, flow=True)
        case Reference(node):
            return _alias(node.anchor)
        case Anchored(name, inner):
            return f"&{name} {flow_text(inner, hand)}"
        case list():
            inner = ", ".join(flow_text(item, hand) for item in value)
            return f"[{hand.padding}{inner}{hand.padding}]" if value else "[]"
        case dict():
            inner = ", ".join(flow_entry(name, item, hand) for name, item in value.items())
            return f"{{{hand.padding}{inner}{hand.padding}}}" if value else "{}"


def flow_entry(name: str, value: Value, hand: Hand) -> str:
    return f"{key_text(name, hand, flow=True)}: {flow_text(value, hand)}"


def entry_lines(name: str, value: Value, column: int, hand: Hand) -> list[str]:
    """The lines of `name: value` in a block mapping whose keys are at `column`."""
    key = " " * column + key_text(name, hand, flow=False) + ":"
    inline, below = value_lines(value, column, hand)
    return [f"{key} {inline}" if inline else key, *below]


def value_lines(value: Value, column: int, hand: Hand) -> tuple[str, list[str]]:
    """What is behind the colon of a key at `column`, and the lines below it."""
    match value:
        case str() if "\n" in value:
            literal = literal_lines(value, column + hand.step, hand.step) if hand.literal else None
            return literal or (_scalar(value, '"', '"', flow=False), [])
        case str():
            return _scalar(value, hand.text_quote, hand.spare_quote, flow=False), []
        case Plain(text):
            return text, []
        case Reference(node):
            return _alias(node.anchor), []
        case Anchored(name, inner):
            inline, below = value_lines(inner, column, hand)
            return f"&{name} {inline}".rstrip(), below
        case list() if value:
            return "", item_lines(value, column + hand.offset, hand)
        case dict() if value:
            return "", mapping_lines(value, column + hand.step, hand)
        case _:
            return flow_text(value, hand), []


def mapping_lines(value: dict[str, Value], column: int, hand: Hand) -> list[str]:
    return [line for name, item in value.items() for line in entry_lines(name, item, column, hand)]


def item_lines(values: list[Value], column: int, hand: Hand) -> list[str]:
    """The lines of the items of a block sequence whose dashes are at `column`."""
    lines: list[str] = []
    for value in values:
        first, below = item_text(value, column + 2, hand)
        lines += [" " * column + "- " + first, *below]
    return lines


def item_text(value: Value, column: int, hand: Hand) -> tuple[str, list[str]]:
    """What is behind a dash, where the value begins at `column`, and the lines below it."""
    if isinstance(value, dict) and value:
        lines = mapping_lines(value, column, hand)
        return lines[0][column:], lines[1:]
    if isinstance(value, list) and value:
        return flow_text(value, hand), []
    if isinstance(value, Anchored):
        if isinstance(value.value, dict | list):
            raise EditError("an anchored collection cannot be an item; name an entry for it")
        first, below = item_text(value.value, column, hand)
        return f"&{value.name} {first}", below
    if isinstance(value, str) and "\n" in value:
        literal = literal_lines(value, column, 2) if hand.literal else None
        return literal or (_scalar(value, '"', '"', flow=False), [])
    inline, _ = value_lines(value, column, hand)
    return inline, []


def _alias(anchor: str | None) -> str:
    if anchor is None:
        raise EditError("a reference needs a node that has an anchor")
    return f"*{anchor}"
