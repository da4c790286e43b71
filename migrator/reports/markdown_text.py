"""Parts of Markdown that a host takes for nothing but text, up to the size of a comment."""

from __future__ import annotations

from migrator.reports.report import Report
from migrator.results.counted import counted
from migrator.results.masking import one_line
from migrator.startup.patterns import lazy

MOST = 32_000
"""Bytes of a report; a host that counts characters counts no more."""
SPARE = 300
"""Room for the words that say what was cut."""
_TICKS = lazy(r"`+")


class Page:
    """Lines up to a number of bytes. What does not fit is counted by what it is."""

    def __init__(self, most: int) -> None:
        self._room = most
        self.parts: list[str] = []
        self.missing: dict[str, int] = {}

    def is_full(self, kind: str) -> bool:
        """Whether nothing more of that kind is added, so that it need not be written."""
        return kind in self.missing

    def add(self, text: str, kind: str = "", *, before: str = "") -> bool:
        """Whether it fits, below a heading that is added with it."""
        size = len(f"{before}{text}".encode())
        if size > self._room or self.is_full(kind):
            self.missing[kind] = self.missing.get(kind, 0) + 1
            return False
        self._room -= size
        self.parts.append(f"{before}{text}")
        return True

    def text(self, command: str) -> str:
        """All of it; a last line says what did not fit, and which command shows that."""
        counts = ", ".join(counted(number, kind) for kind, number in self.missing.items() if kind)
        cut = f"\n**This comment is cut: {counts} did not fit.** Run `{command}` to see all of them.\n"
        return "".join((*self.parts, cut) if self.missing else self.parts)


def code(report: Report, text: str) -> str:
    """Words of a repository, secrets hidden."""
    return span(one_line(report.shown(text)))


def span(text: str) -> str:
    """A code span of any text on one line: https://spec.commonmark.org/0.31.2/#code-spans."""
    fence = "`" * (longest_run(text) + 1)
    pad = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text.strip(" ") else text


def longest_run(text: str) -> int:
    """How long the longest run of backticks is."""
    return max(map(len, _TICKS.findall(text)), default=0)
