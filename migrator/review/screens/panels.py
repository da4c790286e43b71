"""Panels of more lines than fit on the screen, with keys at the bottom."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from rich.console import RenderableType

from migrator.review.screens import keys as names
from migrator.review.screens.keys import Key, key_bar, shown_key
from migrator.review.screens.lines import Line, drawn, ruled, two_ends
from migrator.review.screens.prompts import Cancelled, choose
from migrator.review.screens.steps import Move, Outside, Step

_SMALL = 20
"""Rows of a screen on which the keys take one line only."""

MORE = "Space or arrows for more"


def framed(
    head: Sequence[Line], body: Sequence[Line], notice: str, foot: Sequence[Line], columns: int, rows: int
) -> list[Line]:
    """A whole screen: a head, what fits of the body, and keys below a line with a notice in it."""
    room = room_for(len(head), len(foot), rows)
    filled: list[Line] = [*body[:room], *([] for _ in range(room - len(body)))]
    return [*head, ruled("", columns), *filled, ruled(notice, columns), *foot][:rows]


def room_for(head: int, foot: int, rows: int) -> int:
    """How many lines of a body fit between so many lines of a head and of keys."""
    return max(1, rows - head - foot - 2)


class Scrolling(ABC):
    """A panel with a head, a body that scrolls, keys, and a notice about what the last key did.

    Subclasses say what is in it. Arrows, Space, Page Up and Down, Home and End scroll; `?` and Enter list the keys, to
    choose one of them.
    """

    def __init__(self) -> None:
        self.notice = ""
        self._offset = 0
        self._room = 1

    @abstractmethod
    def head(self, columns: int) -> list[Line]:
        """The lines that stay at the top."""

    @abstractmethod
    def body(self, columns: int, rows: int) -> list[Line]:
        """All lines of the body. `rows` of them fit: whoever has more to show than needed fills these."""

    @abstractmethod
    def keys(self) -> Sequence[Key]:
        """What can be pressed now, the most important first."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What the list of keys is about, as a question."""

    def draw(self, columns: int, rows: int) -> list[Line]:
        head, foot = self.head(columns), self._foot(columns, rows)
        self._room = room_for(len(head), len(foot), rows)
        body = self.body(columns, self._room)
        self._offset = max(0, min(self._offset, len(body) - self._room))
        notice = self.notice
        if len(body) > self._room:
            last = self._offset + self._room
            where = f"lines {self._offset + 1}-{last} of {len(body)}, {MORE}"
            notice = f"{notice} ── {where}" if notice else where
        return framed(head, body[self._offset :], notice, foot, columns, rows)

    def picture(self, columns: int, rows: int) -> list[Line]:
        """The same without keys, to be seen above a question."""
        head = self.head(columns)
        room = max(1, rows - len(head) - 1)
        body = self.body(columns, room)[self._offset :]
        return [*head, ruled("", columns), *body[:room]][:rows]

    def press(self, key: str) -> Step:
        if self._scrolled(key):
            return None
        if key in (names.KEYS, names.ENTER):
            return Outside(self._menu)
        found = next((each for each in self.keys() if each.key == key), None)
        if found is not None:
            self.notice = ""
            return found.act()
        if len(key) == 1:
            self.notice = f"{key} has no function here." if key.isprintable() else ""
        return None

    def top(self) -> None:
        """Show the beginning."""
        self._offset = 0

    def _scrolled(self, key: str) -> bool:
        page = max(1, self._room - 1)
        by = {
            " ": page,
            names.PAGE_DOWN: page,
            names.PAGE_UP: -page,
            names.DOWN: 1,
            names.UP: -1,
            names.HOME: -(10**9),
            names.END: 10**9,
        }.get(key)
        if by is None:
            return False
        self._offset = max(0, self._offset + by)
        return True

    def _foot(self, columns: int, rows: int) -> list[Line]:
        bar = [(shown_key(each.key), each.short) for each in self.keys()]
        return key_bar([*bar, (names.KEYS, "all keys")], columns, 1 if rows < _SMALL else 2)

    def _menu(self) -> Step:
        """List the keys with what they do, and do what is chosen."""
        found = {each.key: each for each in self.keys()}
        long = [(key, each.long) for key, each in found.items()]
        try:
            pressed = choose(self.title, long, keys=True, above=self.picture)
        except Cancelled:
            return None
        self.notice = ""
        return found[pressed].act()


class Page(Scrolling):
    """A text to read, such as the page of a rule; Escape, `q`, Enter or the key that opened it closes it."""

    def __init__(self, left: str, right: str, text: Sequence[RenderableType], key: str) -> None:
        super().__init__()
        self._left, self._right, self._text = left, right, text
        self._closing = (names.ESCAPE, names.ENTER, names.STOP, names.KEYS, key)
        self._drawn: tuple[int, list[Line]] | None = None

    @property
    def title(self) -> str:
        return self._left

    def head(self, columns: int) -> list[Line]:
        return two_ends(self._left, self._right, columns)

    def body(self, columns: int, rows: int) -> list[Line]:
        if self._drawn is None or self._drawn[0] != columns:
            self._drawn = columns, drawn(self._text, columns)
        return self._drawn[1]

    def keys(self) -> Sequence[Key]:
        return ()

    def press(self, key: str) -> Step:
        if key in self._closing:
            return Move.CLOSE
        self._scrolled(key)
        return None

    def _foot(self, columns: int, rows: int) -> list[Line]:
        return key_bar([("Space", "more"), ("Escape", "back")], columns, 1)
