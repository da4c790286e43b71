"""What a page is made from: repositories with the outcomes of their files, as plain data from any source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped, Unchanged
from migrator.files.names import FOLDER
from migrator.files.owners import owners_at
from migrator.files.repository import names_of_folders, remote_of, top_of, web_url
from migrator.hosts.pages import pages_of
from migrator.policy import Policy
from migrator.reports.report import Report
from migrator.results.kinds.found import Found
from migrator.results.needs import Needs


@dataclass(frozen=True, slots=True)
class File:
    """One file. `path` counts from its repository, `link` is its page on the host, empty where there is none.

    `decided_as` is the path that decisions use for it; without one, decisions are about whole repositories.
    """

    outcome: Outcome
    path: str
    link: str = ""
    decided_as: str = ""


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository. `state` is one of a fixed list of words; `kinds` are computed if they are not given.

    `answer` is `apply` or `skip` if it was decided before, `reason` why it was rejected. Only an `open` one can still
    be decided. `owners` are those of its configs by its CODEOWNERS, `host` is what it is on. `change` names
    the change in decisions of a campaign. `answers` are those of before to single kinds, by their ids.
    """

    name: str
    files: tuple[File, ...]
    state: str
    message: str = ""
    kinds: tuple[Found, ...] = ()
    link: str = ""
    answer: str = ""
    open: bool = True
    owners: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    host: str = ""
    reason: str = ""
    change: str = ""
    answers: tuple[tuple[str, str], ...] = ()


_NOTHING = Needs()
MISSING = "missing"
"""What a line of `Page.missing` begins with where CircleCI says that something is missing."""


@dataclass(frozen=True, slots=True)
class Page:
    """`campaign` is the name of the campaign, empty for a run over files.

    `needs` is what the changes need outside of the files, `missing` what of it CircleCI does not have, or did not say.
    `take_up` is the command that reads the exported decisions; `{}` is replaced by the name of their file.
    `seen` is when the newest of these changes was planned, in seconds since 1970.
    """

    title: str
    repositories: Sequence[Repository]
    policy: Policy
    take_up: str = ""
    campaign: str = ""
    written: bool = False
    directories: tuple[Path, ...] = ()
    needs: Needs = _NOTHING
    missing: tuple[str, ...] = ()
    seen: int = 0


def page_of(report: Report) -> Page:
    """The page of a run over files: a repository is the folder that contains `.circleci`."""
    folders: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        folders.setdefault(_folder(outcome.path), []).append(outcome)
    names = names_of_folders(list(folders))
    common = PurePath(os.path.commonpath(folders)).name if folders else ""
    repositories = [
        Repository(
            names[folder],
            tuple(_file(outcome, folder) for outcome in outcomes),
            _state(outcomes, report),
            open=not report.written,
            owners=_owners(folder, outcomes),
            host=urlsplit(web_url(remote_of(top))).netloc if (top := top_of(folder)) else "",
        )
        for folder, outcomes in folders.items()
    ]
    return Page(
        common or "All repositories",
        repositories,
        report.policy,
        "migrate --replay {}",
        "",
        report.written,
        report.directories,
        report.needs,
    )


def _folder(path: str) -> str:
    """The folder of a file's repository."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - links are not followed: a file is what the user calls it
    parts = PurePath(absolute).parts
    if FOLDER in parts[1:]:
        return str(PurePath(*parts[: parts.index(FOLDER, 1)]))
    folder = str(PurePath(absolute).parent)
    return top_of(folder) or folder


def _owners(folder: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """The owners of the files of a repository, by the CODEOWNERS at its top."""
    top = top_of(folder) or folder
    absolute = [os.path.abspath(outcome.path) for outcome in outcomes]  # noqa: PTH100
    return owners_at(top, [os.path.relpath(path, top).replace(os.sep, "/") for path in absolute])


def _file(outcome: Outcome, folder: str) -> File:
    from migrator.results.decisions import written_path
    from migrator.results.describing import described

    if isinstance(outcome, Changed):
        outcome = described(outcome)

    absolute = os.path.abspath(outcome.path)  # noqa: PTH100
    top = top_of(folder)
    link = pages_of(top).link(os.path.relpath(absolute, top).replace(os.sep, "/")) if top else ""
    return File(outcome, os.path.relpath(absolute, folder).replace(os.sep, "/"), link, written_path(outcome.path))


def _state(outcomes: Sequence[Outcome], report: Report) -> str:
    if any(isinstance(outcome, Failed) for outcome in outcomes):
        return "failed"
    if any(isinstance(outcome, Changed) for outcome in outcomes):
        return "changed" if report.written else "would change"
    if any(isinstance(outcome, Unchanged) and outcome.left for outcome in outcomes):
        return "needs a person"
    return "skipped" if all(isinstance(outcome, Skipped) for outcome in outcomes) else "nothing to do"
