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
def own_turn(url: str, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process of this person writes to the CircleCI at a URL; `say` takes a line before a wait."""
    if fcntl is None:
        yield
        return
    from platformdirs import user_state_path

    folder = Path(user_state_path("circleci-migrator", appauthor=False))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"contexts-{sha256(url.encode()).hexdigest()[:16]}.lock"
        handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        say(f"{folder}: {error.strerror}; run no other `migrate contexts apply` at the same time")
        yield
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another `migrate contexts apply` is running; waiting for it to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # which gives it back
