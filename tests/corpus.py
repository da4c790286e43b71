"""Real configs to measure on, where they are: `MIGRATOR_CORPUS`, or a checkout of them beside this one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.places import ROOT

SHARED = Path(os.environ.get("MIGRATOR_CORPUS", ROOT.parent / "shared" / "corpus"))
TOOLS = SHARED.parent / "tools"
APIS = SHARED.parent / "apis"
"""Published descriptions of the interfaces that stand-ins on loopback are checked against."""
EXAMPLES = ROOT / "examples"

needs_corpus = pytest.mark.skipif(not (SHARED / "heads").is_dir(), reason=f"no real configs at {SHARED}")


def real_configs() -> list[Path]:
    """Whole configs as they stand in public repositories; empty where there are none here."""
    return sorted((SHARED / "heads").glob("*.y*ml"))


def example_configs() -> list[Path]:
    return sorted(EXAMPLES.rglob("*.y*ml"))
