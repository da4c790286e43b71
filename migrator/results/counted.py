"""How many of something, in words."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """As in "1 repository" and "2 repositories"; `many` is the plural where it is not formed so."""
    plural = many or (f"{one[:-1]}ies" if one.endswith("y") and one[-2] not in "aeiou" else f"{one}s")
    return f"{number} {one if number == 1 else plural}"
