"""Whose a file is, by the CODEOWNERS of its repository. It is data that a report groups by, and decides nothing.

The last line whose pattern matches counts, as on GitHub
(https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners);
in a file with sections, that of each section, as on GitLab (https://docs.gitlab.com/user/project/codeowners/reference/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from migrator.errors import ReadError
from migrator.files.looking import remembered
from migrator.files.reading import read_head
from migrator.policy.globs import reached

PLACES = (".github/CODEOWNERS", ".bitbucket/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where hosts look for it. Where there are several, the first counts: on none of the hosts is the order another one."""
MAX_BYTES = 1_000_000
_MOST = 8
_LONGEST = 100
_BLANK = re.compile(r"(?<!\\)[ \t]+")
_SECTION = re.compile(r"\^?\[[^\]\n]+\](?:\[\d+\])?")
_WILD = frozenset("*?[")


def owners_in(text: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The owners of some files, whose paths count from the top of the repository, with slashes; not more than eight."""
    lines = list(_lines(text))
    found = dict.fromkeys(owner for path in paths for owner in _owners_of(path.split("/"), lines))
    return tuple(owner for owner in found if len(owner) <= _LONGEST)[:_MOST]


def owners_at(top: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The same, by the file in a checkout; nothing where there is none that can be read."""
    return owners_in(_text_at(top), paths)


@remembered(4096)
def _text_at(top: str) -> str:
    for place in PLACES:
        try:
            return read_head(Path(top, *place.split("/")), MAX_BYTES).decode("utf-8", "replace")
        except (OSError, ReadError):
            continue
    return ""


def _lines(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each line that can match: its section, the parts of its pattern, its owners."""
    section, default = "", list[str]()
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if (heading := _SECTION.match(line)) is not None:
            section, default = heading[0].strip("^").partition("]")[0].casefold(), _owners(line[heading.end() :])
            continue
        pattern, *rest = _BLANK.split(line, maxsplit=1)
        owners = _owners(rest[0]) if rest else []
        yield section, _parts(pattern.replace("\\ ", " ").replace("\\#", "#")), owners or default


def _owners(text: str) -> list[str]:
    return [word for word in text.partition("#")[0].split() if "@" in word]


def _parts(pattern: str) -> list[str]:
    """The names of a pattern from the top. Without a slash but at its end it is met in every folder."""
    is_below = pattern.endswith("/")
    parts = [part for part in pattern.split("/") if part]
    if "/" not in pattern.rstrip("/"):
        parts.insert(0, "**")
    return [*parts, "**"] if is_below else parts


def _owners_of(names: list[str], lines: Iterable[tuple[str, list[str], list[str]]]) -> list[str]:
    last = {section: owners for section, parts, owners in lines if _matches(parts, names)}
    return [owner for owners in last.values() for owner in owners]


def _matches(parts: list[str], names: list[str]) -> bool:
    """Whether a pattern means a file or a folder above it; `folder/*` means what is in the folder, and no deeper."""
    found = reached(parts, names, _is_name)
    is_shallow = parts[-1:] == ["*"] and parts[0] != "**"
    return bool(parts and found) and (not is_shallow or len(names) in found)


def _is_name(name: str, part: str) -> bool:
    return part == name or (not _WILD.isdisjoint(part) and fnmatchcase(name, part))
