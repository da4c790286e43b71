"""Listing a file of git URLs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from migrator.bulk.git import Url, read_url
from migrator.bulk.host import Discovered
from migrator.errors import UsageError


def listed(urls: Sequence[Url]) -> Iterator[Discovered]:
    """The repositories of a list, in its order."""
    return (Discovered(_name(url.plain), url.plain) for url in urls)


def read_list(path: Path) -> list[Url]:
    """The URLs of a list; blank lines and those that begin with # are left out."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise UsageError(f"--source file:{path}: cannot be read: {why}") from None
    found = []
    for line in map(str.strip, lines):
        if line and not line.startswith("#"):
            local = path.parent / line
            found.append(read_url(str(local.resolve()) if "://" not in line and local.exists() else line))
    return found


def _name(url: str) -> str:
    parts = urlsplit(url) if "://" in url else None
    text = f"{parts.hostname or ''}{parts.path}" if parts else url.rpartition("@")[2].replace(":", "/")
    return text.strip("/").removesuffix(".git")
