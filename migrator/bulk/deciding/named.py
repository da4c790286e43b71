"""Decisions by name, as a command line and a file give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from migrator.bulk.deciding.answers import Answers
from migrator.bulk.deciding.deciding import Deciding, Done, columns_of
from migrator.bulk.entry import Entry
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State
from migrator.bulk.work import Result
from migrator.errors import UsageError
from migrator.results.counted import counted
from migrator.results.decisions import Answer, Decisions, Place, Recorded
from migrator.startup.records import replace

ALL = "all"


def repository_of(ledger: Ledger, text: str) -> Entry | None:
    """The repository that a person means: by its name, or by the end of it where no other ends so. `UsageError` where
    that is unclear."""
    if (entry := ledger.named(text)) is not None:
        return entry
    end = f"/{text}"
    found = [entry for entry in ledger.entries() if entry.label.endswith(end)]
    if len(found) > 1:
        names = ", ".join(entry.label for entry in found[:_LISTED])
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UsageError(f"'{text}' is the end of {len(found)} names: {names}{more}; write one of them")
    return found[0] if found else None


_LISTED = 5


def decide(ledger: Ledger, names: Sequence[str], answer: Answer, *, reason: str = "", keep: bool = True) -> Done:
    """Approve or reject `all`, kinds or repositories. An unknown name changes nothing at all."""
    if not names:
        return Done(0, 0)
    deciding = Deciding(ledger)
    places = {entry.id: number for number, entry in enumerate(deciding.entries)}
    said: list[Callable[[], Done]] = []
    closed: list[Entry] = []
    for name in names:
        if name == ALL:
            said.append(lambda: deciding.say_of_the_rest(answer, reason))
        elif (kind := deciding.kind(name)) is not None:
            said.append(lambda kind=kind: deciding.say_of_kind(kind, answer, reason))  # type: ignore[misc]
        elif (entry := repository_of(ledger, name)) is None:
            _unknown(deciding, name)
        elif entry.id in places:
            said.append(lambda number=places[entry.id]: deciding.say_of_repository(number, answer, reason))  # type: ignore[misc]
        elif entry.state is State.CLOSED and entry.change:
            closed.append(entry)
    done = [each() for each in said]
    if keep:
        deciding.save()
        for entry in closed:
            ledger.update(entry.id, **columns_of(entry, Answers({}).with_own(answer, reason), answer))
        ledger.commit()
    return Done(sum(each.decided for each in done) + len(closed), sum(each.waiting for each in done))


def _unknown(deciding: Deciding, name: str) -> None:
    """Say what a person may have meant by what names nothing."""
    longer = [kind.name for kind in deciding.review.kinds if kind.name.startswith(name)]
    if longer:
        kinds = ", ".join(f"'{each}'" for each in longer[:_LISTED])
        many = counted(len(longer), "kind")
        raise UsageError(f"'{name}' is the beginning of {many}: {kinds}; write the whole name, or the id")
    lists = "`review` lists kinds, `status` repositories"
    raise UsageError(f"'{name}' is not a kind or repository of this campaign; {lists}")


def decide_by_file(
    ledger: Ledger, decisions: Decisions, shape_of: Callable[[Entry], str], *, keep: bool = True
) -> Done:
    """Apply decisions about kinds, repositories, or every applied finding of a repository.

    What is said of a repository wins over what is said of its kinds. `shape_of` computes what earlier versions called a
    change; it is asked only where a decision names one.
    """
    deciding = Deciding(ledger)
    ids = {name: kind.id for kind in deciding.review.kinds for name in (kind.name, kind.id)}
    kinds = Decisions(_about_kinds(decisions.recorded, ids))
    others = Decisions(each for each in decisions.recorded if not each.place.kind)
    by_shape = any(each.place.shape for each in decisions.recorded)
    touched = []
    for number, (entry, result) in enumerate(zip(deciding.entries, deciding.results, strict=True)):
        shape = shape_of(entry) if by_shape else ""
        own = _of_findings(entry, result, others, shape)
        of_kinds = dict(_of_kinds(deciding, number, kinds))
        if own is not None:
            deciding.say_of_repository(number, own.answer, own.reason)
        for kind, found in of_kinds.items():
            deciding.say(number, {kind: found.answer}, found.reason)
        if own is not None or of_kinds:
            touched.append(number)
    if keep:
        deciding.save()
    decided = sum(deciding.state(number) is not None for number in touched)
    return Done(decided, len(touched) - decided)


def _about_kinds(recorded: Sequence[Recorded], ids: dict[str, str]) -> Iterator[Recorded]:
    """The decisions about kinds by their ids, and those that take back what was said of a repository before."""
    for each in recorded:
        if each.place.kind:
            yield replace(each, place=replace(each.place, kind=ids.get(each.place.kind, each.place.kind)))
        elif each.answer is Answer.OPEN:
            yield each


def _of_kinds(deciding: Deciding, number: int, kinds: Decisions) -> Iterator[tuple[str, Recorded]]:
    entry = deciding.entries[number]
    for place in deciding.review.repositories[number].kinds:
        kind = deciding.review.kinds[place].id
        found = kinds.find(Place(entry.label, kind=kind, change=entry.change))
        if found is not None and found.answer in (Answer.APPLY, Answer.SKIP) and _was_seen(entry, found):
            yield kind, found


def _was_seen(entry: Entry, recorded: Recorded) -> bool:
    return not recorded.seen or entry.planned_at <= recorded.seen


def _of_findings(entry: Entry, result: Result, decisions: Decisions, shape: str) -> Recorded | None:
    """Approved if all findings are to be applied, rejected if one is to be skipped, else nothing.

    A change is approved whole or not at all: what a person skipped would otherwise be in the commit.
    """
    answers: list[Recorded | None] = []
    for finding in result.findings:
        if finding["applied"]:
            path, rule, fingerprint = finding["path"], finding["rule"], finding["fingerprint"]
            found = decisions.find(Place(entry.label, path, rule, fingerprint, shape, "", entry.change))
            usable = found is not None and found.answer in (Answer.APPLY, Answer.SKIP) and _was_seen(entry, found)
            answers.append(found if usable else None)
    skipped = next((each for each in answers if each and each.answer is Answer.SKIP), None)
    if skipped is not None:
        return skipped
    return answers[0] if answers and None not in answers else None
