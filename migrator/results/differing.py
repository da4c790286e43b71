"""What differs within a shape: what some repositories of it have beside the diff that all of them share.

Whoever decides about a shape sees the diff of one repository. A warning, a finding that is left for a person, a literal
secret that only another one has must not be missed, and so is counted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.documents import open_document
from migrator.engine.outcomes import Changed
from migrator.errors import ReadError
from migrator.tree import Mapping, Node, Text, resolve, walk

_CODE = re.compile(r"`[^`]*`")
_NAMES, _IMAGES, _LINES = 3, 5, 12


class Noted(NamedTuple):
    """A finding as far as it tells repositories apart."""

    rule: str
    applied: bool
    warnings: Sequence[str] = ()


class Images(NamedTuple):
    """The images that the fixes of one file are about, in the order of the file."""

    names: tuple[str, ...]


def images_of(changes: Iterable[Changed]) -> tuple[str, ...]:
    """The images that the fixes of some files are about: as they were described, else by their texts."""
    found: dict[str, None] = {}
    for change in changes:
        described = (each for each in change.described if isinstance(each, Images))
        found |= dict.fromkeys((next(described, None) or _read_again(change)).names)
    return tuple(found)


def _read_again(change: Changed) -> Images:
    try:
        return images_in(change, open_document(change.path, change.before.encode("utf-8", "surrogatepass")).root)
    except ReadError:
        return Images(())  # it was read a moment ago; a syntax that this cannot read names none


def images_in(change: Changed, root: Node) -> Images:
    """The images that the fixes of a file are about, by its tree before them."""
    said = {name for finding in change.applied for name in _CODE.findall(finding.message)}
    found: dict[str, None] = {}
    for node in walk(root):
        for entry in node.entries if isinstance(node, Mapping) else ():
            if entry.name != "image":
                continue
            value = resolve(entry.value)
            if isinstance(value, Text) and f"`{value.value}`" in said:
                found[value.value] = None
    return Images(tuple(found))


class Differing:
    """What the repositories of one shape have, by what it is."""

    def __init__(self) -> None:
        self._all = 0
        self._left: dict[str, list[str]] = {}
        self._warned: dict[str, tuple[str, list[str]]] = {}
        self._images: dict[str, int] = {}
        self._secret: list[str] = []

    def add(self, repository: str, findings: Iterable[Noted], images: Iterable[str], *, has_secrets: bool) -> None:
        """Take up one repository; its warnings and images are masked by whoever shows them."""
        self._all += 1
        if has_secrets:
            self._secret.append(repository)
        findings = list(findings)
        for rule in sorted({finding.rule for finding in findings if not finding.applied}):
            self._left.setdefault(rule, []).append(repository)
        warnings = {_CODE.sub("`", text): text for finding in findings if finding.applied for text in finding.warnings}
        for kind, text in sorted(warnings.items()):
            self._warned.setdefault(kind, (text, []))[1].append(repository)
        for image in set(images):
            self._images[image] = self._images.get(image, 0) + 1

    def sentences(self, *, alike_too: bool = False) -> list[str]:
        """What some of them have and not all, as sentences with names as code; with `alike_too` also what all have."""
        most = self._all if alike_too else self._all - 1
        found = [
            f"{self._some(names)} findings of `{rule}` that this diff does not fix: {_named(names)}"
            for rule, names in sorted(self._left.items())
            if len(names) <= most
        ]
        if 0 < len(self._secret) <= most:
            found.insert(0, f"{self._some(self._secret)} literal secrets in what changes: {_named(self._secret)}")
        found += [
            f"{self._some(names)} a warning ({_named(names)}): {text}"
            for text, names in self._warned.values()
            if len(names) <= most
        ]
        if len(found) > _LINES:
            found[_LINES:] = [f"{len(found) - _LINES} more differences: filter by rule, or look at the repositories"]
        if any(count < self._all for count in self._images.values()):
            images = sorted(self._images.items(), key=lambda each: (-each[1], each[0]))
            shown = ", ".join(f"`{image}` ({count})" for image, count in images[:_IMAGES])
            found.append(f"images: {shown}{_more(len(images) - _IMAGES)}")
        return found

    def _some(self, names: Sequence[str]) -> str:
        if self._all == 1:
            return "the repository has"
        return f"{len(names):,} of {self._all:,} repositories {'has' if len(names) == 1 else 'have'}"


def _named(names: Sequence[str]) -> str:
    return f"{', '.join(f'`{name}`' for name in names[:_NAMES])}{_more(len(names) - _NAMES)}"


def _more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""
