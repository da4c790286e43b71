"""The inventory of a page, and the page of where a campaign is: pictures and numbers that need no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from migrator.reports.html_parts import environment, joined, raw, security_policy
from migrator.reports.html_plots import waffle
from migrator.reports.inventory.drawing import HEIGHT, WIDTH, curve, drawings
from migrator.results.counted import counted
from migrator.results.inventory.counting import Inventory
from migrator.results.inventory.tables import heading
from migrator.results.masking import visible
from migrator.startup.records import record

STYLES = ("colours", "base", "frame", "plots", "inventory")
MOST = 12
"""Rows of a list; JSON has all of them."""


@record
class History:
    """How many repositories are left in a campaign, by what is to be done with them: for each of the `times`, in
    seconds since 1970. Before `since` only a part of that is known."""

    times: tuple[int, ...]
    left: Mapping[str, Sequence[int]]
    since: int


@record
class StatusPage:
    """`states` are the repositories by state, in order. `unknown` counts those whose configs were not counted."""

    campaign: str
    when: str
    states: Mapping[str, int]
    done: int
    history: History
    inventory: Inventory
    unknown: int = 0


def section_of(inventory: Inventory, shown: Callable[[str], str]) -> dict[str, Any]:
    """What a template draws of an inventory. `shown` hides secrets in a text."""
    return {
        "heading": heading(inventory),
        "drawings": list(drawings(inventory, lambda text: visible(shown(text)), MOST)),
    }


def render_status(page: StatusPage) -> str:
    """A whole page, of one file, which prints on a few sheets."""
    from collections import Counter
    from datetime import UTC, datetime

    style = joined("css", STYLES)
    shares, columns, rows = waffle(Counter(page.states))
    since = datetime.fromtimestamp(page.history.since, UTC)
    return (
        environment()
        .get_template("status.html.j2")
        .render(
            policy=security_policy(style),
            style=raw(style),
            page=page,
            total=sum(page.states.values()),
            left=list(page.history.left),
            curve=curve(page.history.times, page.history.left, page.history.since),
            since=f"{since:%d %b %Y %H:%M} UTC",
            shares=shares,
            grid=(12 * columns - 2, 12 * rows - 2),
            size=(WIDTH, HEIGHT),
            unknown=counted(page.unknown, "repository") if page.unknown else "",
            inventory=section_of(page.inventory, str),
        )
    )
