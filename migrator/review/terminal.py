"""A session in a terminal: keys and drawing only. `session` decides what they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from rich.text import Text

from migrator.review.keys import EDIT, PAGE, Key, keys_for
from migrator.review.preview import Preview, preview
from migrator.review.screen import Screen, finding_screen, key_lines, page_screen
from migrator.review.screens.painting import suspend
from migrator.review.screens.prompts import Cancelled, ask, choose
from migrator.review.session import Question, Scope, Session
from migrator.review.values import IMAGE, Setting, as_written, merged, what_is_wrong

_MENU, _EDIT, _STOP = "menu", "edit", "interrupt"
_DOWN = ("pagedown", " ", "right")
_UP = ("pageup", "left")


def review(session: Session, pages: Mapping[str, Path]) -> None:
    """Ask until the session is over. `pages` are the pages of its rules."""
    reviewer = _Reviewer(session, pages)
    while session.question is not None:
        try:
            wanted = reviewer.application.run()
        except EOFError:
            wanted = _STOP
        if wanted == _STOP:
            session.interrupt()
        elif wanted == _MENU:
            reviewer.menu()
        elif wanted == _EDIT:
            reviewer.edit()


class _Reviewer:
    def __init__(self, session: Session, pages: Mapping[str, Path]) -> None:
        self._session = session
        self._pages = pages
        self._offset = 0
        self._room = 1
        self._length = 0
        self._notice = ""
        self._page: Screen | None = None
        self._refresh()
        self.application: Application[str] = Application(
            layout=Layout(Window(FormattedTextControl(self._draw, show_cursor=False), always_hide_cursor=True)),
            key_bindings=self._bindings(),
            full_screen=True,
            erase_when_done=True,
        )

    def _refresh(self) -> None:
        """Show the current question of the session."""
        self._offset = 0
        question = self._session.question
        if question is None:
            return
        self._question: Question = question
        self._shown: Preview = preview(question, self._session.mask, self._pages.get(question.proposal.located.rule))
        self._screen: Screen = finding_screen(self._shown)
        self._keys: dict[str, Key] = {
            key.key: key for key in keys_for(fix=self._shown.fix, editable=self._shown.fix and bool(self._settings))
        }

    @property
    def _settings(self) -> list[Setting]:
        return self._session.settings

    def _draw(self) -> ANSI:
        size = get_app().output.get_size()
        columns, rows = size.columns, size.rows
        screen = self._page or self._screen
        head, body = screen.lines(columns)
        notice = self._notice
        foot = key_lines([], columns, page=True) if self._page else key_lines(list(self._keys.values()), columns)
        self._room = max(1, rows - len(head) - len(foot) - 2)
        self._length = len(body)
        self._offset = max(0, min(self._offset, self._length - self._room))
        visible = body[self._offset : self._offset + self._room]
        if self._length > self._room:
            last = self._offset + len(visible)
            where = f"lines {self._offset + 1}-{last} of {self._length}, Space or arrows for more"
            notice = f"{notice} ── {where}" if notice else where
        lines = [*head, "─" * columns, *visible, *[""] * (self._room - len(visible)), _rule(notice, columns), *foot]
        return ANSI("\n".join(lines[:rows]))

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add("<any>")
        def pressed(event: KeyPressEvent) -> None:
            try:
                self._press(event.key_sequence[0].key, event)
            except Exception as error:  # ends the session: the library would print a traceback and wait for Enter
                event.app.exit(exception=error)

        bindings.add("c-z")(suspend)

        @bindings.add("c-c")
        @bindings.add("c-d")
        @bindings.add("<sigint>")
        def interrupted(event: KeyPressEvent) -> None:
            event.app.exit(result=_STOP)

        @bindings.add("enter")
        def menu(event: KeyPressEvent) -> None:
            if self._page:
                self._close_page()
            else:
                event.app.exit(result=_MENU)

        @bindings.add("escape", eager=True)
        def leave(event: KeyPressEvent) -> None:
            self._close_page()

        @bindings.add("c-l")
        def redraw(event: KeyPressEvent) -> None:
            event.app.renderer.clear()

        def scroll(by: int, *keys: str, pages: bool = False) -> None:
            for key in keys:

                @bindings.add(key)
                def move(event: KeyPressEvent) -> None:
                    self._offset += by * (max(1, self._room - 1) if pages else 1)

        scroll(1, *_DOWN, pages=True)
        scroll(-1, *_UP, pages=True)
        scroll(1, "down")
        scroll(-1, "up")
        scroll(-(10**9), "home")
        scroll(10**9, "end")
        return bindings

    def _close_page(self) -> None:
        if self._page:
            self._page = None
            self._offset = 0

    def _press(self, pressed: str, event: KeyPressEvent) -> None:
        if self._page:
            if pressed in ("q", PAGE.key):
                self._close_page()
            return
        key = self._keys.get(pressed)
        if key is None:
            if len(pressed) == 1:
                self._notice = f"{pressed} has no function here."
            return
        if key is EDIT:
            event.app.exit(result=_EDIT)
        elif key is PAGE:
            self._open_page()
        else:
            self._act(key)
            if self._session.question is None:
                event.app.exit(result="")

    def _act(self, key: Key) -> None:
        assert key.act is not None
        self._notice = key.act(self._session)
        self._refresh()

    def _open_page(self) -> None:
        rule = self._shown.rule
        self._page = page_screen(rule, self._pages.get(rule))
        self._offset = 0

    def menu(self) -> None:
        """Ask what to do with the shown finding, without having to know the keys."""
        self._notice = ""
        question = f"{self._shown.path}, {self._shown.place}: {self._shown.message}"
        try:
            pressed = choose(question, [(key.key, key.long) for key in self._keys.values()], keys=True)
        except Cancelled:
            return
        key = self._keys[pressed]
        if key is EDIT:
            self.edit()
        elif key is PAGE:
            self._open_page()
        else:
            self._act(key)

    def edit(self) -> None:
        """Ask for another value of the shown fix, and what else it applies to."""
        self._notice = ""
        settings = {setting.key: setting for setting in self._settings}
        values = self._question.values
        try:
            key = choose("Which value?", [(s.key, f"{s.label}: {s.value}") for s in settings.values()])
            setting = settings[key]

            def wrong(text: str) -> str:
                return what_is_wrong(self._session.policy, values, key, text)

            text = ask(f"{setting.label}:", setting.value, wrong)
            scope = Scope.FIX if key == IMAGE else Scope(choose("For what?", _SCOPES))
        except Cancelled:
            return
        changed = self._session.change(merged(values, key, as_written(key, text)), scope)
        self._refresh()
        self._notice = "Changed. Press y to apply." if changed else "This fix does not use that value."


_SCOPES = (
    (Scope.FIX.value, "this fix only"),
    (Scope.FILE.value, "this fix and all after it in this file"),
    (Scope.RUN.value, "this fix and all after it in this session"),
)


def _rule(notice: str, columns: int) -> str:
    """A line across the screen, with a notice in it if there is one."""
    words = Text(f"── {notice} " if notice else "")
    words.truncate(columns)
    return words.plain + "─" * (columns - words.cell_len)
