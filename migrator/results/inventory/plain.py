"""An inventory as plain data for scripts: lists of flat objects, each of which makes a table of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migrator.results.inventory.counting import Inventory

_TABLES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("images", "image", ("registry", "authentication"), "images"),
    ("names", "name", ("registry", "name"), "images"),
    ("regions", "region", ("region",), "images"),
    ("contexts", "context", ("context",), "jobs"),
    ("secrets", "secret", ("place",), "secrets"),
    ("logins", "login", ("form", "registry"), "logins"),
    ("orbs", "orb", ("orb",), "jobs"),
    ("unseen", "unseen", ("what",), "places"),
)
"""The name of a table, the kind of its facts, the names of what tells them apart, and that of their number."""


def plain(inventory: Inventory, shown: Callable[[str], str]) -> dict[str, Any]:
    """The whole inventory. `null` stands for what is not known; `shown` hides secrets in a text."""
    found: dict[str, Any] = {
        "repositories": len(inventory.repositories),
        "files": inventory.files,
        "failed": inventory.failed,
        "skipped": inventory.skipped,
        "jobs": {name: inventory.total("jobs", name) for name in ("with", "without", "unclear")},
    }
    for table, kind, keys, number in _TABLES:
        found[table] = [
            {
                **{key: shown(text) or None for key, text in zip(keys, fact, strict=True)},
                number: count.number,
                "repositories": len(count.repositories),
            }
            for fact, count in inventory.of(kind).items()
        ]
    found["users"] = [
        {"context": shown(name), "repository": shown(repository), "jobs": number}
        for (name,), count in inventory.of("context").items()
        for repository, number in count.repositories.items()
    ]
    found["by_repository"] = _by_repository(inventory, shown)
    return found


def _by_repository(inventory: Inventory, shown: Callable[[str], str]) -> list[dict[str, Any]]:
    """A row for each repository: what a person would sort by."""
    rows: dict[str, dict[str, Any]] = {
        repository: {
            "repository": shown(repository),
            "files": inventory.files_of(repository),
            **dict.fromkeys(("images", "unauthenticated", "literal", "secrets", "logins", "unseen"), 0),
        }
        for repository in inventory.repositories
    }
    for column, kind, end in (
        ("images", "image", ""),
        ("unauthenticated", "image", "none"),
        ("literal", "image", "literal"),
        ("secrets", "secret", ""),
        ("logins", "login", ""),
        ("unseen", "orb", ""),
        ("unseen", "unseen", ""),
    ):
        for fact, count in inventory.of(kind).items():
            if not end or fact[-1] == end:
                for repository, number in count.repositories.items():
                    rows[repository][column] += number
    return list(rows.values())
