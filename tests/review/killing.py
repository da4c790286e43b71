"""Killing sessions at random moments, and what must hold afterwards whatever the moment was."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

from migrator.results.decisions import Answer, read_decisions
from tests.review.conftest import RULES
from tests.review.terminal import Terminal

FILES, FINDINGS = 8, 2
_TEXT = "version: 2.1\njobs:\n" + "".join(
    f"  job{n}:\n    docker:\n      - image: acme/go:{n}\n    steps: [checkout]\n" for n in range(FINDINGS)
)
_DECISIONS = "decisions.toml"


def start(folder: Path) -> Terminal:
    arguments = ("--decisions", _DECISIONS, "--rules", str(RULES), "--select", "acme-image")
    return Terminal(folder, "--interactive", *arguments)


def prepare(folder: Path) -> list[Path]:
    """Files with two findings each, and no decision."""
    (folder / _DECISIONS).unlink(missing_ok=True)
    (folder / "migrator.toml").touch()
    files = [folder / f"r{number}" / ".circleci" / "config.yml" for number in range(FILES)]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_TEXT)
    return files


def finish(folder: Path) -> None:
    """Answer what is open with yes; nothing of the sessions that were killed is left then."""
    screen = start(folder)
    with suppress(AssertionError):  # everything may be decided, and only not written yet
        screen.wait("finding ")
        screen.press("y" * FILES * FINDINGS)
    assert screen.end() == 0, screen.text


def storm(folder: Path, kills: int, seed: int) -> int:
    """Kill so many sessions, each a random moment after a random number of answers. Returns how many were alive."""
    chance = random.Random(seed)
    files = prepare(folder)
    finish(folder)
    after = files[0].read_text()
    assert {file.read_text() for file in files} == {after} != {_TEXT}
    hits = 0
    prepare(folder)
    while hits < kills:
        screen = start(folder)
        screen.wait("finding ")
        assert left(folder) == [], "a session removes what an earlier one left"
        screen.press("y" * chance.randint(1, 2 * FINDINGS + 1))
        time.sleep(chance.uniform(0, 0.3))
        hits += screen.process.isalive()
        screen.kill()
        new = sum(file.read_text() == after for file in files)
        assert all(file.read_text() in (_TEXT, after) for file in files)
        decisions = read_decisions(folder / _DECISIONS).recorded if (folder / _DECISIONS).exists() else []
        assert {each.answer for each in decisions} <= {Answer.APPLY}
        assert new * FINDINGS <= len(decisions) <= FILES * FINDINGS, "what is written was decided, and once"
        if new >= FILES - 3:
            finish(folder)
            assert {file.read_text() for file in files} == {after}
            assert left(folder) == []
            prepare(folder)
    return hits


def left(folder: Path) -> list[Path]:
    return list(folder.rglob("*migrate-tmp"))
