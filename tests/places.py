"""Where things lie, whatever folder a test is in."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules"
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
MORE_CASES = ROOT / "tests" / "rules"
