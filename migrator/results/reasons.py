"""What a rule does and why, for readers who do not know it: in words of its file and of its page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from migrator.engine.discovery import RuleFile
from migrator.results.masking import visible
from migrator.startup.patterns import lazy

_LINK = lazy(r"\[([^\[\]]+)\]\((https://[\w./#%~?=&+:@-]+)\)")
_NOTE = lazy(r" ?\(\[[^\[\]]+\]\(https://[^()\s]+\)\)")
_EMPHASIS = lazy(r"(?<![\w*`])\*{1,2}(\w[^*`]*)\*{1,2}(?![\w*`])")
_END = lazy(r"(?<=[.!?])\s+(?=[A-Z`*\[(])")


class Reason(NamedTuple):
    """`does` is what the fixes of a rule do, as an order without a full stop; `why` up to two sentences; `links`
    where to read more, as labels with URLs. Whatever its file or page does not say is empty."""

    rule: str
    does: str = ""
    why: str = ""
    links: tuple[tuple[str, str], ...] = ()


@cache
def reason_of(file: RuleFile) -> Reason:
    """What the first sentence of a rule's docstring says, and the section `Why` of its page."""
    section = _why(file.page)
    links = _LINK.findall(section)
    return Reason(file.id, _order(file.path), " ".join(sentences(file.page)[:2]), tuple(links))


def sentences(page: Path) -> list[str]:
    """Why a rule exists: the sentences of the first paragraph of section `Why`, code spans as they are, without links
    and emphasis. One that leads to a table or a list is left out."""
    paragraph = " ".join(_why(page).strip().partition("\n\n")[0].split())
    words = _EMPHASIS.sub(r"\1", _LINK.sub(r"\1", _NOTE.sub("", paragraph)))
    return [visible(each) for each in _END.split(words) if each and not each.endswith(":")]


def _why(page: Path) -> str:
    try:
        text = page.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
    return text.partition("\n## Why\n")[2].partition("\n## ")[0]


def _order(file: Path) -> str:
    """The first sentence of a module's docstring. The module is not imported."""
    import ast

    try:
        said = ast.get_docstring(ast.parse(file.read_bytes())) or ""
    except (OSError, SyntaxError, ValueError):
        return ""
    first = _END.split(" ".join(said.partition("\n\n")[0].split()))[0]
    return visible(first).rstrip(".")
