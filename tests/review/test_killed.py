"""A session that is killed at a random moment leaves whole files and whole decisions. `make soak` kills more often."""

from __future__ import annotations

from pathlib import Path

from tests.review.killing import storm


def test_sessions_survive_kills(tmp_path: Path) -> None:
    assert storm(tmp_path, 2, seed=1) == 2
