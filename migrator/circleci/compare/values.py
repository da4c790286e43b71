"""What two configs are compared by: a login, variables, an invocation or a step, read from values as they are."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

from migrator.circleci.compare.differences import Login
from migrator.circleci.compare.effective import members
from migrator.circleci.images import AUTH_KEYS
from migrator.circleci.lookup import Lookup, key_of
from migrator.tree import Mapping, Node, Sequence, Text, resolve

LONG: Final = 500
"""Longer lists of steps, and lines of scripts, are not matched one by one."""


def text_in(lookup: Lookup, mapping: Mapping, name: str) -> str:
    text = lookup.text(mapping, name)
    return text.value if text else ""


def login_of(lookup: Lookup, image: Mapping) -> Login | None:
    for key in AUTH_KEYS:
        node = lookup.get(image, key)
        if isinstance(node, Mapping):
            users = ("username",) if key == "auth" else ("aws_access_key_id", "oidc_role_arn", "service_account_email")
            passwords = ("password", "aws_secret_access_key")
            return Login(
                key,
                next((text for name in users if (text := text_in(lookup, node, name))), ""),
                next((text for name in passwords if (text := text_in(lookup, node, name))), ""),
            )
    return None


def variables_of(lookup: Lookup, node: Node | None) -> dict[str, list[Node]] | None:
    """The variables of an `environment`, as a mapping or a list; `None` for one that cannot be read."""
    found: dict[str, list[Node]] = {}
    if node is None:
        return found
    for item in [resolve(item) for item in node.items] if isinstance(node, Sequence) else [node]:
        if isinstance(item, Mapping):
            if len(members(item, lookup)) != len(lookup.entries(item)):
                return None
            for name, value in members(item, lookup).items():
                found.setdefault(name, []).append(value)
        elif isinstance(item, Text) and "=" in item.value:
            found.setdefault(item.value.partition("=")[0], []).append(item)
        else:
            return None
    return found


def item_of(lookup: Lookup, item: Node) -> tuple[str, Mapping | None] | None:
    """The name of an item of one name, and what is given to it."""
    node = resolve(item)
    if isinstance(node, Text):
        return node.value, None
    entries = lookup.entries(node) if isinstance(node, Mapping) else []
    name = key_of(entries[0]) if len(entries) == 1 else None
    if name is None:
        return None
    value = resolve(entries[0].value)
    if isinstance(value, Mapping):
        return name, value
    return (name, None) if isinstance(value, Text) and (value.is_null or name == "run") else None


def argument_of(lookup: Lookup, item: Node, name: str) -> Node | None:
    _, body = item_of(lookup, item) or ("", None)
    return lookup.get(body, name) if body else None


def script_of(lookup: Lookup, item: Node) -> str | None:
    """The script of a `run` step."""
    node = resolve(item)
    value = lookup.get(node, "run") if isinstance(node, Mapping) else None
    command = lookup.get(value, "command") if isinstance(value, Mapping) else value
    return command.value if isinstance(command, Text) else None


def changed_lines(old: str, new: str) -> tuple[int, int]:
    """How many lines a script gains and loses."""
    one, other = old.splitlines(), new.splitlines()
    while one and other and one[-1] == other[-1]:
        one.pop()
        other.pop()
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    if max(len(one), len(other)) > LONG:
        return len(other), len(one)
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return len(other) - same, len(one) - same


def step_name(lookup: Lookup, item: Node) -> str:
    """What a step is called by whoever reads the config."""
    found = item_of(lookup, item)
    if found is None:
        return "a step"
    name, body = found
    title = text_in(lookup, body, "name") if body and name == "run" else ""
    return f"{name}: {title}" if title else name
