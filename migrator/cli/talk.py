"""Messages on standard error, one line at a time."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from migrator.errors import MovedWarning
from migrator.results.masking import one_line


def tell(line: str) -> None:
    """Say one line. Control characters are made visible; masking secrets is the caller's business."""
    if sys.stderr is not None:
        print(f"migrate: {one_line(line)}", file=sys.stderr)


@contextmanager
def moved_names_are_told() -> Iterator[None]:
    """Say of each file of an organisation's own rules, once, which names it imports from where they no longer are."""
    told: set[str] = set()
    before = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, MovedWarning):
            before(message, category, filename, lineno, file, line)
        elif (words := f"{_from_here(filename)}: {message}") not in told:
            told.add(words)
            tell(words)

    with warnings.catch_warnings():
        warnings.simplefilter("always", MovedWarning)
        warnings.showwarning = show
        yield


def _from_here(file: str) -> str:
    """A path below the working folder as it is seen from there, any other as it is."""
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118 - plain strings: a path may be no path at all
    return file.removeprefix(here)
