"""The page for review: what making it costs beside the migration, how it opens, and how it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.html import chromium, measured, organisation
from bench.measure import MIGRATE, in_turn
from bench.subjects.size import organisation as folder_of
from bench.table import Row, Setting, at_most, missing
from migrator.reports.formats.html import render_page


def rows(setting: Setting) -> Iterator[Row]:
    yield from making(setting)
    count = setting.size(10_000)
    subject = f"The page of {count:,} repositories"
    file = Path(setting.folder, "review.html")
    file.write_text(render_page(organisation(count)), "utf-8")
    yield at_most(subject, "size", file.stat().st_size / 1e6, 15, unit="MB")
    if not chromium():
        yield missing(subject, "opening and filtering", "there is no Chromium: apt-get install chromium")
        return
    try:
        found = list(measured(file, 1 if setting.quick else 3))
    except Exception as error:
        yield missing(subject, "opening and filtering", f"{type(error).__name__}: is Playwright installed?")
        return
    for figure in found:
        yield at_most(subject, figure.what, figure.value, figure.target, unit=figure.unit)


def making(setting: Setting) -> Iterator[Row]:
    """What a page costs beside the same run as JSON, which is the migration itself."""
    count = setting.size(2_000)
    folder = folder_of(setting.folder / "pages", count)
    base = [*MIGRATE, "--jobs", "1"]
    commands = {form: [*base, "--format", form, str(folder)] for form in ("json", "html")}
    found = in_turn(commands, 1 if setting.quick else 3)
    ratio = found["html"].seconds / found["json"].seconds - 1
    note = f"{found['json'].seconds:.1f} s as JSON, {found['html'].seconds:.1f} s as a page"
    yield at_most(f"A page of {count:,} files", "rendering, of the migration's time", ratio, 1, note)
