"""The pages of rules, for reports that include them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from migrator.engine.cases import split_page
from migrator.engine.discovery import RuleFile, rule_files
from migrator.errors import MigratorError
from migrator.results.masking import visible
from migrator.startup.patterns import lazy

_RELATIVE_LINK = lazy(r"\[([^\]]+)\]\((?![a-z]+:)[^)\s]*\)")
"""A link to another file, which a report does not contain."""


class RuleText(NamedTuple):
    """`reasons` is the page without its cases, `cases` is the rest; both are Markdown without the heading.

    Like everything in reports, the texts contain no control characters. Links to other files are plain text.
    """

    id: str
    title: str
    topic: str
    reasons: str
    cases: str

    @property
    def summary(self) -> str:
        """The first paragraph below the heading, on one line."""
        return " ".join(self.reasons.partition("\n\n")[0].split())


def rule_texts(ids: Iterable[str], directories: Sequence[Path] = ()) -> list[RuleText]:
    """The texts of those rules, sorted by id. A rule without a page that can be read has a title only."""
    try:
        files = rule_files(directories)
    except MigratorError:
        files = {}
    return [_read(name, files.get(name)) for name in sorted(set(ids))]


def _read(name: str, file: RuleFile | None) -> RuleText:
    try:
        page = visible(file.page.read_text("utf-8")) if file else ""
    except (OSError, UnicodeDecodeError):
        page = ""
    heading, _, body = page.strip().partition("\n")
    reasons, cases = split_page(body)
    title = heading.lstrip("# ").strip() or _TITLES.get(name, name)
    return RuleText(name, title, file.topic if file else "", _RELATIVE_LINK.sub(r"\1", reasons.strip()), cases.strip())


_TITLES = {"unused-suppression": "Comment that suppresses nothing"}
