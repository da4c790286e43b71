"""The version is in `migrator/__init__.py`; what was released are headings of the changelog and tags `vVERSION`."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import InvalidVersion, Version

FILE = Path("migrator/__init__.py")
CHANGELOG = Path("CHANGELOG.md")
_ASSIGNED = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_HEADING = re.compile(r"^## (\d\S*) - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class NotReleasedError(Exception):
    """Why there is no release, in one line. Nothing was left changed."""


def current(root: Path) -> str:
    """The version of this checkout; one that ends in `.dev0` was not released yet."""
    (found,) = _ASSIGNED.findall((root / FILE).read_text("utf-8"))
    return str(found)


def released(changelog: str) -> dict[str, str]:
    """The releases that a changelog has, newest first, with their dates."""
    return dict(_HEADING.findall(changelog))


def checked(version: str, changelog: str) -> str:
    """A version that may be released next: three numbers, perhaps `a1`, `b1` or `rc1`, and newer than all others."""
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise NotReleasedError(f"`{version}` is not a version; write it as 1.2.3 or 1.2.3rc1") from None
    is_plain = len(wanted.release) == 3 and not (wanted.is_devrelease or wanted.is_postrelease or wanted.local)
    if not is_plain or str(wanted) != version:
        raise NotReleasedError(f"`{version}` is not a version to release; write it as 1.2.3 or 1.2.3rc1")
    if older := [other for other in released(changelog) if Version(other) >= wanted]:
        raise NotReleasedError(f"{version} is not newer than {older[0]}, which is released")
    return version


def following(version: str) -> str:
    """What a checkout is called after a release: the next version, not released yet."""
    now = Version(version)
    major, minor, patch = now.release
    return f"{major}.{minor}.{patch if now.is_prerelease else patch + 1}.dev0"


def with_version(source: str, version: str) -> str:
    """The text of `FILE` with another version."""
    return _ASSIGNED.sub(f'__version__ = "{version}"', source)


def cut(changelog: str, version: str, date: str) -> str:
    """The changelog with what was under Unreleased under the version, and nothing left unreleased."""
    found = _UNRELEASED.search(changelog)
    if found is None or not re.search(r"^- ", found[1], re.MULTILINE):
        raise NotReleasedError(f"{CHANGELOG} has nothing under Unreleased")
    start, end = found.span(1)
    return f"{changelog[:start]}\n## {version} - {date}\n{changelog[start:end]}{changelog[end:]}"
