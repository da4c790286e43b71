"""What is said on standard error, one line at a time."""

from __future__ import annotations

import sys

from migrator.masking import visible


def tell(line: str) -> None:
    """Say one line. Control characters are made visible; masking secrets is the caller's business."""
    if sys.stderr is not None:
        print(f"migrate: {visible(line)}", file=sys.stderr)
