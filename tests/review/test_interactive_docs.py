"""The session in `docs/interactive.md` is what the program shows. `python -m tests.review.test_interactive_docs` writes
it anew."""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from migrator.results.decisions import Decisions, read_decisions
from tests.places import ROOT
from tests.review.terminal import ENTER, Terminal

PAGE = ROOT / "docs" / "interactive.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, *kinds: str) -> list[str]:
    return [match[2] for match in _BLOCK.finditer(page) if match[1] in kinds]


def walk(folder: Path, config: str) -> Iterator[str]:
    """What the page shows, in its order."""
    file = folder / ".circleci" / "config.yml"
    file.parent.mkdir()
    file.write_text(config)
    screen = Terminal(folder, "--interactive", "--decisions", "decisions.toml", "--select", "unauthenticated-image")
    screen.wait("Where do the credentials come from?").press(ENTER)
    screen.wait("which context?").press(ENTER).wait("Username").press(ENTER).wait("Password").press(ENTER)
    yield screen.shows("Save this as migrator.toml")
    screen.press(ENTER)
    yield screen.shows("finding 1 of 3", "all keys")
    screen.press("y").wait("finding 2 of 3").press("?").wait("or the key")
    yield _last(screen.shows("Q stop"), "? What next?")
    screen.press("n").wait("finding 3 of 3").press("b").wait("finding 2 of 3").press("l")
    yield screen.shows("What is left")
    screen.press(ENTER).wait("finding 3 of 3").press("y")
    assert screen.end() == 1
    yield _last(screen.text, "written")
    before, after = config.splitlines(keepends=True), file.read_text().splitlines(keepends=True)
    yield "".join(list(difflib.unified_diff(before, after, n=0))[2:])
    yield (folder / "decisions.toml").read_text().split("\n\n")[1] + "\n"


def _last(text: str, start: str) -> str:
    """The screen from the last line on that begins so; what stands above was shown before."""
    return text[text.rindex(f"\n{start}") + 1 :]


def squeezed(text: str) -> str:
    """Without the empty lines that fill a screen."""
    return re.sub(r"\n{3,}", "\n\n", text)


def page_with(shown: list[str], page: str) -> str:
    waiting = iter(shown)
    first_toml = True

    def replaced(match: re.Match[str]) -> str:
        nonlocal first_toml
        if match[1] in ("text", "diff") or (match[1] == "toml" and first_toml):
            first_toml = first_toml and match[1] != "toml"
            return f"```{match[1]}\n{next(waiting)}```"
        return match[0]

    return _BLOCK.sub(replaced, page)


def current() -> str:
    page = PAGE.read_text("utf-8")
    (config,) = blocks(page, "yaml")
    with tempfile.TemporaryDirectory() as folder:
        return page_with([squeezed(text) for text in walk(Path(folder), config)], page)


def test_the_page_shows_what_the_program_shows() -> None:
    assert current() == PAGE.read_text("utf-8")


def test_the_decisions_of_the_page_can_be_read(tmp_path: Path) -> None:
    for text in blocks(PAGE.read_text("utf-8"), "toml"):
        (tmp_path / "d.toml").write_text(text)
        decisions: Decisions = read_decisions(tmp_path / "d.toml")
        assert decisions.recorded


if __name__ == "__main__":
    PAGE.write_text(current(), "utf-8")
