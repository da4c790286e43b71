"""Files that have to change with those of a run and are in no PATH, as where one fragment is given alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from migrator.engine.outcomes import Changed, Outcome, Skipped, Unchanged
from migrator.engine.plan import Plan
from migrator.errors import ReadError
from migrator.files.names import YAML
from migrator.files.reading import read_source, real_path
from migrator.files.repository import name_and_path
from migrator.files.taking import why_excluded

Files = Sequence[tuple[str, bytes]]


def not_passed(outcomes: Sequence[Outcome], plan: Plan) -> Iterator[Outcome]:
    """The parts of the same configs as files of a run, each with the file that makes it change too."""
    passed = {os.path.abspath(outcome.path) for outcome in outcomes}  # noqa: PTH100 - for each file of a run
    first: dict[str, str] = {}
    for outcome in outcomes:
        if _has_fixes(outcome) and (beside := _looked_at_beside(outcome, passed)):
            parts = {os.path.abspath(path) for path, _ in plan.siblings(outcome.path)}  # noqa: PTH100
            for path in beside & parts:
                first.setdefault(path, outcome.path)
    if first:
        yield from _needed(first, {real_path(path) for path in passed}, plan)


def _has_fixes(outcome: Outcome) -> bool:
    left = outcome.left if isinstance(outcome, Unchanged) else ()
    return isinstance(outcome, Changed) or any(finding.fix for finding in left)


def _looked_at_beside(outcome: Outcome, passed: set[str]) -> set[str]:
    return {path for path in outcome.looks.at if path.endswith((*YAML, ".py")) and path not in passed}


def _needed(first: dict[str, str], passed: set[object], plan: Plan) -> Iterator[Outcome]:
    """Those whose fixes are others where the files of the run are not there, or the other way round."""
    look = _Look(plan)
    leans: dict[str, bool] = {}
    for path, given in sorted(first.items()):
        if why_excluded(plan.policy, plan.exclude, *name_and_path(path)):
            continue
        parts = plan.siblings(path)
        fixes = look(path, parts)
        if given not in leans:
            others = plan.siblings(given)
            leans[given] = look(given, others) != look(given, [each for each in others if real_path(each[0]) in passed])
        alone = look(path, [each for each in parts if real_path(each[0]) not in passed])
        if fixes and (leans[given] or fixes != alone):
            reason = f"is a part of the same config as {given} and has to change with it; pass its path as well"
            yield Skipped(os.path.relpath(path), reason)


class _Look:
    """What is fixed in a file that has these others beside it, by the names of the findings."""

    def __init__(self, plan: Plan) -> None:
        from migrator.engine.discovery import load_rules
        from migrator.engine.passes import choose_by_safety, run

        self._run = run
        self._plan = plan
        self._rules = load_rules(plan.rules, plan.directories)
        self._choose = choose_by_safety(review_too=plan.review_too)

    def __call__(self, path: str, siblings: Files) -> frozenset[str]:
        try:
            data = read_source(path)
        except ReadError:
            return frozenset()  # it is reported where somebody asks for it
        outcome = self._run(path, data, self._rules, self._plan.policy, self._choose, siblings, self._plan.known)
        return frozenset(each.fingerprint for each in outcome.applied) if isinstance(outcome, Changed) else frozenset()
