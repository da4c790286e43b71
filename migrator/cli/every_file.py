"""Every file that the PATHs of a command line mean: listed once for all that examines, decides and writes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from migrator.cli.progress import shown
from migrator.cli.talk import tell
from migrator.engine.kept import Kept
from migrator.engine.outcomes import Outcome, outcome_of
from migrator.engine.plan import Plan
from migrator.files.reading import real_path
from migrator.files.taking import taken_files
from migrator.files.writing import clear_stale, refuse_link


def examined(paths: Sequence[str], plan: Plan, examine: Callable[[list[str]], Iterator[Outcome]], doing: str) -> Kept:
    """What becomes of each file in their order; of those that are to be read, what `examine` says."""
    found = taken_files(paths, plan.policy, plan.exclude)
    files = [file for file in found if isinstance(file, str)]
    outcomes = shown(examine(files), len(files), doing)
    result = Kept(next(outcomes) if isinstance(file, str) else outcome_of(file) for file in found)
    next(outcomes, None)  # the bar is removed, and processes end
    if any(map(os.path.isfile, paths)):  # a folder has all parts of its configs
        from migrator.cli.not_passed import not_passed

        result.extend(list(not_passed(result, plan)))
    return result


def ready_to_write(paths: Iterable[str], beside: Iterable[str]) -> None:
    """Refuse links that lead out of the repository; remove what runs that were killed left `beside` these files."""
    for path in paths:
        refuse_link(path)
    for line in clear_stale({real_path(path).parent for path in beside}):
        tell(line)
