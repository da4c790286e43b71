"""`review`: shapes with a sample each; approving and rejecting by shape, by repository, or by a file of decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from migrator.bulk.contents import changes
from migrator.bulk.entry import Entry
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.work import Result
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.errors import UsageError
from migrator.results.decisions import Answer, Decisions, Place
from migrator.results.differing import Differing, Noted
from migrator.results.diffs import masked_diff
from migrator.results.masking import Mask

_DECIDABLE = (State.PLANNED, State.APPROVED, State.REJECTED, State.CLOSED)


class Sample(NamedTuple):
    """One shape: how many repositories have it, how many wait, the masked diff of one, and what differs in others."""

    shape: str
    repositories: int
    waiting: int
    repository: str
    diff: str
    differing: tuple[str, ...] = ()


def samples(ledger: Ledger, hosts: Hosts, plan: Plan) -> Iterable[Sample]:
    """Every shape, largest first."""
    differing = _differing(ledger)
    for shape, number, waiting, name in ledger.shapes():
        diff = diff_of(ledger.entry(name), ledger, hosts, plan)
        yield Sample(shape, number, waiting, name, diff, tuple(differing[shape].sentences(alike_too=True)))


def _differing(ledger: Ledger) -> dict[str, Differing]:
    """What differs within each shape."""
    found: dict[str, Differing] = defaultdict(Differing)
    for entry in ledger.entries(State.PLANNED, State.APPROVED, State.REJECTED):
        text = ledger.result(entry.result)
        if text is not None and entry.shape:
            result = Result.from_json(entry.id, text)
            noted = (Noted(each["rule"], each["applied"], each["warnings"]) for each in result.findings)
            found[entry.shape].add(entry.label, noted, result.images, has_secrets=result.has_secrets)
    return found


def diff_of(entry: Entry, ledger: Ledger, hosts: Hosts, plan: Plan) -> str:
    """The diff of a repository's planned change with its secrets masked, or the line that says why there is none."""
    text = ledger.result(entry.result)
    if text is None:
        return "its plan is gone; run plan again\n"
    try:
        made = changes(plan, hosts.of(entry.kind).planned(entry, Result.from_json(entry.id, text)), entry.name)
    except RepositoryError as error:
        return f"{error}\n"
    mask = Mask(secret for change in made for secret in change.secrets)
    return "".join(masked_diff(change, mask) for change in made)


def decide(ledger: Ledger, names: Sequence[str], state: State, *, keep: bool = True) -> int:
    """Approve or reject `all`, shapes or repositories; returns how many. An unknown name changes nothing at all."""
    shapes = {shape for shape, *_ in ledger.shapes()}
    meant = set()
    for name in names:
        if name != "all" and name not in shapes:
            if (entry := ledger.named(name)) is None:
                lists = "`review` lists shapes, `status` repositories"
                raise UsageError(f"'{name}' is not a shape or repository of this campaign; {lists}")
            meant.add(entry.id)
    everything, wanted = "all" in names, set(names)
    chosen = []
    for entry in ledger.entries(*_DECIDABLE):
        # `all` means all undecided ones; a named shape or repository is decided again.
        of_shape = entry.shape in wanted and entry.state is not State.CLOSED
        if entry.id in meant or of_shape or (everything and entry.state is State.PLANNED):
            chosen.append(entry)
    return _mark(ledger, [(entry, state) for entry in chosen if entry.change], keep=keep)


def decide_by_file(ledger: Ledger, decisions: Decisions, *, keep: bool = True) -> int:
    """Apply decisions about repositories, shapes, or every applied finding of a repository."""
    marked: list[tuple[Entry, State]] = []
    for entry in ledger.entries(State.PLANNED, State.APPROVED, State.REJECTED):
        text = ledger.result(entry.result)
        if text is not None and (state := _decided(entry, Result.from_json(entry.id, text), decisions)) is not None:
            marked.append((entry, state))
    return _mark(ledger, marked, keep=keep)


def _decided(entry: Entry, result: Result, decisions: Decisions) -> State | None:
    """Approved if all findings are to be applied, rejected if one is to be skipped, else left open.

    A change is approved whole or not at all: what a person skipped would otherwise be in the commit.
    """
    answers = []
    for finding in result.findings:
        if finding["applied"]:
            place = Place(entry.label, finding["path"], finding["rule"], finding["fingerprint"], entry.shape)
            found = decisions.find(place)
            answers.append(found.answer if found and found.answer in (Answer.APPLY, Answer.SKIP) else None)
    if Answer.SKIP in answers:
        return State.REJECTED
    return State.APPROVED if answers and None not in answers else None


def _mark(ledger: Ledger, marked: Sequence[tuple[Entry, State]], *, keep: bool) -> int:
    for entry, state in marked if keep else ():
        # The pull request of a closed repository is not reused: approved again, it gets a new one.
        forgotten = {"pull_request": ""} if (entry.state, state) == (State.CLOSED, State.APPROVED) else {}
        # What is approved is this change and no other: a later plan that differs asks again.
        ledger.update(entry.id, state=state, decided=entry.change, message="", fault="", phase="", **forgotten)
    ledger.commit()
    return len(marked)


def reviewed(ledger: Ledger, hosts: Hosts, plan: Plan) -> Iterator[tuple[Entry, list[Changed]]]:
    """Each repository with a planned, approved or rejected change, and the change itself, secrets and all.

    For reports that show them: the caller must mask secrets.
    """
    for entry in ledger.entries(State.PLANNED, State.APPROVED, State.REJECTED):
        text = ledger.result(entry.result)
        if text is not None:
            try:
                yield (
                    entry,
                    changes(plan, hosts.of(entry.kind).planned(entry, Result.from_json(entry.id, text)), entry.name),
                )
            except RepositoryError:
                continue  # `status` reports what is gone; `push` will not push it.
