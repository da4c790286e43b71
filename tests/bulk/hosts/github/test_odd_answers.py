"""Odd answers: each ends in its class with the host's own words, no wait is silent or too long, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.hosts.github.api import Api
from migrator.bulk.states import CampaignError, RepositoryError
from migrator.services.answers import anything
from migrator.services.budget import Budget
from migrator.services.faults import Fault
from tests.bulk.hosts.acts import ACTS, ends_in_its_class, is_one, read_it
from tests.bulk.hosts.direct import Direct
from tests.bulk.hosts.github.fake import TOKEN, serve
from tests.bulk.hosts.github.odd import OddGitHub, OddHandler
from tests.bulk.hosts.github.repositories import Repository
from tests.bulk.hosts.odd import ANYWHERE, Odd, as_json


def _errors(*errors: Any, data: Any = None) -> bytes:
    return as_json({"data": data, "errors": list(errors)})


_SAML = "Resource protected by organization SAML enforcement. You must grant your token access to this organization."
_ALLOW = "the `acme` organization has an IP allow list enabled, and your IP address 192.0.2.1 is not permitted"
ANSWERS: dict[str, Odd] = {
    **ANYWHERE,
    "a wrong number": Odd("server-error", "", body=b'{"data": NaN}'),
    "data that is a list": Odd("server-error", "", body=b'{"data": [1]}'),
    "data that is a text": Odd("server-error", "", body=b'{"data": "x"}'),
    "empty data": Odd("server-error", "", body=b'{"data": {}}'),
    "errors that are a text": Odd("server-error", "", body=b'{"data": null, "errors": "Unicorn"}'),
    "errors that are numbers": Odd("server-error", "", body=b'{"data": null, "errors": [1, null, [2]]}'),
    "an error with a wrong type": Odd("server-error", "", body=_errors({"type": ["x"], "message": {"a": 1}})),
    "an error of the host": Odd("server-error", "", body=_errors({"message": "Something went wrong"})),
    "data beside an error": Odd("server-error", "", body=_errors({"message": "Timeout"}, data={"nodes": [None]})),
    "SAML of a query": Odd(
        "single-sign-on", "", rest="server-error",
        body=_errors({"type": "FORBIDDEN", "extensions": {"saml_failure": True}, "message": _SAML}),
    ),
    "an IP allow list of a query": Odd(
        "forbidden", "", rest="server-error", body=_errors({"type": "FORBIDDEN", "message": _ALLOW})
    ),
    "SAML": Odd("single-sign-on", "SAML enforcement", 403, as_json({"message": _SAML})),
    "SAML by a header": Odd("single-sign-on", "No", 403, as_json({"message": "No"}), {"X-GitHub-SSO": "required"}),
    "an IP allow list": Odd("forbidden", "IP allow list", 403, as_json({"message": _ALLOW})),
    "a token without the right": Odd("forbidden", "not allowed", 403, as_json({"message": "Resource not allowed"})),
    "a protected branch": Odd("protected", "Protected branch", 403, as_json({"message": "Protected branch GH006"})),
    "404": Odd("not-found", "Not Found", 404, as_json({"message": "Not Found"})),
    "409": Odd("changed-since-plan", "Conflict", 409, as_json({"message": "Conflict"}), rest="protected"),
    "422": Odd(
        "changed-since-plan", "Bad; Worse", 422, as_json({"message": "Bad", "errors": ["Worse"]}), rest="protected"
    ),
    "422 with odd errors": Odd(
        "changed-since-plan", "Bad", 422, as_json({"message": "Bad", "errors": 7}), rest="protected"
    ),
    "405": Odd("forbidden", "Not allowed", 405, as_json({"message": "Not allowed"}), rest="protected"),
    "an empty purse in milliseconds": Odd(
        "rate-limited", "", 403, b"", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000900000"}
    ),
}  # fmt: skip


class Rig(Direct):
    """A GitHub that answers oddly, asked directly."""

    kind = "github"

    def __init__(self, folder: Path) -> None:
        self.fake = OddGitHub(folder)
        self.server = serve(self.fake, handler=OddHandler)
        super().__init__(folder, f"http://127.0.0.1:{self.server.server_address[1]}")

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.git"

    def add(self, name: str, bare: Path) -> tuple[str, str]:
        self.fake.repositories = {name: Repository(bare, "acme")}
        return f"acme/{name}", f"R_{name}"

    def request_count(self) -> int:
        (repository,) = self.fake.repositories.values()
        return len(repository.pulls)

    def answer_with(self, odd: Odd | None, act: str) -> None:
        self.fake.odd, self.fake.after, self.fake.rest_only = odd, 0, odd is not None and act == "merge"

    def close(self) -> None:
        super().close()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_TOKEN", TOKEN)
        rig = Rig(tmp_path_factory.mktemp("odd"))
        yield rig
        rig.close()


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("act", ACTS)
def test_an_odd_answer_ends_in_its_class(rig: Rig, act: str, name: str) -> None:
    odd = ANSWERS[name]
    ends_in_its_class(rig, act, odd, (odd.rest if act == "merge" else "") or odd.fault)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("name", ["a page", "cut JSON", "null", "502 with a page", "an answer that is cut off"])
def test_a_write_whose_answer_is_odd_is_done_once(rig: Rig, name: str, at: int) -> None:
    job = rig.planned()
    rig.fake.odd, rig.fake.after = ANSWERS[name], at
    try:
        rig.push(job)
    except RepositoryError:
        rig.fake.odd = None
        rig.push(job)
    rig.fake.odd, rig.fake.after = None, 0
    is_one(rig, job)


def test_a_token_that_is_refused_ends_the_run(rig: Rig) -> None:
    job = rig.planned()
    rig.fake.odd = Odd("", "", 401, as_json({"message": "Bad credentials"}))
    with pytest.raises(CampaignError, match="Bad credentials"):
        read_it(rig, job)
    rig.fake.odd = None


def test_an_organisation_that_asks_for_single_sign_on_is_not_one_that_does_not_exist(rig: Rig) -> None:
    rig.planned()
    error = {"type": "FORBIDDEN", "path": ["repositoryOwner"], "extensions": {"saml_failure": True}, "message": _SAML}
    rig.fake.odd = Odd("", "", body=_errors(error, data={"repositoryOwner": None}))
    with pytest.raises(RepositoryError, match="authorize the token") as raised:
        list(rig.host.discover("acme"))
    rig.fake.odd = None
    assert raised.value.fault == "single-sign-on"


def test_a_cursor_that_repeats_ends_the_list_with_what_it_had(rig: Rig) -> None:
    name = rig.planned().entry.name
    node = {
        "id": "R_1", "nameWithOwner": name, "url": f"https://github.com/{name}", "visibility": "PRIVATE",
        "isArchived": False, "isDisabled": False, "isEmpty": False, "isFork": False,
        "defaultBranchRef": {"name": "main"}, "repositoryTopics": {"nodes": []},
    }  # fmt: skip
    page = {"pageInfo": {"hasNextPage": True, "endCursor": "again"}, "nodes": [node]}
    rig.fake.odd = Odd("", "", body=as_json({"data": {"repositoryOwner": {"repositories": page}}}))
    listed = rig.host.discover("acme")
    assert [next(listed).name, next(listed).name] == [name, name]
    with pytest.raises(RepositoryError, match="same page"):
        next(listed)
    rig.fake.odd = None


def test_an_answer_that_trickles_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not ends.wait(0.02):
                    self.wfile.write(b" ")

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("migrator.services.client.PATIENCE", 0.0)
    api = Api(f"http://127.0.0.1:{server.server_address[1]}", TOKEN, Budget(threading.Event()), timeout=1)
    with pytest.raises(RepositoryError) as raised:
        api.rest("POST", "/x", anything)
    assert raised.value.fault == Fault.TIMEOUT
    ends.set()
    api.close()
    server.shutdown()
    server.server_close()
