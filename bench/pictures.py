"""`python -m bench.pictures`: the pictures of pages that the docs show, made anew."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from bench.html import chromium, config, organisation
from migrator.engine.asked import Asked
from migrator.engine.discovery import load_rules
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.formats.html import render_page
from migrator.reports.inventory.page import History, StatusPage, render_status
from migrator.results.inventory.counting import Inventory, tally_of

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
# What, how wide and high, in which colours, which keys are pressed first (text to type is between bars), and how far
# it is scrolled.
PICTURES = (
    ("review-light", (1440, 900), "light", "", 0),
    ("review-dark", (1440, 900), "dark", "jyje|only after the base image|", -1),
    ("review-narrow", (360, 740), "light", "", 0),
)


def campaign_page(count: int) -> str:
    """The page of where a campaign of made-up repositories is, after two weeks."""
    rules, chance, inventory = load_rules(("unauthenticated-image",)), random.Random(7), Inventory()
    choose = choose_by_safety(review_too=False)
    for number in range(count):
        text = config(number, chance).encode()
        outcome = run(".circleci/config.yml", text, rules, Policy(), choose, asked=Asked(inventory=True))
        inventory.add(f"acme/{number:04}", tally_of((outcome,)))
    begin, day = 1_795_996_800, 86_400
    times = tuple(begin + day * n for n in range(15))
    left = {
        "to decide": [count - 20, *(max(0, count - 20 - 90 * n) for n in range(1, 15))],
        "to push": [0, *(min(60, 90 * n) if n < 8 else max(0, 60 - 20 * (n - 7)) for n in range(1, 15))],
        "in review": [0, *(min(160, 35 * n) if n < 9 else max(12, 160 - 28 * (n - 8)) for n in range(1, 15))],
        "failed": [0, *(max(3, 12 - n) for n in range(1, 15))],
    }
    states = {name: row[-1] for name, row in zip(("planned", "approved", "open", "failed"), left.values(), strict=True)}
    states = {"merged": count - 20 - sum(states.values()), "unchanged": 20, **{k: n for k, n in states.items() if n}}
    done = states["merged"] + states["unchanged"]
    history = History(times, left, begin)
    return render_status(StatusPage("docker-hub-login", "2026-12-13 09:00 UTC", states, done, history, inventory))


def main() -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "review.html")
        file.write_text(render_page(organisation(600)), "utf-8")
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, (width, height), scheme, keys, place in PICTURES:
            size = {"width": width, "height": height}
            page = browser.new_context(viewport=size, color_scheme=scheme).new_page()  # type: ignore[arg-type]
            page.goto(file.as_uri())
            for part, some in enumerate(keys.split("|")):
                if part % 2:
                    page.keyboard.type(some)
                else:
                    for key in some:
                        page.keyboard.press(key)
            if place >= 0:
                page.evaluate("place => scrollTo(0, place)", place)
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / f"{name}.png")
        file.write_text(campaign_page(600))
        page = browser.new_context(viewport={"width": 1200, "height": 1500}).new_page()
        page.goto(file.as_uri())
        page.screenshot(path=FOLDER / "campaign.png")
        browser.close()


if __name__ == "__main__":
    main()
