"""A campaign with hostile repositories among honest ones: a small dose of `python -m bench.trust_soak`."""

from __future__ import annotations

from pathlib import Path

from bench.hostile import KINDS
from bench.trust_soak import campaign


def test_honest_repositories_are_done_and_hostile_ones_do_nothing(tmp_path: Path) -> None:
    campaign(tmp_path, honest=3, hostile=len(KINDS))
