"""What `migrate contexts --campaign` is about: the changes of a campaign that are not merged yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.accounts.wanted import Organization, Place, gather
from migrator.bulk.contents import changes
from migrator.bulk.entry import Entry
from migrator.bulk.needs.collecting import LEFT, around_of, needs_of, place_of
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.work import Result
from migrator.circleci.mentions import Mentions, mentions_of
from migrator.cli.bulk_options import Campaign, campaign
from migrator.cli.progress import shown
from migrator.cli.talk import tell
from migrator.documents import open_document
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.engine.views import read_configs
from migrator.errors import ReadError
from migrator.files.names import FOLDER
from migrator.files.repository import web_url
from migrator.rule import Requirement


def of_campaign(name: str, ledger: str | None, organization: str) -> tuple[list[Organization], Plan]:
    """Everything that its repositories want, and the plan of the campaign. `organization` is that of all, where given.

    Only files that change are looked at: no others are kept.
    """
    with campaign(name, ledger, "Reading", write=False) as opened:
        plan = opened.plan()
        entries = list(opened.ledger.entries(*LEFT))
        files: list[tuple[Place, Mentions]] = []
        needs: list[tuple[Requirement, Sequence[str]]] = []
        around = around_of(opened.ledger, plan.policy)
        for entry in shown(entries, len(entries), "Reading"):
            text = opened.ledger.result(entry.result)
            if text is None:
                tell(f"{entry.label}: its plan is gone; run `migrate bulk plan {name}` again")
                continue
            result = Result.from_json(entry.id, text)
            paths = [f"{entry.label}/{edited.path}" for edited in result.edited]
            paths = paths or [f"{entry.label}/{FOLDER}/config.yml"]
            found = list(_read(opened, plan, entry, result))
            mentions = dict(found)
            for path in paths:
                place = _place(entry, result, plan, path, organization)
                files.append((place, mentions.get(path, Mentions({}, {}))))
            found_needs = needs_of(entry, result, plan.policy, around)
            needs += [(each.need, paths) for each in (*found_needs.demanded, *found_needs.existing)]
        if failed := opened.ledger.counts().get(State.FAILED, 0):
            tell(f"{failed} repositories of the campaign failed: what they need is not known")
        return gather(files, needs, organization), plan


def _place(entry: Entry, result: Result, plan: Plan, path: str, organization: str) -> Place:
    place = place_of(entry, result, plan.policy)
    return Place(path, entry.label, place.project, organization or place.organization, web_url(entry.source))


def _read(opened: Campaign, plan: Plan, entry: Entry, result: Result) -> Iterator[tuple[str, Mentions]]:
    """What the files name, as they are after their change."""
    try:
        files = opened.hosts.of(entry.kind).planned(entry, result)
        changed = changes(plan, files, entry.name)
    except RepositoryError as error:
        tell(f"{entry.label}: what its configs name is not known: {error}")
        return
    for each in changed:
        yield f"{entry.label}/{each.path}", _mentions(each)


def _mentions(changed: Changed) -> Mentions:
    try:
        document = open_document(changed.path, changed.data)
        return mentions_of(read_configs(document, changed.path))
    except ReadError:
        return Mentions({}, {})
