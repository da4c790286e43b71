"""The files of a session: which is shown, which wait in which order, which were put aside, and what became of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from migrator.engine.outcomes import Outcome
from migrator.review.file_review import FileReview
from migrator.review.scan import proposed


class Queue:
    """Files are known by their place among the scanned ones. `at` is the one that is shown."""

    def __init__(self, scanned: Sequence[Outcome]) -> None:
        self.scanned = list(scanned)
        self.at = -1
        self.parked: dict[int, FileReview] = {}
        """Reviews that were put aside with something open, with all that was decided in them."""

        self._waiting = deque(range(len(scanned)))
        self._done: dict[int, Outcome] = {}
        asked = [place for place, outcome in enumerate(scanned) if proposed(outcome)]
        self._numbers = {place: number for number, place in enumerate(asked, 1)}

    @property
    def number(self) -> int:
        """The number of the shown file among those with findings, from 1."""
        return self._numbers[self.at]

    @property
    def count(self) -> int:
        """How many files have findings."""
        return len(self._numbers)

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of the files that are finished, in the order of all files."""
        return [self._done[place] for place in sorted(self._done)]

    def waiting(self) -> Iterator[int]:
        """The files behind the shown one that have findings, in the order in which they come."""
        return (place for place in self._waiting if place in self._numbers)

    def next(self) -> Outcome | None:
        """Move to the next file; `None` where there is none."""
        if not self._waiting:
            return None
        self.at = self._waiting.popleft()
        return self.scanned[self.at]

    def finish(self, outcome: Outcome) -> None:
        """The shown file is finished."""
        self._done[self.at] = outcome

    def put_aside(self, review: FileReview, target: int) -> None:
        """Put the shown file aside, so that `target` comes next, then those behind that one, then those before it."""
        self.parked[self.at] = review
        others = sorted({*self._waiting, self.at} - {target})
        self._waiting = deque([target, *(p for p in others if p > target), *(p for p in others if p < target)])

    def again(self, scanned: Outcome) -> None:
        """The shown file has changed: it comes next, with what was found in it now."""
        self.scanned[self.at] = scanned
        self._waiting.appendleft(self.at)
        if proposed(scanned):
            self._numbers.setdefault(self.at, len(self._numbers) + 1)

    def leave(self) -> None:
        """Nothing more is asked: all other files are as they were scanned."""
        for place, outcome in enumerate(self.scanned):
            self._done.setdefault(place, outcome)
        self._waiting.clear()
        self.parked.clear()
