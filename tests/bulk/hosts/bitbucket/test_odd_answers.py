"""Odd answers of Bitbucket: each ends in its class with the host's own words, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.entry import Entry
from migrator.bulk.git import Identity
from migrator.bulk.host import Job, OnHost, Request, Terms
from migrator.bulk.states import CampaignError, RepositoryError, State
from migrator.bulk.work import Result
from migrator.errors import UsageError
from migrator.services.budget import LONGEST, TRIES
from migrator.services.faults import Fault
from migrator.startup.records import replace
from tests.bulk.hosts.acts import is_one
from tests.bulk.hosts.bitbucket.fake import TOKEN, Bitbucket
from tests.bulk.hosts.bitbucket.repositories import Repository, uuid_of
from tests.bulk.hosts.bitbucket.server import Handler, serve
from tests.bulk.hosts.direct import BRANCH, Direct
from tests.bulk.hosts.odd import ANYWHERE, SECRET, Odd, as_json
from tests.bulk.repositories import commits_on

ANSWERS: dict[str, Odd] = {
    **ANYWHERE,
    "no values": Odd("server-error", "", body=b'{"pagelen": 10}'),
    "values of no kind": Odd("server-error", "", body=b'{"values": [7, "x", null]}'),
    "values that are none": Odd("server-error", "", body=b'{"values": {"id": 1}}'),
    "an error as Bitbucket's": Odd("forbidden", "No scope", 403, as_json({"error": {"message": "No scope"}})),
    "a token without the scope": Odd(
        "forbidden",
        "privilege scopes. (needs pullrequest:write)",
        403,
        as_json({"error": {"message": "It lacks privilege scopes.", "detail": {"required": ["pullrequest:write"]}}}),
    ),
    "an error of texts": Odd("forbidden", "403", 403, as_json({"error": {"message": ["a"], "detail": 7}})),
    "409": Odd("changed-since-plan", "Conflict", 409, as_json({"error": {"message": "Conflict"}})),
    "555": Odd("server-error", "took too long", 555, as_json({"error": {"message": "It took too long"}})),
    "our own token": Odd("forbidden", "****", 403, as_json({"error": {"message": f"no right: {TOKEN}"}})),
}


class OddBitbucket(Bitbucket):
    odd: Odd | None = None
    only = ""
    """The requests that are answered so, after they are done; else all are, and nothing is done."""


class OddHandler(Handler):
    host: OddBitbucket

    def _serve_api(self, path: str, query: list[tuple[str, str]], data: bytes) -> None:
        if self.host.odd is None or self.host.only:
            super()._serve_api(path, query, data)
        else:
            self._give(self.host.odd)

    def _json(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        odd = self.host.odd
        if odd is not None and self.host.only and f"{self.command} {self.path}".endswith(self.host.only):
            self.host.odd = None
            self._give(odd)
        else:
            super()._json(status, answer, headers)

    def _give(self, odd: Odd) -> None:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(odd.body)), **odd.headers}
        self.send_response(odd.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(odd.body)
        self.close_connection = self.close_connection or "Content-Length" in odd.headers


class Rig(Direct):
    """A host that gives any answer."""

    kind = "bitbucket"

    def __init__(self, folder: Path) -> None:
        self.fake = OddBitbucket(folder)
        self.server = serve(self.fake, OddHandler)
        super().__init__(folder, self.server.url)

    def path(self, name: str) -> Path:
        return self.folder / f"acme/{name}.git"

    def add(self, name: str, bare: Path) -> tuple[str, str]:
        self.fake.repositories = {name: Repository(bare, "acme")}
        return f"acme/{name}", uuid_of(name)

    def request_count(self) -> int:
        return sum(len(repository.pulls) for repository in self.fake.repositories.values())

    def with_terms(self, **given: Any) -> Terms:
        return replace(super().with_terms(**given), identity=Identity("A Person", "person@example.com"))

    def try_once(self, job: Job) -> OnHost:
        done = self.host.push(job, self.terms)
        if done.error is not None:
            raise done.error
        return done


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BITBUCKET_TOKEN", TOKEN)
        patch.delenv("BITBUCKET_EMAIL", raising=False)
        patch.setattr("migrator.bulk.hosts.bitbucket.requests.PAUSES", (0.0, 0.0))
        rig = Rig(tmp_path_factory.mktemp("odd"))
        yield rig
        for number in range(rig.number + 1):
            rig.host.leave(number)
            rig.host.leave(-number)
        rig.close()
        rig.server.shutdown()
        rig.server.server_close()
    assert rig.fake.faults == []


@pytest.fixture(scope="module")
def entry(rig: Rig) -> Entry:
    """A repository with an open pull request."""
    return rig.pushed().entry


def _list(rig: Rig, entry: Entry) -> None:
    try:
        assert [each.name for each in rig.host.discover("acme")] == [entry.name]
    except UsageError as error:  # a workspace that is not there
        raise RepositoryError(Fault.NOT_FOUND, f"{error} Proxy login Gone") from None


def _push(rig: Rig, entry: Entry) -> None:
    rig.try_once(Job(entry, Result(entry.id, "changed", change=entry.change)))


def _follow(rig: Rig, entry: Entry) -> None:
    ((_, request),) = rig.host.follow([entry])
    if isinstance(request, RepositoryError):
        raise request
    if request is None:
        raise RepositoryError(Fault.NOT_FOUND, "Proxy login Gone")
    assert isinstance(request, Request)
    assert request.head == entry.head


def _merge(rig: Rig, entry: Entry) -> None:
    rig.host.merge(entry, "merge")


def _close(rig: Rig, entry: Entry) -> None:
    rig.host.close_one(entry, rig.terms)


_ACTS: dict[str, Callable[[Rig, Entry], None]] = {
    "list": _list, "push": _push, "follow": _follow, "merge": _merge, "close": _close
}  # fmt: skip


@pytest.mark.parametrize("act", _ACTS)
def test_an_odd_answer_ends_in_its_class(rig: Rig, entry: Entry, act: str) -> None:
    repository = rig.fake.repositories[entry.name.partition("/")[2]]
    for name, odd in ANSWERS.items():
        began = rig.time.at
        rig.said.clear()
        rig.fake.odd, rig.fake.only = odd, ""
        with pytest.raises(RepositoryError) as raised:
            _ACTS[act](rig, entry)
        rig.fake.odd = None
        message = str(raised.value)
        assert raised.value.fault == odd.fault, (name, message)
        assert odd.words in message, name
        assert message.isprintable(), name
        assert len(message) < 600, name
        assert SECRET not in message, name
        assert TOKEN not in message, name
        waited = rig.time.at - began
        assert waited <= 3 * TRIES * (LONGEST + 5), name
        assert waited < 10 or rig.said, "a wait is said"
        rig.time.at += LONGEST + 1
    if act == "list":
        _list(rig, entry)
    assert [pull.state for pull in repository.pulls] == ["OPEN"]
    assert len(commits_on(repository.path, BRANCH)) == 1


@pytest.mark.parametrize("name", ["a page", "null", "502 with a page", "555", "an answer that is cut off"])
def test_a_write_whose_answer_is_odd_is_done_once(rig: Rig, name: str) -> None:
    job = rig.planned()
    rig.fake.odd, rig.fake.only = ANSWERS[name], "/pullrequests"
    with pytest.raises(RepositoryError):
        rig.try_once(job)
    done = rig.push(job)
    assert (done.state, done.number) == (State.OPEN, 1)
    is_one(rig, job)
    pushed = rig.noted(job, done).entry
    rig.fake.odd, rig.fake.only = ANSWERS[name], "merge?async=true"
    assert rig.host.merge(pushed, "merge").state is State.MERGED
    assert rig.fake.odd is None


def test_a_token_that_is_refused_ends_the_run(rig: Rig, entry: Entry) -> None:
    rig.fake.odd, rig.fake.only = Odd("", "", 401, as_json({"error": {"message": "Token is invalid"}})), ""
    for act in _ACTS.values():
        with pytest.raises(CampaignError, match="Token is invalid"):
            act(rig, entry)
    rig.fake.odd = None


LISTED = {"type": "repository", "full_name": "acme/x", "mainbranch": {"type": "branch", "name": "main"}}


@pytest.mark.parametrize(
    "repository",
    [
        {"full_name": "acme/../../evil"},
        {"full_name": "acme/x\n"},
        {"full_name": "https://evil.example/x"},
        {"full_name": ["acme", "x"]},
        {"full_name": None},
        {"mainbranch": "main"},
        {"mainbranch": {"name": "a\u202eb\x1b[2J"}},
        {"is_private": "yes"},
        {"parent": "acme/y"},
        {"uuid": {"a": 1}},
    ],
    ids=str,
)
def test_no_odd_repository_becomes_an_address(rig: Rig, repository: dict[str, Any]) -> None:
    rig.fake.odd, rig.fake.only = Odd("", "", body=as_json({"values": [{**LISTED, **repository}]})), ""
    with pytest.raises(RepositoryError) as raised:
        list(rig.host.discover("acme"))
    rig.fake.odd = None
    assert raised.value.fault == "server-error"
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("following", "why"),
    [
        ("{url}/repositories/acme?pagelen=100", "again and again"),
        ("https://evil.example/2.0/repositories/acme?page=2", "gets no token"),
        ("{url}.evil.example/repositories/acme?page=2", "gets no token"),
    ],
)
def test_the_next_page_is_on_the_same_host(rig: Rig, following: str, why: str) -> None:
    page = {"values": [LISTED], "next": following.format(url=rig.server.url)}
    rig.fake.odd, rig.fake.only = Odd("", "", body=as_json(page)), ""
    listed = rig.host.discover("acme")
    assert next(listed).name == "acme/x"
    with pytest.raises(RepositoryError, match=why):
        next(listed)
    rig.fake.odd = None


def test_a_task_elsewhere_is_not_asked_for(rig: Rig) -> None:
    """Where Bitbucket says that a merge may be asked for, only the name of the task counts."""
    entry = rig.pushed().entry
    location = {"Location": "https://evil.example/merge/task-status/task-1"}
    rig.fake.odd, rig.fake.only = Odd("", "", 202, b"", location), "merge?async=true"
    assert rig.host.merge(entry, "merge").state is State.MERGED
