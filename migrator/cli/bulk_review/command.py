"""What `migrate bulk review` does with what it was given: show, decide, write a page, list, or ask."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from migrator.bulk.deciding.deciding import Deciding, Done
from migrator.bulk.deciding.named import decide, decide_by_file, repository_of
from migrator.bulk.deciding.showing import Planned, diff_of
from migrator.bulk.status import summary, what_next
from migrator.cli.bulk_options import INTERRUPTED, Campaign
from migrator.cli.bulk_review.listing import Styled, as_json, as_text, told
from migrator.cli.shell.paging import has_screen, may_page, page
from migrator.cli.talk import tell
from migrator.engine.batch import Plan
from migrator.errors import UsageError
from migrator.results.decisions import Answer
from migrator.results.masking import visible


class Asked(NamedTuple):
    """The options of the command."""

    approve: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    reason: str = ""
    decisions: str | None = None
    show: str | None = None
    html: str | None = None
    form: str = "text"
    listed: bool = False
    dry_run: bool = False

    @property
    def deciding(self) -> bool:
        return bool(self.approve or self.reject or self.decisions)

    @property
    def interactive(self) -> bool:
        """Whether a person is asked: at a terminal, with nothing else to do."""
        others = self.deciding or self.show is not None or self.html is not None or self.dry_run
        return not others and self.form == "text" and not self.listed and has_screen()


def review_campaign(opened: Campaign, asked: Asked) -> int:
    """Review a campaign; returns the exit code."""
    plan = opened.plan()
    if asked.show is not None:
        return _show(opened, plan, asked.show)
    if asked.form == "text":
        missing = "".join(opened.what_is_missing())
        if asked.interactive:
            return _ask(missing, opened, plan)
        if asked.deciding or asked.html is not None:
            _say(visible(missing))
        else:
            _list(missing, opened, plan)
    if asked.deciding:
        done = _decide(opened, plan, asked)
        told(tell, done.decided, done.waiting, kept=not asked.dry_run)
    if asked.html is not None:
        from migrator.cli.review_page import put_page

        put_page(opened, plan, asked.html)
    if asked.form == "json":
        _say(as_json(Deciding(opened.ledger), _planned(opened, plan)))
    else:
        _say(f"{summary(opened.ledger)}\n")
    return opened.ledger.exit_code()


def _planned(opened: Campaign, plan: Plan) -> Planned:
    return Planned(opened.ledger, opened.hosts, plan)


def _say(text: str) -> None:
    if sys.stdout is not None:
        sys.stdout.write(text)


def _show(opened: Campaign, plan: Plan, name: str) -> int:
    if (entry := repository_of(opened.ledger, name)) is None:
        raise UsageError(f"--show: '{name}' is no repository of this campaign; `status` lists them")
    diff = visible(diff_of(entry, opened.ledger, opened.hosts, plan))
    if not page(_styled().diff(diff)):
        _say(_styled().diff(diff))
    return opened.ledger.exit_code()


def _ask(missing: str, opened: Campaign, plan: Plan) -> int:
    """Ask kind by kind, and say how far the campaign is and how it goes on."""
    from migrator.cli.bulk_review.session import review

    deciding = Deciding(opened.ledger)
    _say(visible(missing))
    whole = review(deciding, _planned(opened, plan)) if deciding.review.kinds else True
    _say(f"{summary(opened.ledger)}\n")
    if hint := what_next(opened.ledger):
        _say(f"next: {hint}\n")
    return opened.ledger.exit_code() if whole else INTERRUPTED


def _styled() -> Styled:
    """Colours for a terminal whose owner has not turned them off (https://no-color.org)."""
    return Styled(colours=may_page() and not os.environ.get("NO_COLOR"))


def _list(missing: str, opened: Campaign, plan: Plan) -> None:
    """Piece by piece to a pipe, at once to a pager."""
    pieces = as_text(Deciding(opened.ledger), _planned(opened, plan), _styled())
    if may_page():
        text = visible(missing) + "".join(pieces)
        if not page(text):
            _say(text)
        return
    _say(visible(missing))
    for piece in pieces:
        _say(piece)


def _decide(opened: Campaign, plan: Plan, asked: Asked) -> Done:
    from migrator.results.decisions import read_decisions

    ledger, keep = opened.ledger, not asked.dry_run
    done = [
        decide(ledger, asked.approve, Answer.APPLY, keep=keep),
        decide(ledger, asked.reject, Answer.SKIP, reason=asked.reason, keep=keep),
    ]
    if asked.decisions:
        decisions = read_decisions(Path(asked.decisions))
        done.append(decide_by_file(ledger, decisions, _planned(opened, plan).shape, keep=keep))
    return Done(sum(each.decided for each in done), sum(each.waiting for each in done))
