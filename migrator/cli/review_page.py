"""`migrate bulk review NAME --html FILE`: the page of a whole campaign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.bulk.deciding.answers import answers_of
from migrator.bulk.deciding.deciding import found_in
from migrator.bulk.deciding.showing import Planned
from migrator.bulk.entry import Entry
from migrator.bulk.host import Host
from migrator.bulk.needs.collecting import of_campaign
from migrator.bulk.needs.waiting import told
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.work import Result
from migrator.cli.bulk_options import Campaign
from migrator.cli.talk import tell
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed, Located, Outcome, Unchanged
from migrator.files.writing import write_whole
from migrator.reports.formats.html import render_page
from migrator.reports.html_page import File, Page, Repository
from migrator.rule import Safety

_DECIDABLE = (State.PLANNED, State.APPROVED, State.REJECTED)


def put_page(opened: Campaign, plan: Plan, output: str) -> None:
    """Write the page of all repositories of a campaign, also of those that failed or have nothing to change."""
    name = opened.ledger.name
    repositories = list(_repositories(opened, plan))
    take_up = f"migrate bulk review {name} --decisions {{}}"
    needs = of_campaign(opened.ledger, plan.policy)
    missing = tuple(told(opened.ledger, plan.policy))
    page = Page(
        name, repositories, plan.policy, take_up, name,
        directories=plan.directories, needs=needs, missing=missing,
        seen=max((entry.planned_at for entry in opened.ledger.entries(*_DECIDABLE)), default=0),
    )  # fmt: skip
    write_whole(output, render_page(page).encode("utf-8", "backslashreplace"), private=True)
    tell(f"{output}: open it in a browser; it needs no network. It names private repositories: only you may read it")


def _repositories(opened: Campaign, plan: Plan) -> Iterator[Repository]:
    planned = Planned(opened.ledger, opened.hosts, plan)
    for entry in opened.ledger.entries():
        text = opened.ledger.result(entry.result)
        result = Result.from_json(entry.id, text) if text is not None else None
        changed = _changed(planned, entry, result)
        said = answers_of(entry)
        message = entry.message if entry.message != said.reason else ""
        if entry.state in _DECIDABLE and not changed:
            message = "what was planned is gone; plan again"
        yield Repository(
            entry.label,
            tuple(_files(opened.hosts.of(entry.kind), entry, changed, result)),
            entry.state.value,
            f"{entry.fault}: {message}" if entry.fault else message,
            link=entry.pull_request,
            kinds=found_in(entry, result) if result and changed else (),
            answer=said.own.value if said.own else "",
            answers=() if said.own else tuple((kind, answer.value) for kind, answer in said.kinds.items()),
            open=entry.state in _DECIDABLE and bool(changed),
            owners=result.owners if result else (),
            topics=tuple(entry.topics.split()),
            host=entry.kind,
            change=entry.change,
            reason=said.reason,
        )


def _changed(planned: Planned, entry: Entry, result: Result | None) -> list[Changed]:
    if result is None or entry.state not in _DECIDABLE:
        return []
    try:
        return planned.changes(entry, result)
    except RepositoryError:
        return []  # `status` reports what is gone; `push` will not push it


def _files(host: Host, entry: Entry, changed: list[Changed], result: Result | None) -> Iterator[File]:
    outcomes: list[Outcome] = list(changed)
    known = {outcome.path for outcome in outcomes}
    others: dict[str, list[Located]] = {}
    for finding in result.findings if result else ():
        # A repository that is done, or cannot be read any more, is reported by what was noted of it.
        if finding["path"] not in known:
            others.setdefault(finding["path"], []).append(_located(finding))
    outcomes += [Unchanged(path, tuple(findings)) for path, findings in others.items()]
    yield from (File(outcome, outcome.path, host.link(entry, outcome.path)) for outcome in outcomes)


def _located(finding: dict[str, Any]) -> Located:
    return Located(
        finding["rule"],
        finding["line"],
        1,
        finding["message"],
        Safety(finding["safety"]),
        finding["fingerprint"],
        fix=finding["applied"],
        applied=finding["applied"],
        warnings=tuple(finding["warnings"]),
        why_not=finding["why_not"],
    )
