"""A client that somebody else wrote finds the CircleCI on loopback to be one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.circleci_api import CircleCI, serve


@pytest.fixture
def api() -> Iterator[CircleCI]:
    with serve(CircleCI(page=3)) as running:
        yield running
        assert running.faults == []


@pytest.fixture
def client(api: CircleCI) -> Iterator[Any]:
    pycircleci = pytest.importorskip("pycircleci.api", reason="pycircleci is not installed")
    made = pycircleci.Api(token=api.key, url=f"{api.url}/api")
    yield made
    made._session.close()


def test_contexts_and_their_variables_are_made_listed_and_deleted(api: CircleCI, client: Any) -> None:
    api.organization("gh/acme")
    made = [client.add_context(f"context-{number}", username="acme") for number in range(8)]
    listed = client.get_contexts(username="acme", paginate=True)
    assert listed == made == [client.get_context(each["id"]) for each in made]
    for number in range(4):
        client.add_context_envvar(made[0]["id"], f"NAME_{number}", "a-secret")
    names = [each["variable"] for each in client.get_context_envvars(made[0]["id"], paginate=True)]
    assert names == ["NAME_0", "NAME_1", "NAME_2", "NAME_3"]
    client.delete_context_envvar(made[0]["id"], "NAME_0")
    client.delete_context(made[1]["id"])
    assert len(client.get_contexts(username="acme", paginate=True)) == 7
    assert api.snapshot()["gh/acme"]["contexts"]["context-0"]["variables"] == dict.fromkeys(names[1:], "a-secret")


def test_contexts_of_a_server_belong_to_accounts() -> None:
    pycircleci = pytest.importorskip("pycircleci.api", reason="pycircleci is not installed")
    with serve(CircleCI(is_server=True)) as api:
        owner = api.organization("gh/acme")
        client = pycircleci.Api(token=api.key, url=f"{api.url}/api")
        client.add_context("hub", owner_id=owner.id, owner_type="account")
        assert [each["name"] for each in client.get_contexts(owner_id=owner.id, owner_type="account")] == ["hub"]
        client._session.close()
        assert api.faults == []


def test_a_person_and_their_projects_are_read(api: CircleCI, client: Any) -> None:
    made = api.project("gh/acme/api")
    assert client.get_project("gh/acme/api")["id"] == made.id
    assert client.get_user_info(api_version="v2")["login"] == "person"
    assert [each["slug"] for each in client.get_user_collaborations()] == ["gh/acme"]
    assert client.get_project_pipelines("acme", "api", paginate=True) == []
