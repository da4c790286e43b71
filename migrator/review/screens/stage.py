"""The full screen that panels are shown on: it draws the top one, gives it the keys, and knows no more about it."""

from __future__ import annotations

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Layout, Window

from migrator.review.screens import keys as names
from migrator.review.screens.lines import Line
from migrator.review.screens.painting import Painted, suspend
from migrator.review.screens.steps import Move, Outside, Panel, Step

_NAMED = {
    Keys.ControlM: names.ENTER,
    Keys.ControlJ: names.ENTER,
    Keys.Escape: names.ESCAPE,
    Keys.ControlH: names.BACKSPACE,
    Keys.Up: names.UP,
    Keys.Down: names.DOWN,
    Keys.PageUp: names.PAGE_UP,
    Keys.PageDown: names.PAGE_DOWN,
    Keys.Left: names.PAGE_UP,
    Keys.Right: names.PAGE_DOWN,
    Keys.Home: names.HOME,
    Keys.End: names.END,
}


class Stage:
    """`Stage(panel).run()` holds a review until a panel ends it."""

    def __init__(self, first: Panel) -> None:
        self._panels = [first]
        self._next: Outside | None = None
        self._application: Application[bool] = Application(
            layout=Layout(Window(Painted(self.picture), always_hide_cursor=True)),
            key_bindings=self._bindings(),
            full_screen=True,
            erase_when_done=True,
        )

    def picture(self, columns: int, rows: int) -> list[Line]:
        """What the top panel shows, for a screen of this size: to be seen above a question too."""
        # Keys that were typed ahead may end the review before it is drawn.
        return self._panels[-1].draw(columns, rows) if self._panels else []

    def run(self) -> bool:
        """True once a panel ends the review; false where the person leaves with Ctrl-C or Ctrl-D, or is gone."""
        while True:
            try:
                if not self._application.run():
                    return False
            except EOFError:
                return False
            while self._next is not None:
                step, self._next = self._next.act(), None
                self._take(step)
            if not self._panels:
                return True

    def _take(self, step: Step) -> bool:
        """Take a step; true where the screen has to be left for it."""
        if step is None:
            return False
        if isinstance(step, Outside):
            self._next = step
            return True
        if step is Move.CLOSE:
            self._panels.pop()
        elif step is Move.END:
            self._panels.clear()
        else:
            self._panels.append(step)
        return not self._panels

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add("<any>")
        # Eager: otherwise a key pressed soon after would be read as if held together with Alt.
        @bindings.add("escape", eager=True)
        def pressed(event: KeyPressEvent) -> None:
            key = event.key_sequence[0].key
            try:
                if self._take(self._panels[-1].press(_NAMED.get(key, key) if isinstance(key, Keys) else key)):
                    event.app.exit(result=True)
            except Exception as error:  # ends the session: the library would print a traceback and wait for Enter
                event.app.exit(exception=error)

        bindings.add("c-z")(suspend)

        @bindings.add("c-c")
        @bindings.add("c-d")
        @bindings.add("<sigint>")
        def interrupted(event: KeyPressEvent) -> None:
            event.app.exit(result=False)

        @bindings.add("c-l")
        def redraw(event: KeyPressEvent) -> None:
            event.app.renderer.clear()

        return bindings
