"""A session over many files: what is asked next, and what each answer does. Independent of any terminal.

Every answer is stored in the decision log before anything else happens. A file is passed to `write` once nothing in it
is open, and never touched again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import NamedTuple, TypeVar

from migrator.documents import open_document
from migrator.engine.batch import stopped
from migrator.engine.limits import FILE_TIMEOUT, TooSlowError, time_limit
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.engine.passes import Proposal
from migrator.engine.views import read_siblings
from migrator.errors import ReadError
from migrator.policy import Policy
from migrator.results.decisions import Answer, DecisionLog, Values
from migrator.results.masking import Mask
from migrator.review.file_review import FileReview
from migrator.review.given import Given
from migrator.review.memory import LogMemory
from migrator.review.queue import Queue
from migrator.review.scan import Siblings, proposed, scan
from migrator.review.values import Setting
from migrator.rule import Rule

R = TypeVar("R")
_STOPPED = object()


class End(Enum):
    """How a session ended."""

    OPEN = "open"
    DONE = "done"
    STOPPED = "stopped"
    DISCARDED = "discarded"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class Scope(Enum):
    """What changed values apply to, besides the fix that is shown."""

    FIX = "fix"
    FILE = "file"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Question:
    """A finding that waits for an answer. All numbers count from 1; files without findings are not counted."""

    path: str
    proposal: Proposal
    number: int
    total: int
    file: int
    files: int
    given: Given | None
    values: Values


class Left(NamedTuple):
    """A finding that waits for an answer; `place` is that of its file among all."""

    place: int
    path: str
    located: Located


class Session:
    """`question` is what is asked; once it is `None`, `outcomes` has the outcome of every file.

    `scanned` are the outcomes of a run that applies nothing. `read` raises `ReadError`; `siblings` gives the other
    files of a packed source tree, `known` are the ids of all existing rules. A file whose rules run longer than
    `file_timeout` seconds after an answer (0 for no limit) is left unchanged and failed; its decisions are kept.
    """

    def __init__(
        self,
        scanned: Sequence[Outcome],
        rules: Sequence[Rule],
        policy: Policy,
        log: DecisionLog,
        read: Callable[[str], bytes],
        write: Callable[[Outcome], Outcome],
        siblings: Callable[[str], Siblings] = lambda _path: (),
        known: Collection[str] | None = None,
        file_timeout: float = FILE_TIMEOUT,
    ) -> None:
        self.log = log
        self.policy = policy
        self.end = End.OPEN
        self.asked = 0
        self._queue = Queue(scanned)
        self._rules = rules
        self._read = read
        self._write = write
        self._siblings = siblings
        self._known = known
        self._limit = file_timeout
        self._everywhere: dict[str, Given] = {}
        self._values: Values = ()
        self._review: FileReview | None = None
        self._texts: dict[int, bytes] = {}
        """What was read of the files that are shown or put aside."""

        self._secrets = {secret for o in scanned if not isinstance(o, Skipped) for secret in o.secrets}
        self._mask = Mask(self._secrets)
        self._go_on()

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of the files that are finished, in the order of all files."""
        return self._queue.outcomes

    @property
    def question(self) -> Question | None:
        review = self._review
        if review is None or review.proposal is None:
            return None
        number = review.number
        total = max(number, len(review.listed))
        file, files = self._queue.number, self._queue.count
        return Question(review.path, review.proposal, number, total, file, files, review.given, review.values)

    @property
    def place(self) -> int:
        """Which of all files is shown, as in `Left.place`."""
        return self._queue.at

    @property
    def mask(self) -> Mask:
        """Hides the secrets of every file, those of the shown finding among them."""
        if self._review and self._review.proposal:
            proposal = self._review.proposal
            new = proposal.secrets - self._secrets
            if new:
                self._secrets |= new
                self._mask = Mask(self._secrets)
        return self._mask

    @property
    def settings(self) -> list[Setting]:
        """The values of the shown fix that can be changed."""
        return self._shown().settings

    def answer(self, answer: Answer) -> None:
        """Apply or skip the shown fix, or mark a finding without a fix as read."""
        self.asked += 1
        self._do(lambda review: review.answer(answer))

    def answer_rule(self, answer: Answer, *, everywhere: bool) -> None:
        """Give the same answer to all findings of the rule in this file, or also in the files after it."""
        self.asked += 1
        self._do(lambda review: review.answer_rule(answer, everywhere=everywhere))

    def skip_file(self) -> None:
        self.asked += 1
        self._do(FileReview.skip)

    def back(self) -> bool:
        """Show the last decision about this file again; false if there is none."""
        return bool(self._do(FileReview.back))

    def undo(self) -> bool:
        """Undo the last decision about this file, or the one shown again; false if there is none."""
        return bool(self._do(FileReview.undo))

    def change(self, values: Values, scope: Scope) -> bool:
        """Run the rules again with other values for the shown fix, which must have passed `with_values`. False, with
        nothing changed, if the fix does not use them."""
        changed = bool(self._do(lambda review: review.change(values, rest=scope is not Scope.FIX)))
        if changed and scope is Scope.RUN:
            self._values = values
            for parked in self._queue.parked.values():
                parked.resume(values)
        return changed

    def left(self) -> list[Left]:
        """Every finding that waits for an answer, in all files, as far as they are known."""
        open_ = self._queue.parked | ({self._queue.at: self._review} if self._review else {})
        found: list[Left] = []
        for place in sorted({*self._queue.waiting(), *open_}):
            scanned = self._queue.scanned[place]
            review = open_.get(place)
            waiting = review.left() if review else self._unanswered(scanned)
            found += [Left(place, scanned.path, each) for each in waiting]
        return found

    def _unanswered(self, scanned: Outcome) -> Iterator[Located]:
        """What is open in a file that nobody has looked at yet."""
        memory = LogMemory(self.log, scanned.path, self.policy)
        for finding in proposed(scanned):
            given = self._everywhere.get(finding.rule)
            covered = given is not None and (finding.fix or given.answer is not Answer.APPLY)
            if not covered and memory.find(finding.rule, finding.fingerprint) is None:
                yield finding

    def look(self, by: int) -> bool:
        """Show the next finding (1) or the one before (-1) without deciding, in another file where this one has no
        more; false where there is none."""
        if self._do(lambda review: review.step(by)):
            return True
        there = [each for each in self.left() if (each.place - self._queue.at) * by > 0]
        return bool(there) and self.jump(there[0 if by > 0 else -1])

    def jump(self, left: Left) -> bool:
        """Show a finding that is left, its file put before others; false where it does not come up any more."""
        review = self._shown()
        if left.place != self._queue.at:
            self._queue.put_aside(review, left.place)
            self._review = None
            self._go_on()
        if self._review is None or self._queue.at != left.place:
            return False
        return bool(self._do(lambda review: review.look(left.located.fingerprint)))

    def read_again(self) -> Outcome | None:
        """Look anew at the shown file, which somebody may have changed; what was decided in it stays decided.

        `None` where it is as it was. Where it cannot be read now, `Failed`: the text of before is shown on, and nothing
        can be written over the new one.
        """
        review = self._shown()
        assert review.proposal is not None
        shown = review.proposal.located.fingerprint
        try:
            data = self._read(review.path)
        except ReadError as error:
            return Failed(review.path, str(error))
        if data == self._texts[self._queue.at]:
            return None
        siblings = self._siblings(review.path)
        scanned = self._in_time(
            review.path, lambda: scan(review.path, data, self._rules, self.policy, siblings, known=self._known)
        )
        if isinstance(scanned, Failed):
            return scanned
        if isinstance(scanned, Changed | Unchanged):
            self._show_anew(scanned, shown)
            return scanned
        self._go_on()  # it took too long
        return None

    def _show_anew(self, scanned: Changed | Unchanged, fingerprint: str) -> None:
        self._secrets |= scanned.secrets
        self._mask = Mask(self._secrets)
        self._review = None
        self._queue.again(scanned)
        self._go_on()
        if self._review is not None and self._review.path == scanned.path:
            self._do(lambda review: review.look(fingerprint))

    def leave_out(self, failed: Failed) -> None:
        """Go on without the shown file, which has failed meanwhile."""
        self._review = None
        self._queue.finish(failed)
        self._go_on()

    def stop(self) -> None:
        """Write what was accepted in this file, and in those put aside; leave the rest open."""
        for place, review in {self._queue.at: self._shown(), **self._queue.parked}.items():
            self._queue.at = place
            if self._in_time(review.path, review.finish) is not _STOPPED:
                self._close(review)
        self._leave(End.STOPPED)

    def discard(self) -> None:
        """Write nothing of this file and forget every decision of this session. Files already written stay written."""
        self.log.forget()
        self._leave(End.DISCARDED)

    def interrupt(self) -> None:
        """Leave this file unchanged and keep every decision."""
        self._leave(End.INTERRUPTED)

    def fail(self) -> None:
        """End after an error in any of the above."""
        self._leave(End.FAILED)

    def _leave(self, end: End) -> None:
        self._review = None
        self._queue.leave()
        self.end = end

    def _shown(self) -> FileReview:
        assert self._review is not None
        return self._review

    def _do(self, act: Callable[[FileReview], R]) -> R | object:
        """Let the rules run for the shown file, and go on where nothing in it is open any more."""
        review = self._shown()
        done = self._in_time(review.path, lambda: act(review))
        self._go_on()
        return done if done is not _STOPPED else None

    def _in_time(self, path: str, act: Callable[[], R]) -> R | object:
        """What an act returns; `_STOPPED` where it took too long, and the file has failed."""
        try:
            with time_limit(self._limit):
                return act()
        except TooSlowError:
            self._review = None
            self._queue.finish(stopped(path, self._limit))
            return _STOPPED

    def _go_on(self) -> None:
        """Write what is finished and open files until one has a question."""
        while True:
            if self._review is not None:
                if self._review.proposal is not None:
                    return
                self._close(self._review)
            scanned = self._queue.next()
            if scanned is None:
                self.end = End.DONE
                return
            listed = proposed(scanned)
            if not listed:
                self._queue.finish(scanned)
                continue
            parked = self._queue.parked.pop(self._queue.at, None)
            self._in_time(scanned.path, partial(self._open, scanned.path, listed, parked))

    def _open(self, path: str, listed: Sequence[Located], parked: FileReview | None) -> None:
        if parked is not None:
            self._review = parked
            parked.resume()
            return
        try:
            data = self._texts[self._queue.at] = self._read(path)
            document = open_document(path, data)
        except ReadError as error:
            self._queue.finish(Failed(path, str(error)))
            return
        self._review = FileReview(
            path,
            document,
            self._rules,
            self.policy,
            LogMemory(self.log, path, self.policy),
            listed=listed,
            everywhere=self._everywhere,
            values=self._values,
            siblings=read_siblings(self._siblings(path)),
            known=self._known,
        )

    def _close(self, review: FileReview) -> None:
        self._review = None
        self._texts.pop(self._queue.at, None)
        assert review.outcome is not None
        review.carry()
        self._queue.finish(self._write(review.outcome))
