"""Lines that are too long to show: each is cut to a part, around its change if it has one."""

from __future__ import annotations

_AROUND = 120


def cut_short(text: str, most: int) -> str:
    """The head of a line that is longer than `most`."""
    return text if len(text) <= most else f"{text[:_AROUND]}{_left_out(len(text) - _AROUND)}"


def fitted(one: str, other: str, most: int) -> tuple[str, str]:
    """Two lines, one of them longer than `most`, around the place where they differ."""
    start = 0
    limit = min(len(one), len(other))
    while start < limit and one[start] == other[start]:
        start += 1
    end = 0
    while end < limit - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return _window(one, start, end, most), _window(other, start, end, most)


def _window(text: str, start: int, end: int, most: int) -> str:
    first = max(start - _AROUND, 0)
    last = min(len(text) - end + _AROUND, len(text))
    middle = text[first:last]
    if len(middle) > 2 * most:
        middle = f"{middle[:most]}{_left_out(len(middle) - 2 * most)}{middle[-most:]}"
    head = _left_out(first) if first else ""
    tail = _left_out(len(text) - last) if last < len(text) else ""
    return f"{head}{middle}{tail}"


def _left_out(count: int) -> str:
    return f"⟨{count:,} characters⟩"
