"""What a kind of host is: the protocol between a campaign and wherever its repositories are.

A kind is a folder below `migrator/bulk/hosts/`, named like the kind. Its `__init__.py` holds `KIND`, what is known
before anything is asked and cheap to import; its `host.py` holds `Host`, which does the work. `docs/writing-a-host.md`
builds one. Nothing outside of that folder knows the kind by its name.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from migrator.bulk.contents import from_blobs, keep_blobs
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.git import Identity
from migrator.bulk.needs.collecting import Around
from migrator.bulk.requests.texts import Lengths, Texts, Wording, write_texts
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.tokens import Token, Tokens
from migrator.bulk.work import Result
from migrator.bulk.world import World
from migrator.engine.batch import Plan
from migrator.errors import UsageError
from migrator.hosts.pages import Pages
from migrator.services.budget import AGAIN
from migrator.services.faults import Fault


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known about a kind of host before anything is asked.

    `title` is its name for users. A source is written `prefix:PLACE`: `places` are the forms of PLACE for
    messages, `pattern` what all of them match, and `is_path` says that PLACE is a path of this machine.
    `api_url` is what `--api-url` means to it, for its help, and `tokens` where its token comes from, if it needs one.

    `has_requests`: a branch is followed by a change request (called a pull request everywhere, except in its own text,
    where it is a `request`), and is done only when that is merged or closed. `git_commits`: git makes the commits here,
    and needs to know who the user is.
    `files_only`: `push --no-commit` writes files and makes no branch.

    `batch` is how many repositories are asked for at once, `tries` how often a push is tried if the host does not
    answer or something moved in the meantime. `per_minute` and `per_hour` limit what is created; 0: no limit.
    """

    title: str
    prefix: str
    places: tuple[str, ...]
    pattern: str = r"(?s:.+)"
    is_path: bool = False
    api_url: str = ""
    tokens: Tokens | None = None
    has_requests: bool = False
    request: str = "pull request"
    git_commits: bool = False
    files_only: bool = False
    batch: int = 1
    tries: int = 1
    per_minute: int = 0
    per_hour: int = 0
    lengths: Lengths = Lengths()  # noqa: RUF009 - a tuple
    name: str = ""
    """The name of its folder; filled in when the kind is found."""

    @property
    def forms(self) -> tuple[str, ...]:
        """How a source of it is written, such as `dir:PATH`."""
        return tuple(f"{self.prefix}:{place}" for place in self.places)


class Discovered(NamedTuple):
    """A repository that a source lists. `skip` is the reason to skip it; `base` is empty until it is read.

    `host_id` is whatever the host needs to find it again, also when it was renamed; `kind` is filled in by the caller.
    """

    name: str
    source: str
    skip: str = ""
    error: RepositoryError | None = None
    host_id: str = ""
    public: bool = False
    base: str = ""
    base_branch: str = ""
    topics: tuple[str, ...] = ()
    kind: str = ""


class Read(NamedTuple):
    """What is in a repository: the commit, the id of its `.circleci` folder, its configs.

    `is_known` says that the folder is the one that was planned already: then `files` is empty.
    """

    entry: Entry
    base: str = ""
    tree: str = ""
    files: tuple[File, ...] = ()
    store: int = 0
    is_known: bool = False
    skip: str = ""
    error: RepositoryError | None = None


PUSH_AGAIN: Final = AGAIN | {Fault.STALE}
"""Why a push is tried again."""
_BUILT_IN = Wording()
_ALONE = Around()


