"""An interactive review of a campaign: kind by kind, on a whole screen."""

from __future__ import annotations

import os

from migrator.bulk.deciding.deciding import Deciding
from migrator.bulk.deciding.showing import Planned


def review(deciding: Deciding, planned: Planned) -> bool:
    """Ask until the person ends it; false where they left with Ctrl-C. What was answered is kept either way."""
    # prompt_toolkit asks terminals where the cursor is; those that do not answer cost two seconds and a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    from migrator.cli.bulk_review.panel import KindPanel
    from migrator.review.screens.stage import Stage

    return Stage(KindPanel(deciding, planned)).run()
