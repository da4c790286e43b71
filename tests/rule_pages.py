"""Reading the cases of a rule page: every before/after block of `rules/**/*.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules"

_FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{2,3}) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One case of a page. `after` is `None` where the text must stay as it is."""

    rule: str
    name: str
    syntax: str
    section: str
    before: str
    after: str | None
    policy: str
    path: str

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.name}" + ("" if self.syntax == "yaml" else f" ({self.syntax})")


def cases_of(page: Path) -> list[Case]:
    """All cases, in order. A page whose blocks do not pair up fails here."""
    text = page.read_text(encoding="utf-8")
    rule = page.stem.replace("_", "-")
    headings = [
        (m.start(), m.group(1), m.group(2)) for m in _HEADING.finditer(text) if not _inside_fence(text, m.start())
    ]
    cases: list[Case] = []
    section = ""
    for index, (start, level, title) in enumerate(headings):
        if level == "##":
            section = title
            continue
        end = headings[index + 1][0] if index + 1 < len(headings) else len(text)
        cases += _cases_under(rule, title, section, text[start:end], page)
    return cases


def _inside_fence(text: str, place: int) -> bool:
    return any(m.start() < place < m.end() for m in _FENCE.finditer(text))


def _cases_under(rule: str, title: str, section: str, body: str, page: Path) -> list[Case]:
    blocks = [(m.group(2).split(), m.group(3)) for m in _FENCE.finditer(body)]
    policy = next((text for info, text in blocks if info == ["toml", "policy"]), "")
    cases: list[Case] = []
    for info, text in blocks:
        if len(info) < 2 or info[1] not in ("before", "after"):
            assert info in (["toml", "policy"], ["console"], ["sh"], ["text"]), (
                f"{page.name}: {title}: odd block {info}"
            )
            continue
        syntax = info[0]
        path = next((word.removeprefix("path=") for word in info[2:] if word.startswith("path=")), "")
        if info[1] == "before":
            cases.append(Case(rule, title, syntax, section, text, None, policy, path))
        else:
            assert cases, f"{page.name}: {title}: `after` without `before`"
            assert cases[-1].after is None, f"{page.name}: {title}: a second `after`"
            assert cases[-1].syntax == syntax, f"{page.name}: {title}: `before` and `after` in two syntaxes"
            last = cases.pop()
            cases.append(Case(rule, title, syntax, section, last.before, text, policy, last.path))
    assert cases, f"{page.name}: {title}: a heading without a case"
    return cases


PAGES = sorted(p for p in RULES.rglob("*.md") if p.name != "README.md")
CASES = [case for page in PAGES for case in cases_of(page)]
