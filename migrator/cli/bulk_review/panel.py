"""The screen that asks about kinds of change one by one, and the lists that lead from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from migrator.bulk.deciding.answers import Answers
from migrator.bulk.deciding.deciding import Deciding, Done
from migrator.bulk.deciding.showing import Planned
from migrator.cli.bulk_review.samples import Shown, shown
from migrator.results.counted import counted
from migrator.results.decisions import Answer
from migrator.results.kinds.review import Counted, Reviewed
from migrator.results.masking import one_line
from migrator.review.screens import keys as names
from migrator.review.screens.diff import LEAST, DiffView
from migrator.review.screens.keys import Key
from migrator.review.screens.lines import GREEN, MAGENTA, RED, Line, folded, two_ends, worded
from migrator.review.screens.listing import Item, Listing
from migrator.review.screens.panels import Scrolling
from migrator.review.screens.prompts import Cancelled, ask
from migrator.review.screens.steps import Move, Outside, Step

FILTER, ANOTHER, REPOSITORIES = "f", "m", "r"
_WORDS = {Answer.APPLY: "approved", Answer.SKIP: "rejected", None: "to decide"}
_COLOURS = {Answer.APPLY: GREEN, Answer.SKIP: RED, None: ""}
_ATTENTION = ("left for a person", "literal secrets", "warnings")
_VALUES = 4


class _Before(NamedTuple):
    """What was so before an answer, to go back to."""

    at: int
    answers: dict[int, Answers]


class KindPanel(Scrolling):
    """Asks about one kind after another. What is answered is kept at once."""

    def __init__(self, deciding: Deciding, planned: Planned) -> None:
        super().__init__()
        self.deciding, self._planned = deciding, planned
        self._kinds = deciding.review.kinds
        self._undo: list[_Before] = []
        self._at = 0
        self._only: Counted | None = None
        self._turn = 0
        self._drawn: tuple[tuple[str, int], list[tuple[str, DiffView | None, str]]] | None = None
        self._go_on()

    # -- what is asked about

    @property
    def kind(self) -> Reviewed:
        return self._kinds[self._at]

    @property
    def repositories(self) -> Sequence[int]:
        """Those of the kind that an answer is about: all, or those that a filter leaves."""
        return self._only.repositories if self._only else self.kind.repositories

    @property
    def _sample(self) -> int:
        """The smallest change first, then the others in the order of the campaign."""
        among = list(self.repositories)
        if self.kind.sample in among:
            among.remove(self.kind.sample)
            among.insert(0, self.kind.sample)
        return among[self._turn % len(among)]

    def _open(self, at: int) -> None:
        self._at, self._only, self._turn = at % len(self._kinds), None, 0
        self.top()

    def _go_on(self) -> None:
        """To the kind that most repositories wait for; where nothing waits, to none."""
        waiting = self.deciding.waiting()
        if waiting:
            self._open(self._kinds.index(waiting[0][0]))
        else:
            self.notice = f"Everything is decided: {names.STOP} ends the review."

    # -- the screen

    @property
    def title(self) -> str:
        return f"Decide about '{one_line(self.kind.name)}'"

    def head(self, columns: int) -> list[Line]:
        states = [self.deciding.state(number) for number in range(len(self.deciding.entries))]
        decided = len(states) - states.count(None)
        progress = f"kind {self._at + 1} of {len(self._kinds)}, {decided:,} of {len(states):,} decided"
        said = self.deciding.of_kind(self.kind)
        many = counted(len(self.kind.repositories), "repository")
        waits = sum(self._waits(number) for number in self.kind.repositories)
        state = "decided in part" if said is None and waits < len(self.kind.repositories) else _WORDS[said]
        left = f", {waits:,} wait for an answer to it" if waits else ""
        lines: list[Line] = two_ends(one_line(self.kind.name), progress, columns)
        lines.append([(f"bold {_COLOURS[said]}".strip(), state), ("", f": {many}{left}")])
        if self._only:
            only = f"only {self._only.what}: {one_line(self._only.value)} ({len(self.repositories):,})"
            lines.append([(f"bold {MAGENTA}", piece) for piece in folded(only, columns)[:1]])
        return lines

    def _waits(self, number: int) -> bool:
        return self.deciding.state(number) is None and self.kind.id not in self.deciding.answers[number].kinds

    def body(self, columns: int, rows: int) -> list[Line]:
        lines: list[Line] = []
        for what, text in self._facts():
            lines += worded(text, "magenta" if what in _ATTENTION else "", columns)
        if lines:
            lines.append([])
        for path, view, problem in self._files():
            lines.append([("bold", piece) for piece in folded(path, columns)[:1]])
            room = rows - len(lines) if len(self._files()) == 1 else LEAST
            lines += view.lines(columns, room) if view else [[(RED, problem)]]
        return lines

    def _facts(self) -> list[tuple[str, str]]:
        """What differs within the kind, a line for each sort of it."""
        alone = len(self.kind.repositories) == 1
        found = []
        for what, facts in self.kind.told().items():
            words = [f"{one_line(fact.value)}{'' if alone else f' ({len(fact.repositories):,})'}" for fact in facts]
            more = f" and {len(words) - _VALUES:,} more" if len(words) > _VALUES else ""
            found.append((what, f"{what}: {', '.join(words[:_VALUES])}{more}"))
        return found

    def _files(self) -> list[tuple[str, DiffView | None, str]]:
        number = self._sample
        if self._drawn is None or self._drawn[0] != (self.kind.id, number):
            name = one_line(self.deciding.review.repositories[number].name)
            found = shown(self.deciding, self._planned, number, self.kind)
            self._drawn = (self.kind.id, number), [_view(name, each) for each in found]
        return self._drawn[1]

    def keys(self) -> Sequence[Key]:
        these = f" these {len(self.repositories):,}" if self._only else ""
        whole = "what the filter leaves" if self._only else "this kind in all repositories that have it"
        found = [
            Key(names.APPLY, f"approve{these}", f"approve {whole}", self._approve),
            Key(names.SKIP, f"reject{these}", f"reject {whole}, and say why", self._reject),
            Key(names.NEXT, "next", "look at the next kind without deciding", lambda: self._step(1)),
            Key(names.PREVIOUS, "previous", "look at the kind before", lambda: self._step(-1)),
            Key(ANOTHER, "another sample", "show what another repository has of this kind", self._another),
            Key(FILTER, "filter", "see what differs within the kind, and keep to some of it", self._filter),
            Key(names.LIST, "what is left", "list the kinds, those to decide first", self._list),
            Key(names.SEARCH, "search", "search the kinds", lambda: self._list(searching=True)),
            Key(REPOSITORIES, "repositories", "list the repositories of this kind, to look at each", self._listed),
            Key(names.BACK, "back", "go back to before the last answer, and take it back", self._back),
            Key(names.STOP, "quit", "end the review; everything that was decided is kept", lambda: Move.END),
        ]
        if self._only is not None:
            found.insert(2, Key(names.ESCAPE, "all again", "leave the filter", self._leave_filter))
        return found

    def press(self, key: str) -> Step:
        if key == names.UNDO:
            return self._back()
        return super().press(key)

    # -- what keys do

    def _approve(self) -> Step:
        return self._say(Answer.APPLY)

    def _reject(self) -> Step:
        return Outside(self._rejected)

    def _rejected(self) -> Step:
        question = f"Why is '{one_line(self.kind.name)}' not wanted? (Enter for no reason, Escape to go back)"
        try:
            reason = ask(question, "", lambda _: "", above=self.picture)
        except Cancelled:
            return None
        return self._say(Answer.SKIP, one_line(reason))

    def _say(self, answer: Answer, reason: str = "") -> Step:
        before = {number: self.deciding.answers[number] for number in self.repositories}
        self._undo.append(_Before(self._at, before))
        done: Done = self.deciding.say_of_kind(self.kind, answer, reason, among=self.repositories)
        self.deciding.save()
        waits = f", {done.waiting:,} wait for another kind" if done.waiting else ""
        self.notice = f"{_WORDS[answer].capitalize()}: {done.decided:,} decided{waits}."
        self._go_on()
        return None

    def _back(self) -> Step:
        if not self._undo:
            self.notice = "There is no answer to go back to."
            return None
        last = self._undo.pop()
        self.deciding.restore(last.answers)
        self.deciding.save()
        self._open(last.at)
        self.notice = "The last answer is taken back."
        return None

    def _step(self, by: int) -> Step:
        self._open(self._at + by)
        return None

    def _another(self) -> Step:
        self._turn += 1
        self.top()
        if len(self.repositories) == 1:
            self.notice = "No other repository has it."
        return None

    def _filter(self) -> Step:
        facts = self.kind.counted
        items = [Item(n, one_line(f.value), f"{len(f.repositories):,}", f.what) for n, f in enumerate(facts)]

        def chosen(number: int) -> Step:
            self._only, self._turn = facts[number], 0
            self.top()
            return Move.CLOSE

        return Listing(f"What differs: {one_line(self.kind.name)}", items, chosen, progress="choose to filter")

    def _leave_filter(self) -> Step:
        self._only, self._turn = None, 0
        return None

    def _list(self, *, searching: bool = False) -> Step:
        open_ = self.deciding.waiting()
        waiting = {kind.id: number for kind, number in open_}
        order = [*(kind for kind, _ in open_), *(kind for kind in self._kinds if kind.id not in waiting)]
        items = [self._item(kind, waiting.get(kind.id, 0)) for kind in order]

        def chosen(number: int) -> Step:
            self._open(number)
            return Move.CLOSE

        left = f"{len(waiting)} of {len(self._kinds)} to decide"
        return Listing("Kinds of change", items, chosen, progress=left, searching=searching)

    def _item(self, kind: Reviewed, waiting: int) -> Item[int]:
        said = self.deciding.of_kind(kind)
        right = f"{waiting:,} wait" if waiting else _WORDS[said] if said else "decided"
        group = "To decide" if waiting else "Decided"
        return Item(self._kinds.index(kind), one_line(kind.name), right, group, dim=not waiting)

    def _listed(self) -> Step:
        return repository_list(self.deciding, self.repositories, self._whole)

    def _whole(self, number: int) -> Step:
        return RepositoryPanel(self.deciding, self._planned, number)


def repository_list(deciding: Deciding, numbers: Sequence[int], chosen: Callable[[int], Step]) -> Listing[int]:
    """Repositories with what was decided about each."""
    names_ = deciding.review.repositories
    items = [
        Item(
            number,
            one_line(names_[number].name),
            _WORDS[deciding.state(number)],
            dim=deciding.state(number) is not None,
        )
        for number in numbers
    ]
    return Listing("Repositories", items, chosen, progress=f"{len(items):,}")


class RepositoryPanel(Scrolling):
    """All that changes in one repository, and what is said of it alone."""

    def __init__(self, deciding: Deciding, planned: Planned, number: int) -> None:
        super().__init__()
        self._deciding, self._number = deciding, number
        name = one_line(deciding.review.repositories[number].name)
        self._name = name
        self._files = [_view(name, each) for each in shown(deciding, planned, number, None)]

    @property
    def title(self) -> str:
        return f"Decide about {self._name}"

    def head(self, columns: int) -> list[Line]:
        state = self._deciding.state(self._number)
        kinds = self._deciding.review.repositories[self._number].kinds
        listed = ", ".join(one_line(self._deciding.review.kinds[place].name) for place in kinds)
        lines: list[Line] = two_ends(self._name, _WORDS[state], columns)
        return [*lines, [("", folded(listed, columns)[0])]]

    def body(self, columns: int, rows: int) -> list[Line]:
        lines: list[Line] = []
        for path, view, problem in self._files:
            lines.append([("bold", folded(path, columns)[0])])
            lines += view.lines(columns, LEAST) if view else [[(RED, problem)]]
        return lines

    def keys(self) -> Sequence[Key]:
        return [
            Key(names.APPLY, "approve it", "approve this repository, whatever is said of its kinds", self._approve),
            Key(names.SKIP, "reject it", "reject this repository, and say why", lambda: Outside(self._rejected)),
            Key(names.ESCAPE, "back", "go back to the list", lambda: Move.CLOSE),
        ]

    def _approve(self) -> Step:
        return self._say(Answer.APPLY)

    def _rejected(self) -> Step:
        try:
            reason = ask(f"Why is it not wanted in {self._name}?", "", lambda _: "", above=self.picture)
        except Cancelled:
            return None
        return self._say(Answer.SKIP, one_line(reason))

    def _say(self, answer: Answer, reason: str = "") -> Step:
        self._deciding.say_of_repository(self._number, answer, reason)
        self._deciding.save()
        self.notice = f"{_WORDS[answer].capitalize()}."
        return None


def _view(name: str, each: Shown) -> tuple[str, DiffView | None, str]:
    where = f"{name}: {each.path}" if each.path else name
    return where, DiffView(each.diff) if each.diff else None, each.problem
