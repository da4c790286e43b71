"""Odd answers of Gitea: each ends in its class with the host's own words, whatever was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.budgets import Budgets
from migrator.bulk.entry import Entry
from migrator.bulk.git import Identity
from migrator.bulk.host import Job, Terms
from migrator.bulk.hosts.gitea.host import Host
from migrator.bulk.kinds import kinds
from migrator.bulk.states import CampaignError, RepositoryError, State
from migrator.bulk.work import Result
from migrator.bulk.world import World
from migrator.engine.batch import Plan
from migrator.errors import UsageError
from migrator.policy import Policy
from migrator.services.budget import LONGEST, TRIES
from migrator.services.faults import Fault
from tests.bulk.hosts.odd import ANYWHERE, SECRET, Odd, as_json
from tests.services.test_budget import Time

TOKEN = "0123456789abcdef0123456789abcdef01234567"
ENTRY = Entry(1, "acme/x", "gitea", "http://127.0.0.1/acme/x", State.OPEN, host_id="7", number=3, head="a" * 40)
TERMS = Terms("hub", "migrator/hub", Plan((), (), Policy()), Identity("A", "a@example.com"))
ANSWERS: dict[str, Odd] = {
    **ANYWHERE,
    "422 as Gitea's": Odd("changed-since-plan", "Validation", 422, as_json({"message": "Validation", "url": "x"})),
    "423": Odd("forbidden", "archived", 423, as_json({"message": "the repo is archived", "errors": None})),
    "our own token in a page": Odd("server-error", "****", body=b"<p>no right: token %s</p>" % TOKEN.encode()),
    "our own token": Odd("forbidden", "****", 403, as_json({"message": f"no right: {TOKEN}"})),
}
LISTED = {
    "id": 7, "full_name": "acme/x", "html_url": "http://127.0.0.1/acme/x", "default_branch": "main", "empty": False,
    "archived": False, "fork": False, "mirror": False, "private": True, "has_pull_requests": True, "topics": None,
}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        return

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        odd = self.server.odd
        headers = {"Content-Type": "application/json", "Content-Length": str(len(odd.body)), **odd.headers}
        self.send_response(odd.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(odd.body)
        self.close_connection = True

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815


class Server(ThreadingHTTPServer):
    """It answers whatever is asked with the same."""

    daemon_threads = True
    odd = Odd("", "")

    def handle_error(self, *_: object) -> None:
        return


class Rig:
    """A host whose clock is its own."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.time, self.said = Time(), list[str]()
        budgets = Budgets(threading.Event(), clock=self.time.clock(), say=self.said.append, per_minute=0, per_hour=0)
        url = f"http://127.0.0.1:{self.server.server_address[1]}/api/v1"
        world = World(folder, {"gitea": url}, budgets=budgets)
        world.prepare()
        self.host = Host(kinds()["gitea"], world)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITEA_TOKEN", TOKEN)
        rig = Rig(tmp_path_factory.mktemp("odd"))
        yield rig
        rig.host.close()
        rig.server.shutdown()
        rig.server.server_close()


def _list(rig: Rig, place: str = "acme") -> None:
    try:
        listed = list(rig.host.discover(place))
    except UsageError as error:  # an organisation that is not there
        raise RepositoryError(Fault.NOT_FOUND, f"{error} Proxy login Gone gets no token") from None
    if not listed:  # the one odd answer that is a listing
        raise RepositoryError(Fault.SERVER, "no object")


def _follow(rig: Rig) -> None:
    ((_, request),) = rig.host.follow([ENTRY])
    if request is None:
        raise RepositoryError(Fault.NOT_FOUND, "Proxy login Gone")
    assert isinstance(request, RepositoryError)
    raise request


_ACTS: dict[str, Callable[[Rig], object]] = {
    "list": _list,
    "one": lambda rig: _list(rig, "acme/x"),
    "push": lambda rig: rig.host.push(Job(ENTRY, Result(1, "changed")), TERMS),
    "follow": _follow,
    "merge": lambda rig: rig.host.merge(ENTRY, "merge"),
    "close": lambda rig: rig.host.close_one(ENTRY, TERMS),
}


@pytest.mark.parametrize("act", _ACTS)
def test_an_odd_answer_ends_in_its_class(rig: Rig, act: str) -> None:
    for name, odd in ANSWERS.items():
        began = rig.time.at
        rig.said.clear()
        rig.server.odd = odd
        with pytest.raises(RepositoryError) as raised:
            _ACTS[act](rig)
        message = str(raised.value)
        assert raised.value.fault == odd.fault, (name, message)
        assert odd.words.replace("no object", "no ") in message, (name, message)
        assert message.isprintable(), name
        assert len(message) < 600, name
        assert SECRET not in message, name
        assert TOKEN not in message, name
        waited = rig.time.at - began
        assert waited <= 3 * TRIES * (LONGEST + 5), name
        assert waited < 10 or rig.said, "a wait is said"
        rig.time.at += LONGEST + 1


def test_a_token_that_is_refused_ends_the_run(rig: Rig) -> None:
    rig.server.odd = Odd("", "", 401, as_json({"message": "token is required"}))
    for act in _ACTS.values():
        with pytest.raises(CampaignError, match="token is required"):
            act(rig)


@pytest.mark.parametrize(
    "repository",
    [
        {"full_name": "acme/../../evil"},
        {"full_name": "../x"},
        {"full_name": "acme/.."},
        {"full_name": "acme/x\n"},
        {"full_name": "https://evil.example/x"},
        {"full_name": "acme/x?token"},
        {"full_name": ["acme", "x"]},
        {"full_name": None},
        {"default_branch": "a\u202eb\x1b[2J"},
        {"private": "yes"},
        {"id": "7/../8"},
        {"id": -1},
    ],
    ids=str,
)
def test_no_odd_repository_becomes_an_address(rig: Rig, repository: dict[str, Any]) -> None:
    rig.server.odd = Odd("", "", body=as_json([{**LISTED, **repository}]))
    with pytest.raises(RepositoryError) as raised:
        list(rig.host.discover("acme"))
    assert raised.value.fault == "server-error"
    assert str(raised.value).isprintable()


def test_a_page_that_comes_again_and_again_ends_the_listing(rig: Rig) -> None:
    rig.server.odd = Odd("", "", body=as_json([LISTED]))
    listed = rig.host.discover("acme")
    assert next(listed).name == "acme/x"
    with pytest.raises(RepositoryError, match="again and again"):
        next(listed)
    rig.server.odd = Odd("", "", body=as_json([LISTED]), headers={"X-Total-Count": "1"})
    assert [each.name for each in rig.host.discover("acme")] == ["acme/x"]
