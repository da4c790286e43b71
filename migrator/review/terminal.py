"""A session in a terminal: one panel on a stage. `session` decides what keys do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from migrator.review.finding import FindingPanel
from migrator.review.screens.stage import Stage
from migrator.review.session import Session


def review(session: Session, pages: Mapping[str, Path]) -> None:
    """Ask until the session is over. `pages` are the pages of its rules."""
    if not Stage(FindingPanel(session, pages)).run():
        session.interrupt()
