"""What is said on standard error, one line at a time."""

from __future__ import annotations

import sys

from migrator.results.masking import one_line


def tell(line: str) -> None:
    """Say one line. Control characters are made visible; masking secrets is the caller's business."""
    if sys.stderr is not None:
        print(f"migrate: {one_line(line)}", file=sys.stderr)
