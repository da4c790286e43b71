"""Configs of a few lines that mean millions of nodes, steps or definitions when they are written out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEPTH = range(1, 45)
LOGIN = "{run: docker login -u me -p hunter2secret}"


def doubled(name: str, first: str, more: str) -> str:
    """Anchored values, each of which refers to the one before it twice."""
    lines = [f"{name}0: &{name}0 {first}"]
    lines += [f"{name}{n}: &{name}{n} {more.replace('*', f'*{name}{n - 1}')}" for n in DEPTH]
    return "\n".join(lines) + "\n"


BOMBS = {
    "items": doubled("a", "[x, x]", "[*, *]")
    + "jobs: {b: {docker: *a44, steps: *a44}}\nworkflows: {w: {jobs: *a44}}\n",
    "merges": doubled("a", "{docker: [{image: x}]}", "{<<: [*, *]}") + "jobs: {b: {<<: [*a44, *a44], steps: []}}\n",
    "entries": doubled("a", "{image: x}", "{a: *, b: *}") + "jobs: {b: *a44}\nparameters: *a44\n",
    "steps below conditions": doubled("a", LOGIN, "{when: {condition: c, steps: [*, *]}}")
    + "jobs: {b: {machine: true, steps: [*a44]}}\n",
    "commands that use another twice": "commands:\n  c0: {steps: ["
    + LOGIN
    + "]}\n"
    + "".join(f"  c{n}: {{steps: [c{n - 1}, c{n - 1}]}}\n" for n in DEPTH)
    + "jobs: {b: {machine: true, steps: [c44]}}\nworkflows: {w: {jobs: [b]}}\n",
    "commands that use one another": f"commands:\n  a: {{steps: [{LOGIN}, b, b]}}\n  b: {{steps: [a, a, b, b]}}\n"
    "jobs: {b: {machine: true, steps: [a]}}\nworkflows: {w: {jobs: [b]}}\n",
    "orbs in orbs": doubled("a", "{jobs: {j: {docker: [{image: x}]}}}", "{orbs: {a: *, b: *}}")
    + "orbs: {o: *a44}\nworkflows: {w: {jobs: [o/j]}}\n",
    "job groups": "jobs: {j: {docker: [{image: x}], steps: []}}\njob-groups:\n"
    + "".join(f"  g{n}: {{jobs: [g{n + 1}, g{n + 1}]}}\n" for n in DEPTH)
    + "  g45: {jobs: [j]}\nworkflows: {w: {jobs: [g1]}}\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_like_any_file(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text("version: 2.1\n" + BOMBS[name])
    command = [sys.executable, "-m", "migrator", str(config)]
    # far more than it takes on the slowest machine, and far less than the 2 ** 44 nodes would
    told = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert told.returncode in (0, 1), told.stderr
    assert "broke" not in told.stdout
