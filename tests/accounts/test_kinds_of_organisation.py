"""Organisations of Bitbucket, of the GitHub App and GitLab, whose projects go by ids, and of a Server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accounts.organisation import config, repository
from tests.accounts.rig import PASSWORD, USER, Rig, states
from tests.circleci_api import CircleCI, serve

GITLAB = "https://gitlab.com/acme/web.git"


def link(folder: Path, organization: str, project: str) -> None:
    """What `circleci project link` writes."""
    text = f"organization:\n  id: {organization}\nproject:\n  id: {project}\n  slug: circleci/x/y\n"
    (folder / ".circleci" / "info.yml").write_text(text)


def test_bitbucket_goes_by_its_remote(rig: Rig) -> None:
    repository(rig.folder / "web", "git@bitbucket.org:acme/web.git", config())
    rig.api.project("bb/acme/web")
    assert rig.run("apply", "--restrict", "--env-file", rig.values()).code == 0
    assert rig.run("check").code == 0
    assert rig.api.organizations["bb/acme"].named("docker-hub-creds") is not None


def test_a_linked_project_is_found_by_its_ids(rig: Rig) -> None:
    app = rig.api.app_organization("acme")
    project = rig.api.project(f"{app.slug}/web", GITLAB)
    link(repository(rig.folder / "web", GITLAB, config()), app.id, project.id)
    assert rig.run("apply", "--org", app.slug, "--restrict", "--env-file", rig.values()).code == 0
    context = app.named("docker-hub-creds")
    assert context is not None
    assert [each.value for each in context.restrictions] == [project.id]
    code, answer = rig.json("check", "--org", f"circleci/{app.id}")
    assert (code, states(answer)["docker-hub-creds"]) == (0, {"": "present", USER: "present", PASSWORD: "present"})


def test_without_a_link_contexts_are_told_and_projects_are_not_known(rig: Rig) -> None:
    app = rig.api.app_organization("acme")
    rig.api.context(app.slug, "docker-hub-creds", [USER, PASSWORD])
    repository(rig.folder / "web", GITLAB, config())
    said = rig.run("check", "--org", app.slug)
    assert said.code == 0
    assert "circleci project link" in said.out


@pytest.mark.parametrize("what", ["another organisation", "another repository"])
def test_a_repository_does_not_choose_whose_project_gets_a_value(rig: Rig, what: str) -> None:
    app, other = rig.api.app_organization("acme"), rig.api.app_organization("thief")
    thief = rig.api.project(
        f"{(app if what == 'another repository' else other).slug}/web", "https://gitlab.com/thief/x"
    )
    auth = "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n"
    folder = repository(rig.folder / "web", GITLAB, config("quay.io/acme/app:1", auth))
    link(folder, app.id if what == "another repository" else other.id, thief.id)
    said = rig.run("apply", "--all", "--org", app.slug, "--env-file", rig.values("QUAY_USER=x\nQUAY_PASS=y\n"))
    assert said.code == 3
    assert "info.yml" in said.out
    assert (thief.variables, rig.api.writes()) == ({}, [])


@pytest.mark.parametrize("text", ["", "[", "organization: 7\n", "organization: {id: ../..}\nproject: {id: /x}\n"])
def test_an_odd_link_is_none(rig: Rig, text: str) -> None:
    app = rig.api.app_organization("acme")
    folder = repository(rig.folder / "web", GITLAB, config())
    (folder / ".circleci" / "info.yml").write_text(text)
    said = rig.run("check", "--org", app.slug)
    assert said.code == 1
    assert all(each.path.startswith(("/api/v2/context", "/api/v2/me")) for each in rig.api.requests)


def test_a_server_is_asked_by_ids_of_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = Rig(tmp_path, monkeypatch, capsys)
    rig.api = CircleCI(is_server=True)
    repository(rig.folder / "web", "git@github.com:acme/web.git", config())
    rig.api.project("gh/acme/web")
    (rig.folder / "migrator.toml").write_text('target = "server"\n')
    with serve(rig.api):
        (rig.folder / "migrator.toml").write_text(f'target = "server"\n[circleci]\napi-url = "{rig.api.url}"\n')
        assert rig.run("apply", "--restrict", "--env-file", rig.values()).code == 0
        assert rig.run("check").code == 0
    assert rig.api.faults == []
