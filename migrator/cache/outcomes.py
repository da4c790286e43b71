"""What becomes of files that were examined before, by those same rules, and of which nothing is different since."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from migrator.cache.codec import decoded, encoded, looks_in
from migrator.cache.keys import digest_of, open_store
from migrator.cache.store import Store
from migrator.documents import MAX_BYTES
from migrator.engine.outcomes import Changed, Outcome
from migrator.engine.plan import Plan
from migrator.errors import ReadError
from migrator.files import marks
from migrator.files.looking import Looks
from migrator.files.reading import read_source

_BLOCK = 65_536
_HELD = 4_000_000
"""So many characters of texts that were found are held until it is their turn; the others are looked up once more."""
_REMEMBERED = 4_096


class OutcomeCache:
    """The outcomes of one run, kept for the next. Raises nothing: what goes wrong is as if nothing had been kept.

    What is new is written by `close`, since only then is known what of it a mask would hide.
    """

    def __init__(self, store: Store, plan: Plan, key: str) -> None:
        self._store, self._key, self._named = store, key, plan.named
        self._here = os.getcwd()  # noqa: PTH109
        self._folders: dict[str, str] = {}
        self._marks: dict[tuple[str, str], bool] = {}
        self._absent: dict[str, bool] = {}
        self._secrets: set[str] = set()
        self._blocks: list[bytes] = []
        self._open: list[bytes] = []
        self._size = 0

    def find(self, path: str) -> Outcome | None:
        """What became of a file, if all is as it was then."""
        try:
            data = read_source(path)
            key = self._key_of(path, marks.of_content(path, data, MAX_BYTES + 1))
            text = self._store.get(key)
            if text is None:
                return None
            read = looks_in(text)
            outcome = None
            if read is not None and self._holds(read[0], os.path.abspath(path)):  # noqa: PTH100
                outcome = decoded(path, *read, data)
            elif read is not None:
                return None
        except (OSError, ReadError, ValueError):
            return None
        if outcome is None:
            self._store.drop(key)  # what is none now will never be one
        return outcome

    def keep(self, outcome: Outcome) -> None:
        """Take up an outcome that was just computed, where it is one to keep."""
        self._secrets |= outcome.secrets
        try:
            text = encoded(outcome)
            if text is None:
                return
            own = dict(zip(outcome.looks.at, outcome.looks.marks, strict=True))
            mark = own.get(os.path.abspath(outcome.path), "")  # noqa: PTH100
            if isinstance(outcome, Changed):
                is_it = marks.of_content(outcome.path, outcome.data_before, MAX_BYTES + 1) == mark
            else:
                is_it = mark.startswith("c:")
            if is_it:
                self._add(self._key_of(outcome.path, mark).encode() + b" " + text)
        except (OSError, ValueError):
            return

    def close(self) -> None:
        """Write what is new, without whatever a mask would change."""
        shows = self._shows()
        self._pack()
        for block in self._blocks:
            for line in zlib.decompress(block).split(b"\n"):
                key, _, text = line.partition(b" ")
                if shows(text):
                    self._store.put(key.decode(), text)
        self._blocks = []
        self._store.tidy()

    def _shows(self) -> Callable[[bytes], bool]:
        if not self._secrets:
            return lambda _: True
        from migrator.results.masking import Mask

        mask = Mask(self._secrets)
        return lambda text: not mask.ranges(text.decode())

    def _add(self, line: bytes) -> None:
        self._open.append(line)
        self._size += len(line)
        if self._size > _BLOCK:
            self._pack()

    def _pack(self) -> None:
        """Many outcomes say nearly the same: together they take a tenth of the room until the run ends."""
        if self._open:
            self._blocks.append(zlib.compress(b"\n".join(self._open), 1))
            self._open, self._size = [], 0

    def _key_of(self, path: str, mark: str) -> str:
        folder = os.path.dirname(path)  # noqa: PTH120
        real = self._folders.get(folder)
        if real is None:
            _make_room(self._folders)
            real = self._folders[folder] = os.path.realpath(folder)
        return digest_of(self._key, self._here, path, real, "named" if path in self._named else "", mark)

    def _holds(self, looks: Looks, own: str) -> bool:
        """Whether everything else that was looked at is as it was; of this run's own looks, each is taken once."""
        for path, mark in zip(looks.at, looks.marks, strict=True):
            if path == own:
                continue
            holds = self._marks.get((path, mark))
            if holds is None:
                _make_room(self._marks)
                holds = self._marks[path, mark] = marks.again(path, mark, MAX_BYTES + 1) == mark
            if not holds:
                return False
        for path in looks.absent:
            is_gone = self._absent.get(path)
            if is_gone is None:
                _make_room(self._absent)
                is_gone = self._absent[path] = not os.path.lexists(path)
            if not is_gone:
                return False
        return True


def _make_room(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= _REMEMBERED:
        remembered.clear()


def known_first(
    files: Sequence[str], plan: Plan, examine: Callable[[Sequence[str]], Iterator[Outcome]]
) -> Iterator[Outcome]:
    """What becomes of each file, in their order: what is known from an earlier run, and of the others what `examine`
    says."""
    cache = outcome_cache(plan)
    if cache is None:
        yield from examine(files)
        return
    held: dict[str, Outcome] = {}
    new: set[str] = set()
    room = _HELD
    for path in files:
        outcome = cache.find(path)
        if outcome is None:
            new.add(path)
        elif room > 0:
            held[path] = outcome
            room -= len(outcome.before) + len(outcome.after) if isinstance(outcome, Changed) else 100
    # A run that knows everything needs no rules. One without files loads them, as without a cache: they may be broken.
    computed = examine([path for path in files if path in new]) if new or not files else iter(())
    for path in files:
        if path in new:
            outcome = next(computed)
            cache.keep(outcome)
        else:
            outcome = held.pop(path, None) or cache.find(path) or next(examine([path]))
        yield outcome
    for _ in computed:
        pass  # none is left; what computed them ends
    cache.close()


def outcome_cache(plan: Plan) -> OutcomeCache | None:
    """The outcomes that are kept for runs as this one; `None` where none can be, which nobody needs to hear of."""
    opened = open_store(plan)
    return OutcomeCache(opened[0], plan, opened[1]) if opened else None
