"""A session over many files: what is asked next, and what each answer does. Independent of any terminal.

Every answer is stored in the decision log before anything else happens. A file is passed to `write` once nothing in it
is open, and never touched again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TypeVar

from migrator.documents import open_document
from migrator.engine.batch import stopped
from migrator.engine.limits import FILE_TIMEOUT, TooSlowError, time_limit
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.engine.passes import UNUSED_SUPPRESSION, Proposal
from migrator.engine.views import read_siblings
from migrator.errors import ReadError
from migrator.policy import Policy
from migrator.results.decisions import Answer, DecisionLog, Values
from migrator.results.masking import Mask
from migrator.review.file_review import FileReview, Given
from migrator.review.memory import LogMemory
from migrator.review.scan import Siblings
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
        self.outcomes: list[Outcome] = []
        self.asked = 0
        self._scanned = scanned
        self._rules = rules
        self._read = read
        self._write = write
        self._siblings = siblings
        self._known = known
        self._limit = file_timeout
        self._everywhere: dict[str, Given] = {}
        self._values: Values = ()
        self._review: FileReview | None = None
        self._file = 0
        self._files = sum(bool(proposed(outcome)) for outcome in scanned)
        self._secrets = {secret for o in scanned if not isinstance(o, Skipped) for secret in o.secrets}
        self._mask = Mask(self._secrets)
        self._waiting = iter(scanned)
        self._go_on()

    @property
    def question(self) -> Question | None:
        review = self._review
        if review is None or review.proposal is None:
            return None
        number = review.number
        total = max(number, len(review.listed))
        return Question(
            review.path, review.proposal, number, total, self._file, self._files, review.given, review.values
        )

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
        return changed

    def stop(self) -> None:
        """Write what was accepted in this file; leave the rest open."""
        if self._in_time(self._shown().path, self._shown().finish) is not _STOPPED:
            self._close(self._shown())
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
        self.outcomes += self._scanned[len(self.outcomes) :]
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
            self.outcomes.append(stopped(path, self._limit))
            return _STOPPED

    def _go_on(self) -> None:
        """Write what is finished and open files until one has a question."""
        while True:
            if self._review is not None:
                if self._review.proposal is not None:
                    return
                self._close(self._review)
            scanned = next(self._waiting, None)
            if scanned is None:
                self.end = End.DONE
                return
            listed = proposed(scanned)
            if not listed:
                self.outcomes.append(scanned)
                continue
            self._file += 1
            self._in_time(scanned.path, partial(self._open, scanned.path, listed))

    def _open(self, path: str, listed: Sequence[Located]) -> None:
        try:
            document = open_document(path, self._read(path))
        except ReadError as error:
            self.outcomes.append(Failed(path, str(error)))
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
        assert review.outcome is not None
        review.carry()
        self.outcomes.append(self._write(review.outcome))


def proposed(outcome: Outcome) -> tuple[Located, ...]:
    """The findings that are left in a file and that can be decided."""
    left = outcome.left if isinstance(outcome, Changed | Unchanged) else ()
    return tuple(finding for finding in left if finding.rule != UNUSED_SUPPRESSION)
