"""What tests of the page for review share: what it is made of, and questions about what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

SELECT = ("--select", "unauthenticated-image,broken-auth")
ACME = (
    *("anchors", "broken", "executors", "flow", "left-alone", "nightly", "no-workflows", "orbs", "packed"),
    *("registries", "shared-auth", "shop", "undecided"),
)
Open = Callable[..., "Page"]


def cards(page: Page) -> int:
    return page.locator(".card").count()


def status(page: Page) -> str:
    return page.locator("#status").inner_text()


def address(page: Page, part: str) -> None:
    page.wait_for_function("part => location.hash.includes(part)", arg=part)


def shows(page: Page, *names: str) -> None:
    """Waits until the list has these cards."""
    titles = "[...document.querySelectorAll('.card h3')].map(each => each.innerText).join()"
    page.wait_for_function(f"names => {titles} === names", arg=",".join(names))
