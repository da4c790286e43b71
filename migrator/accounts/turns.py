"""One apply at a time: two that run together on a machine would each set what both found missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def own_turn(url: str, waits: Callable[[], None]) -> Iterator[None]:
    """Wait until no other process of this person writes to the CircleCI at a URL; `waits` is called before a wait."""
    if fcntl is None:
        yield
        return
    from platformdirs import user_state_path

    folder = Path(user_state_path("circleci-migrator", appauthor=False))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / f"contexts-{sha256(url.encode()).hexdigest()[:16]}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            waits()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # which gives it back
