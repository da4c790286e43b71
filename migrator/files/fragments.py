"""Fragments of one config that are in one folder: files whose workflows invoke jobs that files beside them define.

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
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.documents import TEMPLATE
from migrator.errors import ReadError
from migrator.files.names import FOLDER, YAML
from migrator.files.reading import names_in, text_of
from migrator.startup.patterns import lazy

if TYPE_CHECKING:
    from migrator.circleci.config import Config

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
    reused: frozenset[str]
    words: frozenset[str]

    @property
    def is_fragment(self) -> bool:
        return bool(self.lacks or self.unknown) or not self.has_workflows


class _Link(NamedTuple):
    """Another fragment that a fragment needs, or that needs it; `is_certain` where workflows do."""

    path: str
    is_certain: bool


class _Folder(NamedTuple):
    """The fragments of a folder by their paths, and what links them."""

    held: dict[str, _Held]
    links: dict[str, list[_Link]]


def is_place(path: str) -> bool:
    """Whether a file can be such a fragment by its name and its folder alone."""
    place = PurePosixPath(path.replace("\\", "/"))
    return path.endswith(YAML) and place.parent.name == FOLDER and TEMPLATE.search(place.name) is None


def has_workflows(data: bytes) -> bool:
    """Whether workflows stand at the top of a file, by a look at its text; or it is a setup config, which has some."""
    return _HAS_WORKFLOWS.search(data) is not None


def fragments(path: str, files: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files, among all that a folder has, that are parts of the same config as one of them is.

    Files that define a job of the same name are variants, and none is a part of the other's config.
    """
    files = tuple(files)
    held, links = _folder(files)
    if path not in held:
        return []
    own, found, waiting, is_certain = held[path].jobs, {path}, [path], False
    while waiting:
        for link in links[waiting.pop()]:
            if link.path == path or held[link.path].jobs.isdisjoint(own):
                is_certain = is_certain or link.is_certain
                if link.path not in found:
                    found.add(link.path)
                    waiting.append(link.path)
    return [file for file in files if file[0] in found and file[0] != path] if is_certain else []


@lru_cache(maxsize=4)
def _folder(files: tuple[tuple[str, bytes], ...]) -> _Folder:
    """What is in a folder, looked at once for all the files in it."""
    # Nearly all folders have whole configs only: a look at the texts says, before any of them is parsed.
    without = [text for _, text in files if not has_workflows(text)]
    if len(without) == len(files) or not any(map(_DEFINES.search, without)):
        return _Folder({}, {})
    held = {path: part for path, data in files if (part := _held(path, data)) is not None and part.is_fragment}
    links: dict[str, list[_Link]] = {path: [] for path in held}

    def link(takers: Iterable[tuple[str, Iterable[str]]], givers: dict[str, list[str]], *, is_certain: bool) -> None:
        for path, names in takers:
            for other in {other for name in names for other in givers.get(name, ()) if other != path}:
                links[path].append(_Link(other, is_certain))
                links[other].append(_Link(path, is_certain))

    reused = _by_name((path, part.reused) for path, part in held.items())
    link(((p, part.lacks) for p, part in held.items()), _by_name((p, h.jobs) for p, h in held.items()), is_certain=True)
    link(((p, part.unknown) for p, part in held.items()), reused, is_certain=True)
    names = reused.keys()
    link(((p, (part.words & names) - part.reused) for p, part in held.items()), reused, is_certain=False)
    return _Folder(held, links)


def _by_name(files: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, names in files:
        for name in names:
            found.setdefault(name, []).append(path)
    return found


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
    try:
        held = _read(config)
    except Exception:  # a wall: what is wrong with a file is reported where that file is examined, not with this one
        return None
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
    places = [os.path.join(folder, name) for name in names_in(folder) if name.endswith(YAML)]  # noqa: PTH118
    if len(places) < 2:
        return []
    texts = ((place, text_of(place)) for place in places if is_place(place))
    return fragments(path, [(place, text) for place, text in texts if text])
