"""A list to choose from, however long: only what fits on the screen is drawn. `/` narrows it down while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from migrator.review.screens import keys as names
from migrator.review.screens.keys import key_bar
from migrator.review.screens.lines import BLUE, Line, shortened, two_ends, width
from migrator.review.screens.panels import framed, room_for
from migrator.review.screens.steps import Move, Step

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Item(Generic[V]):
    """One line of a list: `text` on the left, cut at the edge of the screen, `right` at the right end. `group` is a
    heading above the first of some items that have it. One that is `dim` is done with, and can still be chosen."""

    value: V
    text: str
    right: str = ""
    group: str = ""
    dim: bool = False


class Listing(Generic[V]):
    """`chosen` gets the value of the item that Enter is pressed on, and returns the next step, such as another panel
    or `Move.CLOSE`. Escape goes back; so does `l`. `at` is the number of the item that is marked first, `more` are
    further keys with their words and what they do for the marked item.

    `searching` starts with the cursor in the search, as if `/` had been pressed.
    """

    def __init__(
        self,
        title: str,
        items: Sequence[Item[V]],
        chosen: Callable[[V], Step],
        *,
        progress: str = "",
        at: int = 0,
        searching: bool = False,
        more: Sequence[tuple[str, str, Callable[[V], Step]]] = (),
    ) -> None:
        self._title, self._progress = title, progress
        self._all = items
        self._items = items
        self._chosen = chosen
        self._more = more
        self._at = at
        self._first = 0
        self._room = 1
        self._typing = searching
        self._query = ""
        self.notice = ""

    def draw(self, columns: int, rows: int) -> list[Line]:
        head = two_ends(self._title, self._progress, columns)
        foot = self._foot(columns)
        self._room = room_for(len(head), len(foot), rows)
        self._bring_into_sight()
        return framed(head, self._lines(columns), self._said(), foot, columns, rows)

    def _bring_into_sight(self) -> None:
        if self._at < self._first:
            self._first = self._at
        first, taken = self._at, 1
        while first > self._first:
            taken += 1 + self._begins(first)
            if taken + bool(self._items[first - 1].group) > self._room:
                self._first = first
                return
            first -= 1

    def _begins(self, number: int) -> bool:
        """Whether this item is the first of a group that has a heading."""
        group = self._items[number].group
        return bool(group) and (number == 0 or self._items[number - 1].group != group)

    def _lines(self, columns: int) -> list[Line]:
        """What fits, from the first item in sight on. The heading of its group stays at the top."""
        lines: list[Line] = []
        for number in range(self._first, len(self._items)):
            item = self._items[number]
            if item.group and (self._begins(number) or number == self._first):
                lines.append([("bold", shortened(item.group, columns, at_start=True))])
            lines.append(self._line(item, columns, marked=number == self._at))
            if len(lines) >= self._room:
                break
        return lines or [[("", "Nothing matches." if self._query else "Nothing is left.")]]

    def _line(self, item: Item[V], columns: int, *, marked: bool) -> Line:
        right = shortened(item.right, columns // 2)
        room = columns - 2 - (width(right) + 2 if right else 0)
        text = shortened(item.text, room)
        style = f"bold {BLUE}" if marked else "dim" if item.dim else ""
        return [(style, "> " if marked else "  "), (style, text), ("", " " * (room - width(text) + 2)), (style, right)]

    def _said(self) -> str:
        """What is in the line above the keys: the search, and where in the list this is."""
        where = f"{self._at + 1} of {len(self._items)}" if self._items else ""
        if self._typing:
            return f"Search: {self._query}_   {where}".rstrip()
        found = f"matching {self._query!r}" if self._query else ""
        return " ── ".join(filter(None, (self.notice, f"{where} {found}".strip())))

    def _foot(self, columns: int) -> list[Line]:
        if self._typing:
            return key_bar([("Enter", "done"), ("Escape", "no search"), ("arrows", "move")], columns, 1)
        more = [(name, words) for name, words, _ in self._more]
        return key_bar([("Enter", "open"), ("j/k", "move"), ("/", "search"), *more, ("Escape", "back")], columns, 1)

    def press(self, key: str) -> Step:
        self.notice = ""
        if self._typing and self._typed(key):
            return None
        if key in (names.ESCAPE, names.LIST, names.STOP):
            if not self._query:
                return Move.CLOSE
            self._search("")
            return None
        if key == names.SEARCH:
            self._typing = True
        elif self._moved(key) or not self._items:
            return None
        elif key == names.ENTER:
            return self._chosen(self._items[self._at].value)
        else:
            for name, _, act in self._more:
                if name == key:
                    return act(self._items[self._at].value)
            self.notice = f"{key} has no function here." if len(key) == 1 and key.isprintable() else ""
        return None

    def _typed(self, key: str) -> bool:
        """Take a key of the search; false where it is none."""
        if key == names.ENTER:
            self._typing = False
            # One match needs no second Enter.
            return len(self._items) != 1
        if key == names.ESCAPE:
            self._typing = False
            self._search("")
        elif key == names.BACKSPACE:
            self._search(self._query[:-1])
        elif len(key) == 1 and key.isprintable():
            self._search(self._query + key)
        else:
            return False
        return True

    def _search(self, query: str) -> None:
        """Keep the items that have all words of the query, in any case."""
        marked = self._items[self._at].value if self._items else None
        among = self._items if query.startswith(self._query) else self._all
        self._query = query
        words = query.lower().split()
        self._items = [i for i in among if all(word in f"{i.group} {i.text} {i.right}".lower() for word in words)]
        self._at = next((n for n, item in enumerate(self._items) if item.value == marked), 0)

    def _moved(self, key: str) -> bool:
        page = max(1, self._room - 1)
        by = {
            names.DOWN: 1,
            names.NEXT: 1,
            names.UP: -1,
            names.PREVIOUS: -1,
            " ": page,
            names.PAGE_DOWN: page,
            names.PAGE_UP: -page,
            names.HOME: -len(self._items),
            names.END: len(self._items),
        }.get(key)
        if by is None:
            return False
        self._at = max(0, min(self._at + by, len(self._items) - 1))
        return True