@dataclass(frozen=True)
class Terms:
    """What is the same for all pushes of a run. `base` is the branch to change, empty for each default branch, and
    `around` what is known beside each repository. `reason` is a comment for change requests that are closed."""

    campaign: str
    branch: str
    plan: Plan
    identity: Identity
    wording: Wording = _BUILT_IN
    commit: bool = True
    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    base: str = ""
    around: Around = _ALONE
    reason: str = ""

    def on(self, kind: Kind) -> Terms:
        """The same for one kind of host: without the people who are named for others, as `KIND=LOGIN`."""

        ours = f"{kind.prefix}="

        def there(people: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(each.removeprefix(ours) for each in people if "=" not in each or each.startswith(ours))

        return replace(self, reviewers=there(self.reviewers), assignees=there(self.assignees))


class Job(NamedTuple):
    """One repository whose change is approved."""

    entry: Entry
    result: Result


class OnHost(NamedTuple):
    """What is on the host now, after a push, a merge or closing. `error` says what is not."""

    entry: Entry
    state: State = State.PUSHED
    head: str = ""
    number: int = 0
    pull_request: str = ""
    message: str = ""
    error: RepositoryError | None = None


class Request(NamedTuple):
    """A change request as it is on the host: `state` is open, merged or closed, `head` its branch's commit there.

    `checks` is `success`, `pending`, `failure`, `error`, `expected`, `none` where the host has none for that commit and
    its branch requires none, or empty where none has reported. `unsettled` is why the host cannot answer yet, while it
    is being prepared: then it is asked again later. `queued` is why the host merges it later without being asked
    again, such as "is in the merge queue". `review` is `approved`, `changes-requested`, `required` while an approval
    is missing that the host requires, or empty where none is asked for. `opened` is when it was opened, in seconds
    since 1970, 0 where the host does not say. `name` and `source` are those of the repository now, as it may have been
    renamed, and `url` is the page of the change request there; empty where the host does not say.
    """

    state: State
    head: str
    checks: str = ""
    is_draft: bool = False
    has_conflicts: bool = False
    unsettled: str = ""
    queued: str = ""
    review: str = ""
    opened: int = 0
    name: str = ""
    source: str = ""
    url: str = ""


class Host(abc.ABC):
    """One kind of host, opened for a run. Unless it says otherwise, a method is called on any number of threads.

    What concerns one repository is a `RepositoryError`, returned or raised; its class decides what `retry` does, and
    `timeout`, `unreachable`, `server-error` and `changed-since-plan` are tried `Kind.tries` times. What concerns all of
    them, such as a rejected token, is a `CampaignError` or a `UsageError`, which ends the run.
    """

    def __init__(self, kind: Kind, world: World) -> None:
        """Sends no request yet: a campaign that only reads its ledger opens hosts too."""
        self.kind, self.world = kind, world
        self.api_url = world.api_urls.get(kind.name, "")
        """The root of the API of one's own server, empty for the public host."""
        self.budget = world.budgets.of(kind.name, kind.per_minute, kind.per_hour)
        """What every request has to ask first."""

    def ready(self) -> None:
        """Get what the work needs, such as a token, before threads start. Raises `UsageError` if it is missing."""
        return

    def close(self) -> None:
        """End connections. It is the last call."""
        return

    def token(self) -> tuple[str, Token]:
        """The API's root, of one's own server or of the public one, and the token for it. Raises `UsageError`."""
        tokens = self.kind.tokens
        if tokens is None:
            raise NotImplementedError(f"{self.kind.title} needs no token")
        if not (url := self.api_url or tokens.api_url):
            raise UsageError(f"--api-url is missing: {self.kind.api_url}")
        return url, tokens.find(url, self.kind.title)

    # -- listing and reading

    @abc.abstractmethod
    def discover(self, place: str) -> Iterator[Discovered]:
        """The repositories of a place, page by page. Raises `UsageError` where there is no such place."""

    def resume(self, place: str) -> None:
        """Load what a source contains and no ledger may, such as logins, for a run that does not list it."""
        return

    @abc.abstractmethod
    def read(self, entries: Sequence[Entry]) -> list[Read]:
        """The configs of up to `Kind.batch` repositories, one `Read` each, in any order."""

    def keep(self, files: Sequence[File]) -> None:
        """Keep the files of a repository with a change, for `planned`. Called by one thread."""
        keep_blobs(files, self.world)

    def planned(self, entry: Entry, result: Result) -> list[File]:
        """The files of a repository as they were planned; at least those that change. Raises `RepositoryError`."""
        return from_blobs(entry, result, self.world)

    def link(self, entry: Entry, path: str) -> str:
        """The page of a file as it was planned, to which `#L12` may be added, or nothing where there is none."""
        return Pages(entry.source, entry.base, self.kind.name).link(path)

    # -- pushing and closing

    def lane(self, entry: Entry) -> int:
        """Repositories of one lane are worked on one after the other, by one thread at a time."""
        return entry.id

    def leave(self, lane: int) -> None:
        """The last repository of a lane is done."""
        return

    @abc.abstractmethod
    def push(self, job: Job, terms: Terms) -> OnHost:
        """Let the branch be one commit of ours on the tip and, with `has_requests`, open or update its change request.

        Whatever a killed run or a lost answer left is found by asking the host first. Nothing of a person is ever
        overwritten: a branch moves only from the commit that was seen there. A host that guards files and no branches
        is asked again after the commit, and one that answers late until it has. Where the branch was made and the
        change request was not, return `OnHost` with `head` and `error`.
        """

    @abc.abstractmethod
    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        """Close the change request and delete our branch, unless a person has committed to it: then raise `human`.

        With `terms.reason`, that is left as a comment on a change request that is still open, before it is closed.
        """

    def texts(self, entry: Entry, result: Result, terms: Terms, template: str = "") -> Texts:
        """What commit and change request say; `template` is the repository's own template for change requests."""
        return write_texts(
            entry, result, terms.campaign, terms.plan.policy, terms.wording, template, self.kind.lengths, terms.around,
            directories=terms.plan.directories, request=self.kind.request,
        )  # fmt: skip

    # -- change requests, where `Kind.has_requests`

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        """Each change request as it is now, `None` if it is gone, or why the host did not report it. One thread.

        Raises `OfflineError` where nobody reaches the host.
        """
        raise NotImplementedError(f"{self.kind.title} has no change requests")

    def make_ready(self, entry: Entry) -> OnHost:
        """Let a draft be ready for review. One that is ready already stays as it is."""
        raise RepositoryError(Fault.FORBIDDEN, f"mark it as ready on its page: {entry.pull_request}")

    def between_looks(self, requests: int) -> float:
        """Seconds to leave between two looks at so many open change requests, where looking uses up what the host
        allows an hour."""
        return 0.0

    def merge(self, entry: Entry, method: str) -> OnHost:
        """Merge if `entry.head` still is the head; `method` is `merge`, `squash` or `rebase`.

        A host that merges later than it answers, as where a review is missing or a queue is before it, returns the
        state `open` with a message; `follow` says the rest, as `queued`. What is merged, or will be, is left as it is.
        What another push has to bring up to date with its base first returns the state `approved`.
        """
        raise NotImplementedError(f"{self.kind.title} has no change requests")


CHANGES = "a reviewer requested changes"
"""Why a change request is not merged that somebody with a say rejected."""


def human(branch: str) -> RepositoryError:
    """The error for a branch that a person committed to."""
    return RepositoryError(
        Fault.HUMAN,
        f"the branch {branch} has commits that are not ours and is left unchanged; merge, rename or delete it",
    )
