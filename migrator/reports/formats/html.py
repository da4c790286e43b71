"""The page for review: one file that needs no network, drawn by its own script under a strict Content-Security-Policy.

Text of configs is in the page only as data, as ASCII JSON without `<`; the script inserts it as text, never as HTML.
What Jinja fills in is escaped. The policy (https://www.w3.org/TR/CSP3/) allows one script and one style sheet by their
hashes, and allows nothing to be fetched.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrator.reports.html_data import Content, content_of, embedded
from migrator.reports.html_page import Page, page_of
from migrator.reports.html_plots import HEIGHT, WIDTH, bars, tiles, waffle
from migrator.reports.report import Report, policy_line
from migrator.reports.rule_texts import RuleText, rule_texts
from migrator.results.masking import visible
from migrator.results.needs import Needed
from migrator.results.prerequisites import EXISTING, commands, heading_of

if TYPE_CHECKING:
    import jinja2
    from markdown_it import MarkdownIt

TEMPLATES = Path(__file__).parents[1] / "templates"
SCRIPTS = ("start", "data", "yaml", "words", "diff", "toml", "decisions", "filters", "cards", "keys", "main")
STYLES = ("base", "plots", "cards", "diff")


def render(report: Report) -> str:
    """The page of a run over files."""
    return render_page(page_of(report))


def render_page(page: Page) -> str:
    """The page of any repositories."""
    content = content_of(page)
    script, style = _joined("js", SCRIPTS), _joined("css", STYLES)
    shares, columns, rows = waffle(content.states)
    policy = (
        f"default-src 'none'; script-src 'sha256-{_hash(script)}'; style-src 'sha256-{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            title=visible(content.mask.text(page.title)),
            take_up=visible(page.take_up.replace("{}", "decisions.toml")),
            policy=policy,
            script=_raw(script),
            style=_raw(style),
            data=_raw(embedded(content.data)),
            content=content,
            repositories=len(page.repositories),
            findings=sum(counter.total() for counter in content.findings.values()),
            bars=bars(content.findings),
            shares=shares,
            grid=(12 * columns - 2, 12 * rows - 2),
            tiles=tiles(content.shapes),
            size=(WIDTH, HEIGHT),
            needs=_needs(content, content.needs.demanded),
            existing=_needs(content, content.needs.existing),
            existing_title=EXISTING,
            missing=[visible(content.mask.text(line)) for line in page.missing],
            policy_line=policy_line(page.policy),
            rules=[
                (text.id, _line(text.title), _html(text.reasons), _html(text.cases)) for text in _rules(page, content)
            ],
        )
    )


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


def _joined(kind: str, names: Sequence[str]) -> str:
    """The parts as one text; scripts in one function of their own."""
    parts = "\n".join((TEMPLATES / f"{name}.{kind}").read_text("utf-8").strip() for name in names)
    return f'(function () {{\n"use strict";\n{parts}\n}})();' if kind == "js" else parts


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()


def _html(markdown: str) -> Any:
    """The page of a rule. HTML in it is shown as text, an image as a link; only links to the web become links."""
    return _raw(_reader().render(markdown))


def _line(markdown: str) -> Any:
    return _raw(_reader().renderInline(markdown))


@functools.cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # The Content-Security-Policy lets no image be fetched.
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


def _raw(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
