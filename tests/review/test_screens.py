"""Every screen of `migrate --interactive` at several sizes, in tmux; `--snapshot-update` takes the pictures anew."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_snapshot.plugin import Snapshot

from tests.places import ROOT
from tests.review.conftest import CONFIG, IDS, RULES
from tests.review.test_interactive_tmux import Tmux

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")

# Bidirectional overrides and a space of no width: none of them may reach the terminal.
HOSTILE = f"""\
version: 2.1
jobs:
  建置與測試:
    docker:
      - image: acme/go:1.22  # 固定版本，請勿更改 \u202e\u2066 end
      # a tab\tinside, and a very long line that goes on {"and on " * 20}to its end
      - image: acme/node:\u200b18
    steps: [checkout]
"""


class Pictures:
    """A session in tmux, and what it shows."""

    def __init__(self, tmux: Tmux, snapshot: Snapshot, suffix: str, *, update: bool) -> None:
        self._tmux, self._snapshot, self._suffix, self._update = tmux, snapshot, suffix, update

    def start(self, *arguments: str, editor: Path | None = None) -> None:
        words = [sys.executable, "-m", "migrator", "--interactive", "--decisions", "decisions.toml", *arguments]
        home = f"XDG_STATE_HOME=state EDITOR={shlex.quote(str(editor))} PYTHONPATH={shlex.quote(str(ROOT))}"
        self._tmux.wait("READY:")
        self._tmux.press(f"clear; {home} {shlex.join(words)}; PS1=", "Enter")

    def press(self, *keys: str) -> None:
        self._tmux.press(*keys)

    def wait(self, *words: str) -> str:
        return self._tmux.wait(*words)

    def take(self, name: str, *words: str) -> str:
        """Compare the screen with its picture, once it shows the words and comes to rest."""
        name = f"{name}_{self._suffix}.txt"
        picture = Path(self._snapshot.snapshot_dir) / name
        expected: str | None = picture.read_text("utf-8") if picture.exists() and not self._update else None
        before = ""

        def done(text: str) -> bool:
            nonlocal before
            if any(word not in " ".join(text.split()) for word in words):
                return False
            if expected is None:
                before, same = text, text == before
                return same
            return _plain(text) == expected

        try:
            text = self._tmux.wait_until(done)
        except AssertionError:
            text = self._tmux.text
        self._snapshot.assert_match(_plain(text), name)
        return text


def _plain(text: str) -> str:
    """What is not the same on every machine left out: the command line that was typed."""
    return re.sub(r"^READY:.*\n|^clear; .*\n", "", text, flags=re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("app", "web"):
        (tmp_path / name / ".circleci").mkdir(parents=True)
        (tmp_path / name / ".circleci" / "config.yml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def pictures(
    folder: Path, snapshot: Snapshot, request: pytest.FixtureRequest, columns: int, rows: int
) -> Iterator[Pictures]:
    tmux = Tmux(folder, columns, rows)
    update = request.config.getoption("--snapshot-update")
    yield Pictures(tmux, snapshot, f"{columns}x{rows}", update=update)
    tmux.run("kill-server")


def breaking(folder: Path) -> Path:
    """An editor that leaves something behind that cannot be read."""
    editor = folder / "breaks"
    editor.write_text("#!/bin/sh\necho 'a: [' > \"$1\"\n")
    editor.chmod(0o755)
    return editor


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 50)])
def test_every_screen(pictures: Pictures, folder: Path) -> None:
    pictures.start("--rules", str(RULES), "--select", ",".join(IDS), editor=breaking(folder))
    pictures.take("01_question", "Where do the credentials come from?", "environment variables")
    pictures.press("Enter")
    pictures.wait("which context?")
    pictures.press("Enter")
    pictures.wait("Username")
    pictures.press("Enter")
    pictures.wait("Password")
    pictures.press("Enter")
    pictures.take("02_policy", "Save this as migrator.toml", "No")
    pictures.press("y")
    pictures.take("03_finding", "finding 1 of 7", "all keys")
    pictures.press("w")
    pictures.take("04_why", "rule acme-image", "Escape back")
    pictures.press("Escape")
    pictures.wait("finding 1 of 7", "all keys")
    pictures.press("l")
    pictures.take("05_list", "What is left", "Escape back")
    pictures.press("/")
    pictures.wait("Search:")
    pictures.press("node")
    pictures.take("06_search", "Search: node", "1 of 6")
    pictures.press("Escape")
    pictures.wait("What is left", "j/k move")
    pictures.press("Escape")
    pictures.wait("finding 1 of 7", "all keys")
    pictures.press("j")
    pictures.take("07_looking", "finding 2 of 7", "all keys")
    pictures.press("e")
    pictures.take("08_edit_which", "Which value?", "password for docker.io")
    pictures.press("Enter")
    pictures.take("09_edit_value", "? context for docker.io: docker-hub-creds")
    pictures.press("2", "Enter")
    pictures.take("10_edit_scope", "For what?", "in this session")
    pictures.press("Enter")
    pictures.take("11_edited", "Changed. Press y to apply.", "all keys")
    pictures.press("?")
    pictures.take("12_keys", "What next?", "the open file stays unchanged")
    pictures.press("Escape")
    pictures.wait("finding 2 of 7", "all keys")
    pictures.press("A")
    pictures.take("13_all", "Apply all of these, and write the files?", "No")
    pictures.press("n")
    pictures.wait("finding 2 of 7", "all keys")
    pictures.press("y")
    pictures.wait("finding 3 of 7", "all keys")
    pictures.press("b")
    pictures.take("14_back", "finding 2 of 7", "(decided: apply)", "all keys")
    pictures.press("/")
    pictures.wait("Search:")
    pictures.press("no tag web")
    pictures.wait("1 of 1")
    pictures.press("Enter")
    pictures.take("15_manual", "acme-note, line 15, manual", "file 2 of 2", "all keys")
    pictures.press("o")
    pictures.take("16_broken", "The file cannot be read now", "go on without this file")
    pictures.press("Down", "Enter")
    pictures.wait("file 1 of 2", "all keys")
    pictures.press("q")
    pictures.take("17_summary", "1 file written. Stopped: decisions are kept")


@pytest.mark.parametrize(("columns", "rows"), [(60, 16)])
def test_a_small_screen_and_hostile_text(pictures: Pictures, folder: Path) -> None:
    (folder / "migrator.toml").touch()
    shutil.rmtree(folder / "web")
    (folder / "app").rename(folder / "專案")
    (folder / "專案" / ".circleci" / "config.yml").write_text(HOSTILE)
    pictures.start("--rules", str(RULES), "--select", "acme-image", "專案")
    pictures.take("01_finding", "專案", "all keys")
    pictures.press("Space")
    pictures.take("02_paged", "more", "all keys")
    pictures.press("l")
    pictures.take("03_list", "What is left", "Escape back")
    pictures.press("Escape")
    pictures.wait("all keys")
    pictures.press("?")
    pictures.take("04_keys", "What next?", "apply this fix")
    pictures.press("Escape")
    pictures.wait("all keys")
    pictures.press("Q")
    pictures.wait("forgotten")
