"""Odd answers of GitLab: each ends in its class with the host's own words, no wait is silent, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.states import CampaignError, RepositoryError, State
from tests.bulk.hosts.acts import ACTS, ends_in_its_class, is_one, read_it
from tests.bulk.hosts.direct import BRANCH
from tests.bulk.hosts.gitlab.direct import DirectGitLab
from tests.bulk.hosts.gitlab.fake import TOKEN, GitLab, Handler
from tests.bulk.hosts.odd import ANYWHERE, SECRET, Odd, as_json, give
from tests.bulk.repositories import commits_on
from tests.doses import IS_SOAK

_OTHERWISE = ("a list", "a text", "a number", "null", "no data", "404 with a page")
"""What GitLab may say, or is told in other words here: no project, an empty list."""
_LATER = b"Retry later\n"
ANSWERS: dict[str, Odd] = {
    **{name: odd for name, odd in ANYWHERE.items() if name not in _OTHERWISE},
    "a text": Odd("server-error", "", body=b'"Unicorn"'),
    "null": Odd("server-error", "", body=b"null"),
    "429 of GitLab": Odd("rate-limited", "still limits", 429, _LATER, {"Content-Type": "text/plain"}),
    "429 with quota left": Odd("rate-limited", "", 429, _LATER, {
        "Content-Type": "text/plain", "RateLimit-Limit": "2000", "RateLimit-Remaining": "1900"}),
    "a list of words": Odd("forbidden", "Bad; Worse", 400, as_json({"message": ["Bad", "Worse", 7, None]})),
    "words by fields": Odd(
        "forbidden", "title is long, is odd; Wrong", 400,
        as_json({"message": {"title": ["is long, is odd"], "base": ["Wrong"], "x": 1}}),
    ),
    "words of a parameter": Odd("forbidden", "ref is missing", 400, as_json({"error": "ref is missing"})),
    "an IP that may not": Odd("forbidden", "not allowed", 403, as_json({"message": "IP address not allowed"})),
    "single sign-on": Odd("single-sign-on", "SAML", 403, as_json({"message": "403 Forbidden - SAML SSO session"})),
    "a project that moved": Odd("not-found", "moved", 301, b"", {"Location": "http://127.0.0.1/api/v4/projects/1"}),
    "a token in the words": Odd("forbidden", "****", 403, as_json({"message": f"bad {SECRET}\n\x1b[2J\u202e"})),
    "our own token in the words": Odd("forbidden", "****", 403, as_json({"message": f"bad {TOKEN}"})),
    "an object of wrong types": Odd("server-error", "", body=as_json({
        "id": "one", "iid": -1, "state": ["opened"], "commit": 1, "default_branch": {}, "data": {"projects": 1}})),
    "a list of wrong types": Odd("server-error", "", body=as_json([1, None, {"id": None}])),
    "errors that are a text": Odd("server-error", "", body=as_json({"data": None, "errors": "Unicorn"})),
    "errors that are numbers": Odd("server-error", "", body=as_json({"data": None, "errors": [1, None, [2]]})),
    "a huge number": Odd("server-error", "", body=b'{"id": ' + b"9" * 4000 + b"}"),
    "a branch with control characters": Odd("server-error", "", body=as_json({
        "id": 1, "path_with_namespace": "a\nb", "web_url": "javascript:alert(1)", "default_branch": "x\x1b[2J"})),
}  # fmt: skip


class OddGitLab(GitLab):
    odd: Odd | None = None
    after = 0
    """So many writes are done, and answered so."""


class OddHandler(Handler):
    host: OddGitLab

    def _answer(self, path: str, query: dict[str, str], sent: Any, scopes: frozenset[str]) -> None:
        if self.host.odd is not None and not self.host.after:
            give(self, self.host.odd)
            return
        super()._answer(path, query, sent, scopes)

    def _json(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        writes = self.command != "GET" and "graphql" not in self.path
        if self.host.odd is not None and self.host.after > 0 and writes and status < 300:
            self.host.after -= 1
            if not self.host.after:
                odd, self.host.odd = self.host.odd, None
                give(self, odd)
                return
        super()._json(status, answer, headers)


class Rig(DirectGitLab):
    fake: OddGitLab

    def answer_with(self, odd: Odd | None, act: str) -> None:
        del act
        self.fake.odd, self.fake.after = odd, 0


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITLAB_TOKEN", TOKEN)
        folder: Path = tmp_path_factory.mktemp("odd")
        rig = Rig(folder, OddGitLab(folder), OddHandler)
        yield rig
        rig.close()


@pytest.fixture(autouse=True)
def _graphql(rig: Rig) -> None:
    """Whether it is there is asked anew."""
    rig.host.api.without_graphql = False  # type: ignore[attr-defined]


CASES = [(act, name) for act in ACTS for name in ANSWERS]
FEW = [(tuple(ACTS)[number % len(ACTS)], name) for number, name in enumerate(ANSWERS)]
"""Each answer once, and each act with some of them: all go through the same client."""


@pytest.mark.parametrize(("act", "name"), CASES if IS_SOAK else FEW)
def test_an_odd_answer_ends_in_its_class(rig: Rig, act: str, name: str) -> None:
    ends_in_its_class(rig, act, ANSWERS[name], ANSWERS[name].fault)


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("name", ["cut JSON", "502 with a page", "an answer that is cut off"])
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
    words = {
        "error": "invalid_token",
        "error_description": "Token was revoked. You have to re-authorize from the user.",
    }
    rig.fake.odd = Odd("", "", 401, as_json(words))
    with pytest.raises(CampaignError, match="Token was revoked"):
        read_it(rig, job)
    rig.fake.odd = None


def test_graphql_that_lies_about_contents_is_not_believed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is taken only where it is what its id says."""
    monkeypatch.setattr("tests.bulk.hosts.gitlab.projects.Project.blob", lambda *_: b"version: 2.1 # another\n")
    job_entry = None
    with pytest.raises(AssertionError, match="returned bytes that differ"):
        job_entry = rig.planned()
    assert job_entry is None


def test_a_page_that_repeats_ends_the_list_with_what_it_had(rig: Rig) -> None:
    job = rig.planned()
    body = as_json([rig.project(job).entity()])
    link = '<http://127.0.0.1/api/v4/groups/acme/projects?page=2>; rel="next"'
    rig.fake.odd = Odd("", "", body=body, headers={"Link": link})
    listed = rig.host.discover("acme")
    assert [next(listed).name, next(listed).name] == [job.entry.name] * 2
    with pytest.raises(RepositoryError, match="same page"):
        next(listed)
    rig.fake.odd = None


def test_a_link_to_nowhere_is_not_followed(rig: Rig) -> None:
    job = rig.planned()
    rig.fake.odd = Odd("", "", body=as_json([rig.project(job).entity()]), headers={"Link": "<http://[::bad>; rel=next"})
    with pytest.raises(RepositoryError, match="same page"):
        list(rig.host.discover("acme"))
    rig.fake.odd = None


def test_merge_requests_that_are_odd_are_still_one(rig: Rig) -> None:
    """Nothing that is there by chance is taken for ours."""
    job = rig.pushed()
    rig.request(job).state = "weird"
    ((_, request),) = rig.host.follow([job.entry])
    assert request is None
    rig.request(job).state = "opened"
    assert rig.push(job).state is State.OPEN
    assert len(commits_on(rig.project(job).path, BRANCH)) == 1
