"""Fragments of one config that lie in one folder: files whose workflows invoke jobs that files beside them define.

People write a config in several files and merge these, with `yq` for example, into what a setup config continues with.
No name says so, but a workflow that invokes a job which its own file lacks, or whose job runs on an executor which the
file lacks, can only be a part of a config (circleci.com/docs/reference/configuration-reference, `workflows`): where a
file beside it that is no whole config defines this, the two are parts of the same one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.documents import TEMPLATE
from migrator.errors import ReadError
from migrator.files.reading import names_in, read_source
from migrator.startup.patterns import lazy

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_FOLDER: Final = ".circleci"
_YAML: Final = (".yml", ".yaml")
_HAS_WORKFLOWS: Final = lazy(rb"""^["']?(?:workflows|setup)\b""", re.MULTILINE)
_DEFINES: Final = lazy(rb"\b(?:docker|machine|macos|executor|steps)\b")
_WORD: Final = lazy(r"[\w.-]+")


class _Held(NamedTuple):
    """What a file holds of a config. `lacks` are jobs that its workflows invoke and it does not define, `unknown`
    executors of its jobs that it does not define, `words` all that may name an executor or a command."""

    has_workflows: bool
    jobs: frozenset[str]
    lacks: frozenset[str]
    unknown: frozenset[str]
    executors: frozenset[str]
    reused: frozenset[str]
    words: frozenset[str]

    @property
    def is_fragment(self) -> bool:
        return bool(self.lacks or self.unknown) or not self.has_workflows


def is_place(path: str) -> bool:
    """Whether a file can be such a fragment by its name and its folder alone."""
    place = PurePosixPath(path)
    return path.endswith(_YAML) and place.parent.name == _FOLDER and TEMPLATE.search(place.name) is None


def fragments(path: str, data: bytes, others: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files, among others of its folder, that are parts of the same config as a file is.

    Files that define a job of the same name are variants, and none is a part of the other's config.
    """
    others = [other for other in others if other[0] != path]
    texts = [data, *(text for _, text in others)]
    # Nearly all folders have whole configs only: a look at the texts tells, before any of them is parsed.
    if not any(_DEFINES.search(text) and not _HAS_WORKFLOWS.search(text) for text in texts) or not any(
        map(_HAS_WORKFLOWS.search, texts)
    ):
        return []
    own = _held(path, data)
    if own is None or not own.is_fragment:
        return []
    left = [(other, held) for other in others if (held := _held(*other)) is not None and held.is_fragment]
    left = [(other, held) for other, held in left if held.jobs.isdisjoint(own.jobs)]
    found: list[tuple[str, bytes]] = []
    family = [own]
    invokes = False
    for member in family:  # which grows
        near = [each for each in left if _invokes(member, each[1]) or _shares(member, each[1])]
        left = [each for each in left if each not in near]
        invokes = invokes or any(_invokes(member, held) for _, held in near)
        found += [other for other, _ in near]
        family += [held for _, held in near]
    return sorted(found) if invokes else []


def _invokes(one: _Held, other: _Held) -> bool:
    """Whether the workflows of one need what the other defines."""
    return any(a.lacks & b.jobs or a.unknown & b.executors for a, b in ((one, other), (other, one)))


def _shares(one: _Held, other: _Held) -> bool:
    """Whether one may use an executor or a command that the other defines."""
    return not (one.words.isdisjoint(other.reused - one.reused) and other.words.isdisjoint(one.reused - other.reused))


@lru_cache(maxsize=256)
def _held(path: str, data: bytes) -> _Held | None:
    """What a file holds; nothing for a setup config, for what is no part of a config, and for what cannot be read."""
    from migrator.circleci.config import Config
    from migrator.documents import open_document

    try:
        parts = open_document(path, data).parts()
    except ReadError:
        return None
    config = next((found for found in Config.of_parts(parts, path) if not found.part.section), None)
    if config is None or config.is_setup or config.is_orb_source:
        return None
    held = _read(config)
    config.close()
    return held if held.jobs or held.reused or held.lacks else None


def _read(config: Config) -> _Held:
    jobs, executors = frozenset(config.jobs), frozenset(config.executors)
    invoked = [each.name for each in config.invocations if each.runs_a_job and not each.overridden_with]
    run = [job for name in invoked if (job := config.jobs.get(name)) is not None and job.executor is not None]
    unknown = chain.from_iterable(config.calls.executor_names(job) or () for job in run)
    return _Held(
        config.has_workflows,
        jobs,
        _own(invoked) - jobs - {group.name for group in config.groups},
        _own(unknown) - executors,
        executors,
        executors | frozenset(config.commands),
        frozenset(_WORD.findall(config.part.source)),
    )


def _own(names: Iterable[str]) -> frozenset[str]:
    """Those that no orb has, and no expression decides."""
    return frozenset(name for name in names if name and not {*"/<$"}.intersection(name))


def beside(path: str) -> list[tuple[str, bytes]]:
    """The fragments of the same config in the folder of a file. Links are left out, and so is what cannot be read."""
    path = os.path.abspath(path)  # noqa: PTH100
    if not is_place(path):
        return []
    folder = os.path.dirname(path)  # noqa: PTH120
    places = [os.path.join(folder, name) for name in names_in(folder) if name.endswith(_YAML)]  # noqa: PTH118
    if len(places) < 2:
        return []
    texts = {place: _text(place, *_state(place)) for place in places if is_place(place)}
    own = texts.pop(path, b"")
    return fragments(path, own, [(place, text) for place, text in texts.items() if text]) if own else []


def _state(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _text(path: str, _changed: int, _size: int) -> bytes:
    """The bytes of a file, nothing where it cannot be read; kept, since all files of a folder ask for them."""
    try:
        return b"" if os.path.islink(path) else read_source(path)  # noqa: PTH114
    except ReadError:
        return b""
