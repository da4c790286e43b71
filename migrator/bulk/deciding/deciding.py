"""The decisions of a campaign: yes or no to kinds or to repositories, and what that decides is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, overload

from migrator.bulk.deciding.answers import Answers, answers_of, stored
from migrator.bulk.entry import Entry
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State
from migrator.bulk.work import Result
from migrator.results.decisions import Answer
from migrator.results.kinds.found import Found
from migrator.results.kinds.kind import Fact, Kind
from migrator.results.kinds.naming import names_of
from migrator.results.kinds.review import Gathering, Noted, Review, Reviewed

_STATES = {Answer.APPLY: State.APPROVED, Answer.SKIP: State.REJECTED, None: State.PLANNED}
_REVIEWED = (State.PLANNED, State.APPROVED, State.REJECTED)


class Done(NamedTuple):
    """How many repositories an answer decided, and how many of those that it is about wait for another one."""

    decided: int
    waiting: int


def found_in(entry: Entry, result: Result) -> tuple[Found, ...]:
    """The kinds of a planned change. What an earlier version planned has one, its shape."""
    if result.kinds or not entry.change:
        return result.kinds
    return (Found(Kind.of([Fact("+", "shape", "", entry.shape or entry.change)]), (), ()),)


def kinds_by_entry(ledger: Ledger, *states: State) -> dict[int, tuple[str, ...]]:
    """The names of the kinds of every planned change, by the number of its repository; those in some states alone."""
    found: dict[int, tuple[Kind, ...]] = {}
    for entry in ledger.entries(*states):
        text = ledger.result(entry.result) if entry.change else None
        if text is not None:
            found[entry.id] = tuple(each.kind for each in found_in(entry, Result.from_json(entry.id, text)))
    names = names_of(kind for kinds in found.values() for kind in kinds)
    return {number: tuple(names[kind.id] for kind in kinds) for number, kinds in found.items()}


class _Results(Sequence[Result]):
    """The results of some repositories, each read when it is asked for: all of them would grow with the campaign."""

    def __init__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        self._ledger, self._entries = ledger, entries

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> Result: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Result]: ...
    def __getitem__(self, place: int | slice) -> Result | Sequence[Result]:
        if isinstance(place, slice):
            return _Results(self._ledger, self._entries[place])
        entry = self._entries[place]
        return Result.from_json(entry.id, self._ledger.result(entry.result) or "{}")


class Deciding:
    """All repositories of a campaign that can be decided, and what was said of each. `save` keeps it.

    `entries` are those of `review.repositories`, in the same order.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.entries: list[Entry] = []
        self.results: Sequence[Result] = _Results(ledger, self.entries)
        gathering = Gathering()
        for entry in ledger.entries(*_REVIEWED):
            text = ledger.result(entry.result) if entry.change else None
            if text is None:
                continue
            result = Result.from_json(entry.id, text)
            noted = (Noted(each["rule"], each["applied"], each["warnings"]) for each in result.findings)
            size = sum(edited.added + edited.removed for edited in result.edited)
            found = found_in(entry, result)
            gathering.add(entry.label, found, noted, size=size, secrets=result.has_secrets)
            self.entries.append(entry)
        self.review: Review = gathering.review()
        self.answers: list[Answers] = [answers_of(entry) for entry in self.entries]
        self._kinds = [
            tuple(self.review.kinds[place].id for place in repository.kinds) for repository in self.review.repositories
        ]
        self._changed: dict[int, None] = {}

    # -- what was said

    def state(self, number: int) -> Answer | None:
        """What was decided about a repository; `None` while it waits."""
        return self.answers[number].decided(self._kinds[number])

    def waiting(self) -> list[tuple[Reviewed, int]]:
        """Kinds that undecided repositories wait for, and how many of them wait for each; most first."""
        return self.review.waiting(lambda number: None if self.state(number) else self.answers[number].kinds)

    def of_kind(self, kind: Reviewed) -> Answer | None:
        """The answer to a kind where all that have it have the same; `None` where it is open, or differs."""
        said = {self.answers[number].kinds.get(kind.id) or self.answers[number].own for number in kind.repositories}
        return said.pop() if len(said) == 1 else None

    # -- saying it

    def say_of_kind(
        self, kind: Reviewed, answer: Answer | None, reason: str = "", among: Sequence[int] | None = None
    ) -> Done:
        """Answer for a kind in all repositories that have it, or some of them; `None` takes an answer back."""
        numbers = kind.repositories if among is None else among
        for number in numbers:
            self.say(number, {kind.id: answer}, reason=reason)
        return self._done(numbers)

    def say_of_repository(self, number: int, answer: Answer | None, reason: str = "") -> Done:
        """Answer for one repository, whatever is said of its kinds."""
        self._put(number, self.answers[number].with_own(answer, reason))
        return self._done((number,))

    def say_of_the_rest(self, answer: Answer, reason: str = "") -> Done:
        """Answer for what nobody decided yet."""
        rest = [number for number in range(len(self.entries)) if self.state(number) is None]
        for number in rest:
            self.say(number, dict.fromkeys(self._kinds[number], answer), reason=reason)
        return self._done(rest)

    def say(self, number: int, kinds: dict[str, Answer | None], reason: str = "") -> None:
        """Answer for kinds of one repository."""
        self._put(number, self.answers[number].with_kinds(kinds, reason))

    def restore(self, answers: Mapping[int, Answers]) -> None:
        """Say again what was said before."""
        for number, said in answers.items():
            self._put(number, said)

    def _put(self, number: int, answers: Answers) -> None:
        self.answers[number] = answers
        self._changed[number] = None

    def _done(self, numbers: Sequence[int]) -> Done:
        decided = sum(self.state(number) is not None for number in numbers)
        return Done(decided, len(numbers) - decided)

    # -- keeping it

    def save(self) -> None:
        """Write down what was said since the last time. What is approved is the change that was seen and no other."""
        for number in self._changed:
            entry = self.entries[number]
            columns = columns_of(entry, self.answers[number], self.state(number), self.results[number].message)
            self.ledger.update(entry.id, **columns)
        self._changed.clear()
        self.ledger.commit()

    def kind(self, text: str) -> Reviewed | None:
        """The kind that a person means."""
        return self.review.named(text) or next((each for each in self.review.kinds if text in _shape(each)), None)


def _shape(kind: Reviewed) -> list[str]:
    return [fact.value for fact in kind.kind.facts if fact.subject == "shape"]


def columns_of(entry: Entry, answers: Answers, state: Answer | None, message: str = "") -> dict[str, object]:
    """What the ledger keeps of a decision; `message` is what its plan said. The pull request of a closed repository is
    not reused: approved again, it gets a new one."""
    forgotten = {"pull_request": ""} if entry.state is State.CLOSED and state is Answer.APPLY else {}
    return {
        "state": _STATES[state],
        "decided": entry.change if state else "",
        "answers": stored(entry, answers),
        "message": {Answer.SKIP: answers.reason, None: message}.get(state, ""),
        "fault": "",
        "phase": "",
        **forgotten,
    }
