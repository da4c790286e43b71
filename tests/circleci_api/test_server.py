"""The CircleCI on loopback does what CircleCI publishes, and goes wrong as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.circleci_api import CircleCI, contract, faults, serve
from tests.circleci_api.contract import needs_contract
from tests.circleci_api.server import KEY
from tests.circleci_compiler import Compiled


@pytest.fixture
def api() -> Iterator[CircleCI]:
    with serve(CircleCI()) as running:
        yield running


def ask(api: CircleCI, method: str, path: str, sent: Any = None, *, key: str = KEY, **query: str) -> httpx.Response:
    headers = {"Circle-Token": key} if key else {}
    return httpx.request(method, f"{api.url}/api{path}", json=sent, params=query or None, headers=headers, timeout=30)


def names(api: CircleCI, path: str, member: str = "name", **query: str) -> list[Any]:
    """Of all pages."""
    found: list[Any] = []
    token = ""
    while True:
        body = ask(api, "GET", path, **query, **({"page-token": token} if token else {})).json()
        found += [each[member] for each in body["items"]]
        token = body["next_page_token"]
        if not token:
            return found


# -- contexts


def test_contexts_are_listed_page_by_page(api: CircleCI) -> None:
    api.page = 7
    wanted = [api.context("gh/acme", f"context-{number}").name for number in range(40)]
    api.context("gh/other", "not-this")
    assert names(api, "/v2/context", **{"owner-slug": "gh/acme"}) == wanted
    assert names(api, "/v2/context", **{"owner-id": api.organization("gh/acme").id}) == wanted
    assert names(api, "/v2/context", **{"owner-slug": "github/acme"}) == wanted
    assert api.faults == []


def test_a_context_is_created_once_and_its_variables_put_and_deleted(api: CircleCI) -> None:
    api.organization("gh/acme")
    owner = {"slug": "gh/acme", "type": "organization"}
    made = ask(api, "POST", "/v2/context", {"name": "hub", "owner": owner})
    assert made.status_code == 200
    assert ask(api, "POST", "/v2/context", {"name": "hub", "owner": owner}).status_code == 409
    path = f"/v2/context/{made.json()['id']}"
    assert ask(api, "GET", path).json() == made.json()
    assert ask(api, "PUT", f"{path}/environment-variable/USER", {"value": "s3cret-1"}).status_code == 200
    assert names(api, f"{path}/environment-variable", "variable") == ["USER"]
    assert api.overwritten == []
    assert ask(api, "PUT", f"{path}/environment-variable/USER", {"value": "s3cret-2"}).status_code == 200
    assert api.overwritten == ["gh/acme hub USER"]
    assert ask(api, "DELETE", f"{path}/environment-variable/USER").status_code == 200
    assert ask(api, "DELETE", path).status_code == 200
    assert ask(api, "GET", path).status_code == 404
    assert api.faults == []
    assert [line.partition(" ")[0] for line in api.writes()] == ["POST", "POST", "PUT", "PUT", "DELETE", "DELETE"]


def test_restrictions_are_of_projects_that_are_there_and_none_is_made_twice(api: CircleCI) -> None:
    project, context = api.project("gh/acme/api"), api.context("gh/acme", "hub")
    path = f"/v2/context/{context.id}/restrictions"
    body = {"restriction_type": "project", "restriction_value": project.id}
    made = ask(api, "POST", path, body)
    assert (made.status_code, made.json()["name"]) == (201, "api")
    assert ask(api, "POST", path, body).status_code == 409
    elsewhere = {"restriction_type": "project", "restriction_value": api.project("gh/other/api").id}
    assert ask(api, "POST", path, elsewhere).status_code == 400
    assert names(api, path, "restriction_value") == [project.id]
    assert ask(api, "DELETE", f"{path}/{made.json()['id']}").status_code == 200
    assert names(api, path, "id") == []
    assert api.faults == []


def test_what_a_token_does_not_see_is_not_there(api: CircleCI) -> None:
    context = api.context("gh/secret", "hub")
    api.project("gh/secret/api")
    api.context("gh/acme", "hub")
    key = api.token("limited", sees=["gh/acme"])
    assert ask(api, "GET", "/v2/context", key=key, **{"owner-slug": "gh/acme"}).status_code == 200
    for path in ("/v2/context?owner-slug=gh/secret", f"/v2/context/{context.id}", "/v2/project/gh/secret/api"):
        assert ask(api, "GET", path, key=key).status_code == 404
    assert [each["slug"] for each in ask(api, "GET", "/v2/me/collaborations", key=key).json()] == ["gh/acme"]
    assert ask(api, "GET", "/v3/orgs", key=key, **{"filter[slug]": "gh/secret"}).json()["data"] == []
    assert api.faults == []


@pytest.mark.parametrize("key", ["", "unknown"])
def test_nothing_is_said_without_a_token_that_is_known(api: CircleCI, key: str) -> None:
    api.organization("gh/acme")
    answer = ask(api, "GET", "/v2/context", key=key, **{"owner-slug": "gh/acme"})
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid token provided."})


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {KEY}"}, {"Circle-Token": KEY}])
def test_a_token_is_taken_from_both_headers(api: CircleCI, headers: dict[str, str]) -> None:
    assert httpx.get(f"{api.url}/api/v2/me", headers=headers).json()["login"] == "person"
    assert httpx.get(f"{api.url}/api/v2/me", auth=(KEY, "")).status_code == 200


def test_a_token_of_the_old_format_serves_for_projects_and_not_for_contexts(api: CircleCI) -> None:
    api.project("gh/acme/api")
    key = api.token("old", is_old=True)
    assert ask(api, "GET", "/v2/project/gh/acme/api/envvar", key=key).status_code == 200
    for path in ("/v2/context?owner-slug=gh/acme", "/v2/project/gh/acme/api/settings"):
        answer = ask(api, "GET", path, key=key)
        assert answer.status_code == 401
        assert "New format tokens" in answer.text
    assert api.faults == []


# -- projects


@pytest.mark.parametrize("slug", ["gh/acme/api", "github/acme/api", "gh%2Facme%2Fapi"])
def test_a_project_is_found_by_each_spelling_of_its_slug(api: CircleCI, slug: str) -> None:
    made = api.project("gh/acme/api")
    answer = ask(api, "GET", f"/v2/project/{slug}").json()
    assert (answer["id"], answer["slug"], answer["organization_slug"]) == (made.id, "gh/acme/api", "gh/acme")
    assert answer["vcs_info"]["provider"] == "GitHub"
    assert api.faults == []


def test_a_project_of_the_app_goes_by_ids(api: CircleCI) -> None:
    owner = api.app_organization("acme")
    made = api.project(f"{owner.slug}/api", "https://gitlab.com/acme/api")
    assert ask(api, "GET", f"/v2/project/{made.slug}").json()["vcs_info"]["provider"] == "CircleCI"
    assert ask(api, "GET", f"/v2/project/circleci/{owner.id}/{made.id}").json()["name"] == "api"
    assert ask(api, "GET", "/v2/project/bb/acme/api").status_code == 404
    assert api.faults == []


def test_variables_of_a_project_show_their_last_four_letters(api: CircleCI) -> None:
    api.project("bb/acme/api", variables={"OLD": "there-before"})
    path = "/v2/project/bb/acme/api/envvar"
    made = ask(api, "POST", path, {"name": "TOKEN", "value": "a-secret-1234"})
    assert (made.status_code, made.json()["value"]) == (201, "xxxx1234")
    assert names(api, path) == ["OLD", "TOKEN"]
    assert ask(api, "GET", f"{path}/TOKEN").json()["value"] == "xxxx1234"
    assert ask(api, "POST", path, {"name": "OLD", "value": "x"}).status_code == 201
    assert api.overwritten == ["bb/acme/api OLD"]
    assert ask(api, "DELETE", f"{path}/TOKEN").status_code == 200
    assert ask(api, "GET", f"{path}/TOKEN").status_code == 404
    assert api.faults == []


def test_settings_are_read_and_changed_by_name(api: CircleCI) -> None:
    made = api.project("gh/acme/api")
    path = "/v2/project/gh/acme/api/settings"
    assert ask(api, "GET", path).json()["advanced"]["forks_receive_secret_env_vars"] is False
    assert ask(api, "PATCH", path, {"advanced": {"build_fork_prs": True}}).json()["advanced"]["build_fork_prs"] is True
    assert api.faults == []
    made.is_locked = True
    assert ask(api, "PATCH", path, {"advanced": {"build_fork_prs": False}}).status_code == 403


def test_pipelines_are_listed_by_branch(api: CircleCI) -> None:
    made = api.project("gh/acme/api")
    made.pipelines = [{"number": number, "vcs": {"branch": "main" if number % 2 else "x"}} for number in range(5)]
    assert names(api, "/v2/project/gh/acme/api/pipeline", "number", branch="main") == [1, 3]


# -- v3, Server


def test_an_organisation_and_a_project_are_found_by_slug(api: CircleCI) -> None:
    made = api.project("gh/acme/api")
    assert ask(api, "GET", "/v3/orgs", **{"filter[slug]": "gh/acme"}).json()["data"] == [{"id": made.organization.id}]
    assert ask(api, "GET", "/v3/orgs", **{"filter[slug]": "gh/nobody"}).json()["data"] == []
    found = ask(api, "GET", "/v3/projects", **{"filter[slug]": "gh/acme/api"}).json()["data"][0]
    assert (found["id"], found["references"]["org"]["id"]) == (made.id, made.organization.id)


def test_a_config_is_compiled_for_an_organisation_or_for_none() -> None:
    seen = []

    def compiler(config: str, parameters: dict[str, Any], values: dict[str, Any], organization: str) -> Compiled:
        seen.append((config, parameters, values, organization))
        return Compiled("version: 2\n") if "jobs" in config else Compiled(errors=("no jobs", "nothing"))

    with serve(CircleCI(compile=compiler)) as api:
        number = api.organization("gh/acme").id
        body: dict[str, Any] = {"data": {"attributes": {"config": "jobs: {}", "pipeline_parameters": {"x": 1}}}}
        good = ask(api, "POST", "/v3/configs/compile", body, key="").json()
        assert good["data"]["attributes"] == {
            "phase": "ended", "outcome": "succeeded", "compiled_config": "version: 2\n"
        }  # fmt: skip
        body["data"]["references"] = {"org": {"id": number}}
        body["data"]["attributes"]["config"] = "x"
        bad = ask(api, "POST", "/v3/configs/compile", body).json()
        assert bad["data"]["attributes"]["outcome"] == "failed"
        assert [each["title"] for each in bad["meta"]["messages"]] == ["no jobs", "nothing"]
        assert seen == [("jobs: {}", {"x": 1}, {}, ""), ("x", {"x": 1}, {}, "gh/acme")]
        body["data"]["attributes"]["branch"] = "main"
        assert ask(api, "POST", "/v3/configs/compile", body).status_code == 400
        assert api.writes() == []


def test_a_server_has_no_v3_and_owners_that_are_accounts() -> None:
    with serve(CircleCI(is_server=True)) as api:
        number = api.context("gh/acme", "hub").organization.id
        assert ask(api, "GET", "/v2/context", **{"owner-slug": "gh/acme"}).status_code == 404
        assert ask(api, "GET", "/v2/context", **{"owner-id": number}).status_code == 404
        assert names(api, "/v2/context", **{"owner-id": number, "owner-type": "account"}) == ["hub"]
        body = {"name": "new", "owner": {"id": number, "type": "account"}}
        assert ask(api, "POST", "/v2/context", body).status_code == 200
        assert ask(api, "POST", "/v3/configs/compile", {}).status_code == 404
        assert api.faults == []


# -- the contract


@needs_contract
@pytest.mark.parametrize(
    ("method", "path", "sent", "why"),
    [
        ("GET", "/v2/context?owner-slug=gh/acme&limit=100", None, "no parameter limit is published"),
        ("GET", "/v2/context?owner-slug=gh/acme&owner-type=user", None, "owner-type is user"),
        ("GET", "/v2/project/gh/acme/api/envvar?page-token=x", None, "no parameter page-token"),
        ("POST", "/v2/project/gh/acme/api/envvar", {"name": "A", "value": "b", "safe": True}, "safe is not published"),
        ("POST", "/v2/context", {"name": "x", "owner": {"slug": "gh/acme", "type": "account"}}, "is not valid"),
        ("POST", "/v2/context", {"name": "x", "owner": {"slug": "gh/acme"}, "restrictions": []}, "restrictions"),
        ("GET", "/v2/insights/gh/acme/api/workflows", None, "publishes no such operation"),
    ],
)  # fmt: skip
def test_what_circleci_does_not_publish_is_noted(api: CircleCI, method: str, path: str, sent: Any, why: str) -> None:
    api.project("gh/acme/api")
    ask(api, method, path, sent)
    assert len(api.faults) == 1
    assert why in api.faults[0]


@needs_contract
def test_an_answer_that_circleci_would_not_give_is_noted() -> None:
    record = {"id": "405d8375-3514-403b-8c43-83ae74cfe0e9", "name": "hub", "created_at": "2026-11-30T10:00:00Z"}
    page = {"items": [record], "next_page_token": None}
    assert contract.faults("GET", "/context", {}, None, 200, page) == []
    for wrong in ({**page, "total": 1}, {"items": [record]}, {**page, "items": [{**record, "id": "1"}]}, [record]):
        assert contract.faults("GET", "/context", {}, None, 200, wrong) != []
    assert contract.faults("GET", "/context", {}, None, 201, page) != []


# -- what goes wrong


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        (faults.unauthorized(), 401, "Invalid token provided."),
        (faults.old_token(), 401, "New format tokens"),
        (faults.refused(403, "Permission denied."), 403, "Permission denied."),
        (faults.refused(404, "Context not found."), 404, "Context not found."),
        (faults.refused(409, "Context already exists."), 409, "already exists"),
        (faults.broken(), 500, "Internal server error."),
        (faults.html(), 502, "<html>"),
        (faults.empty(), 503, ""),
        (faults.not_json(), 200, "It works!"),
    ],
)
def test_a_fault_is_given_as_often_as_it_is_meant(api: CircleCI, fault: faults.Fault, status: int, text: str) -> None:
    fault.times = 2
    api.inject(fault)
    for _ in range(2):
        answer = ask(api, "GET", "/v2/me")
        assert answer.status_code == status
        assert text in answer.text
    assert ask(api, "GET", "/v2/me").status_code == 200


def test_a_rate_limit_says_when_to_come_again_or_does_not(api: CircleCI) -> None:
    api.inject(faults.rate_limited(retry_after="7"), faults.rate_limited(retry_after=None, limit=60, reset=9))
    assert ask(api, "GET", "/v2/me").headers["Retry-After"] == "7"
    second = ask(api, "GET", "/v2/me").headers
    assert "Retry-After" not in second
    assert (second["RateLimit-Remaining"], second["X-RateLimit-Reset"]) == ("0", "9")


def test_a_fault_meets_only_the_requests_that_it_is_for(api: CircleCI) -> None:
    api.inject(faults.Fault(500, at="PUT /api/v2/context", skip=1))
    path = f"/v2/context/{api.context('gh/acme', 'hub').id}/environment-variable"
    assert ask(api, "GET", path).status_code == 200
    assert [ask(api, "PUT", f"{path}/A", {"value": "x"}).status_code for _ in range(3)] == [200, 500, 200]


@pytest.mark.parametrize("fault", [faults.cut(), faults.lost()])
def test_what_was_asked_for_may_be_done_and_the_answer_lost(api: CircleCI, fault: faults.Fault) -> None:
    api.organization("gh/acme")
    api.inject(fault)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(api, "POST", "/v2/context", {"name": "hub", "owner": {"slug": "gh/acme"}})
    assert [each.name for each in api.all_contexts()] == ["hub"]


def test_a_slow_answer_is_the_right_one(api: CircleCI) -> None:
    api.inject(faults.slow(60))
    got = []
    asking = threading.Thread(target=lambda: got.append(ask(api, "GET", "/v2/me").status_code))
    asking.start()
    api.wake.set()
    asking.join()
    assert got == [200]


@pytest.mark.parametrize("after", [False, True])
def test_a_request_is_held_before_or_after_it_is_done(api: CircleCI, after: bool) -> None:
    api.organization("gh/acme")
    api.gate.arm(1, after=after)

    def create() -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(api, "POST", "/v2/context", {"name": "hub", "owner": {"slug": "gh/acme"}})

    asking = threading.Thread(target=create)
    asking.start()
    while not api.gate.is_held():
        asking.join(0.005)
    assert [each.name for each in api.all_contexts()] == (["hub"] if after else [])
    api.gate.release()
    asking.join()
