"""`python -m bench.pictures`: the pictures of the review page that `docs/reports.md` shows, made anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.html import chromium, organisation
from migrator.reports.formats.html import render_page

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
# What, how wide and high, in which colours, with which keys pressed first, and how far it is scrolled.
PICTURES = (
    ("review-light", (1200, 900), "light", "jyynyyyyynjyy", 0),
    ("review-dark", (1200, 900), "dark", "jyyny", -1),
    ("review-narrow", (360, 720), "light", "jyyn", -1),
)


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
            for key in keys:
                page.keyboard.press(key)
            if place >= 0:
                page.evaluate("place => scrollTo(0, place)", place)
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
