"""One finding on the screen of a session: its words and its diff, and what each key does about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from migrator.engine.outcomes import Failed
from migrator.errors import UsageError
from migrator.results.decisions import Answer
from migrator.results.masking import one_line
from migrator.review.editing import change_value
from migrator.review.editor import edit
from migrator.review.preview import Preview, preview
from migrator.review.rest import rest_lines, rest_of
from migrator.review.screens import keys as names
from migrator.review.screens.diff import DiffView
from migrator.review.screens.keys import Key
from migrator.review.screens.lines import Line, drawn, two_ends
from migrator.review.screens.listing import Item, Listing
from migrator.review.screens.panels import Page, Scrolling
from migrator.review.screens.prompts import Cancelled, choose, confirm
from migrator.review.screens.steps import Move, Outside, Step
from migrator.review.screens.texts import rule_page
from migrator.review.session import Left, Question, Session

_SAFETY = {"safe": "bold green", "review": "bold magenta", "manual": "bold red"}
_AGAIN, _LEAVE = "again", "leave"


class FindingPanel(Scrolling):
    """The question of a session. `pages` are the pages of its rules."""

    def __init__(self, session: Session, pages: Mapping[str, Path]) -> None:
        super().__init__()
        self._session = session
        self._pages = pages
        self._explained: dict[str, str] = {}
        """Where the reason of each rule was shown: with the first finding of it, and not again."""

        self._came_from: Left | None = None
        """What was asked before the person began to look at others."""

        self._refresh()

    def _refresh(self) -> None:
        """Show the current question of the session."""
        self.top()
        question = self._session.question
        if question is None:
            return
        located = question.proposal.located
        self._question: Question = question
        self._shown: Preview = preview(question, self._session.mask, self._pages.get(located.rule))
        first = self._explained.setdefault(located.rule, f"{question.path}:{located.fingerprint}")
        self._explains = first == f"{question.path}:{located.fingerprint}"
        self._diff = DiffView(self._shown.diff)
        self._words: tuple[int, list[Line]] | None = None
        self._keys = list(self._all_keys())

    @property
    def title(self) -> str:
        return "What next?"

    def head(self, columns: int) -> list[Line]:
        return two_ends(self._shown.path, self._shown.progress, columns)

    def body(self, columns: int, rows: int) -> list[Line]:
        if self._words is None or self._words[0] != columns:
            self._words = columns, [*drawn(_words(self._shown, explains=self._explains), columns), []]
        words = self._words[1]
        return [*words, *self._diff.lines(columns, rows - len(words))]

    def keys(self) -> Sequence[Key]:
        return self._keys

    def press(self, key: str) -> Step:
        if key == names.ESCAPE:
            self.notice = ""
            return self._escape()
        return super().press(key)

    def _all_keys(self) -> Iterator[Key]:
        session = self._session
        if self._shown.fix:
            yield Key(names.APPLY, "apply", "apply this fix", self._answer(Answer.APPLY))
            yield Key(names.SKIP, "skip", "skip this fix", self._answer(Answer.SKIP))
            yield Key(
                names.APPLY_HERE, "all in file", "apply all fixes of this rule in this file", self._rule(Answer.APPLY)
            )
            yield Key(
                names.APPLY_ALL,
                "all",
                "apply all fixes of this rule everywhere, after a look at how many",
                self._apply_all,
            )
        else:
            yield Key(names.SKIP, "next", "next: this one has no fix to apply", self._answer(Answer.READ))
        yield Key(names.SKIP_HERE, "none in file", "skip all of this rule in this file", self._rule(Answer.SKIP))
        yield Key(names.SKIP_ALL, "none", "skip all of this rule everywhere", self._rule(Answer.SKIP, everywhere=True))
        if self._shown.fix and session.settings:
            yield Key(
                names.EDIT, "edit", "change a value of this fix: context, variable, image", lambda: Outside(self._edit)
            )
        yield Key(names.BACK, "back", "go back to the last decision (Escape too)", self._back)
        yield Key(names.NEXT, "next", "look at the next finding, without deciding", self._look(1))
        yield Key(names.PREVIOUS, "previous", "look at the finding before, without deciding", self._look(-1))
        yield Key(names.LIST, "list", "list what is left, to jump to a finding", self._list)
        yield Key(
            names.SEARCH, "search", "search what is left: by file, rule, job, image", lambda: self._list(searching=True)
        )
        yield Key(names.WHY, "why", "read why: the page of this rule", self._why)
        yield Key(names.UNDO, "undo", "undo the last decision", self._undo)
        yield Key(names.OPEN, "open", "open the file at this line in your editor", lambda: Outside(self._open))
        yield Key(names.LEAVE_OUT, "skip file", "skip this file: leave it unchanged", self._act(session.skip_file))
        yield Key(names.STOP, "stop", "stop: write what was accepted, keep all decisions", self._act(session.stop))
        yield Key(
            names.DISCARD,
            "discard",
            "stop: forget the decisions of this session; the open file stays unchanged",
            self._act(session.discard),
        )

    def _done(self, notice: str = "") -> Step:
        """Show what is asked now."""
        self.notice = notice
        if self._session.question is None:
            return Move.END
        self._refresh()
        return None

    def _act(self, act: Callable[[], object]) -> Callable[[], Step]:
        def decide() -> Step:
            self._came_from = None
            act()
            return self._done()

        return decide

    def _answer(self, answer: Answer) -> Callable[[], Step]:
        return self._act(lambda: self._session.answer(answer))

    def _rule(self, answer: Answer, *, everywhere: bool = False) -> Callable[[], Step]:
        return self._act(lambda: self._session.answer_rule(answer, everywhere=everywhere))

    def _apply_all(self) -> Step:
        rest = rest_of(self._session, self._shown.rule)
        apply = self._rule(Answer.APPLY, everywhere=True)
        if len(rest.fixes) < 2:
            return apply()

        def ask() -> Step:
            try:
                return apply() if confirm("Apply all of these, and write the files?", above=above) else None
            except Cancelled:
                return None

        def above(columns: int, rows: int) -> list[Line]:
            return rest_lines(self._session, rest, columns, rows)

        return Outside(ask)

    def _back(self) -> Step:
        self._came_from = None
        return self._done("" if self._session.back() else "This is the first decision in this file.")

    def _undo(self) -> Step:
        self._came_from = None
        return self._done("Undone." if self._session.undo() else "There is no decision in this file to undo.")

    def _escape(self) -> Step:
        """One question back: to what was asked before looking around, else to the last decision."""
        asked, self._came_from = self._came_from, None
        if asked is not None:
            return self._go_to(asked)
        return self._back()

    def _go_to(self, left: Left) -> Step:
        found = self._session.jump(left)
        return self._done("" if found else "That finding is gone: other answers removed it.")

    def _here(self) -> Left:
        return Left(self._session.place, self._question.path, self._question.proposal.located)

    def _look(self, by: int) -> Callable[[], Step]:
        def look() -> Step:
            here = self._here()
            if not self._session.look(by):
                return self._done("This is the last finding." if by > 0 else "This is the first finding.")
            self._came_from = self._came_from or here
            return self._done()

        return look

    def _list(self, *, searching: bool = False) -> Step:
        left = self._session.left()
        here = self._here()
        shown = (here.place, here.located.fingerprint)
        at = next((n for n, each in enumerate(left) if (each.place, each.located.fingerprint) >= shown), 0)
        at = next((n for n, each in enumerate(left) if (each.place, each.located.fingerprint) == shown), at)

        def chosen(left: Left) -> Step:
            self._came_from = self._came_from or here
            return self._go_to(left) or Move.CLOSE

        items = [
            Item(
                each,
                f"{each.located.line:>5}  {self._clean(each.located.message)}",
                each.located.rule,
                self._clean(each.path),
            )
            for each in left
        ]
        return Listing("What is left", items, chosen, progress=f"{len(left)} open", at=at, searching=searching)

    def _clean(self, text: str) -> str:
        return one_line(self._session.mask.text(text)).expandtabs(1)

    def _why(self) -> Step:
        rule = self._shown.rule
        return Page(f"rule {rule}", "", rule_page(rule, self._pages.get(rule)), names.WHY)

    def _edit(self) -> Step:
        """Ask for another value of the shown fix, and what else it applies to."""
        self.notice = ""
        changed = change_value(self._session, self._question.values, self.picture)
        if changed is None:
            return None
        return self._done("Changed. Press y to apply." if changed else "This fix does not use that value.")

    def _open(self) -> Step:
        """Let the person edit the file, and show what is found in it then."""
        while True:
            try:
                edit(self._question.path, self._question.proposal.located.line)
                said = ""
            except UsageError as error:
                said = f"{error}."
            outcome = self._session.read_again()
            if not isinstance(outcome, Failed):
                self._came_from = None
                return self._done(said or ("" if outcome is None else "The file has changed: it was read again."))
            reason = one_line(self._session.mask.text(outcome.reason))
            choices = [(_AGAIN, "open it again"), (_LEAVE, "go on without this file")]
            try:
                answer = choose(f"The file cannot be read now: {reason}", choices, above=self.picture)
            except Cancelled:
                return self._done("The file has changed: what is accepted here cannot be written.")
            if answer == _LEAVE:
                self._session.leave_out(outcome)
                return self._done()


def _words(shown: Preview, *, explains: bool) -> Iterator[RenderableType]:
    state = f"   (decided: {shown.given})" if shown.given else ""
    yield Text.assemble((shown.rule, "bold"), f", {shown.place}, ", (shown.safety, _SAFETY[shown.safety]), state)
    yield Text(shown.message)
    if shown.why and explains:
        yield Text(f"Why: {shown.why}", "italic")
    for need in shown.needs:
        yield Text(f"Needs: {need}")
    for warning in shown.warnings:
        yield Text(f"Warning: {warning}", "magenta")
    for value in shown.values:
        yield Text(f"Changed value: {value}", "cyan")
    if shown.problem:
        yield Text(f"Cannot be applied here: {shown.problem}", "bold red")
