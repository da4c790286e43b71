"""The page for review: one file that needs no network, drawn by its own script under a strict Content-Security-Policy.

Text of configs is in the page only as data, as ASCII JSON without `<`; the script inserts it as text, never as HTML.
What Jinja fills in is escaped. The policy (https://www.w3.org/TR/CSP3/) allows one script and one style sheet by their
hashes, and allows nothing to be fetched.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from migrator.reports.html_data import Content, content_of, embedded
from migrator.reports.html_page import MISSING, Page, page_of
from migrator.reports.html_parts import environment, joined, raw, security_policy
from migrator.reports.html_plots import HEIGHT, WIDTH, bars, tiles, waffle
from migrator.reports.report import Report, policy_line
from migrator.reports.rule_texts import RuleText, rule_texts
from migrator.results.masking import visible
from migrator.results.needs import Needed
from migrator.results.prerequisites import EXISTING, commands, heading_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from migrator.results.inventory.counting import Inventory

SCRIPTS = (
    *("start", "data", "yaml", "words", "diff", "toml", "decisions", "exchange", "filters", "order"),
    *("bodies", "cards", "list", "deciding", "progress", "dialogs", "print", "keys", "main"),
)
STYLES = ("colours", "base", "frame", "plots", "cards", "diff", "print")
_TEAMS = 12


def render(report: Report) -> str:
    """The page of a run over files."""
    return render_page(page_of(report), report.inventory.named() if report.inventory is not None else None)


def render_page(page: Page, inventory: Inventory | None = None) -> str:
    """The page of any repositories; with their inventory, where there is one."""
    content = content_of(page)
    script, style = joined("js", SCRIPTS), joined("css", (*STYLES, "inventory") if inventory is not None else STYLES)
    shares, columns, rows = waffle(content.states)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            title=visible(content.mask.text(page.title)),
            take_up=visible(page.take_up.replace("{}", "decisions.toml")),
            policy=security_policy(style, script),
            script=raw(script),
            style=raw(style),
            data=raw(embedded(content.data)),
            content=content,
            inventory=_inventory(content, inventory) if inventory is not None else None,
            repositories=len(page.repositories),
            findings=sum(counter.total() for counter in content.findings.values()),
            bars=bars(content.findings),
            shares=shares,
            grid=(12 * columns - 2, 12 * rows - 2),
            tiles=tiles(content.units),
            size=(WIDTH, HEIGHT),
            needs=_needs(content, content.needs.demanded),
            existing=_needs(content, content.needs.existing),
            existing_title=EXISTING,
            missing=[visible(content.mask.text(line)) for line in page.missing],
            is_missing=any(line.startswith(MISSING) for line in page.missing),
            teams_by=content.teams_by,
            teams=content.teams[:_TEAMS],
            more_teams=len(content.teams[_TEAMS:]),
            policy_line=policy_line(page.policy),
            rules=[
                (text.id, _line(text.title), _html(text.reasons), _html(text.cases)) for text in _rules(page, content)
            ],
        )
    )


def _inventory(content: Content, inventory: Inventory) -> dict[str, Any]:
    from migrator.reports.inventory.page import section_of

    return section_of(inventory, content.mask.text)


def _needs(content: Content, needed: Sequence[Needed]) -> list[dict[str, Any]]:
    def shown(text: str) -> str:
        return visible(content.mask.text(text))

    return [
        {
            "title": shown(heading_of(each)),
            "repositories": each.repositories,
            "commands": [shown(command) for command in commands(each)],
        }
        for each in needed
    ]


def _rules(page: Page, content: Content) -> list[RuleText]:
    return rule_texts(content.ids, page.directories)


def _html(markdown: str) -> Any:
    """The page of a rule. HTML in it is shown as text, an image as a link; only links to the web become links."""
    return raw(_reader().render(markdown))


def _line(markdown: str) -> Any:
    return raw(_reader().renderInline(markdown))


@functools.cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # The Content-Security-Policy lets no image be fetched.
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
