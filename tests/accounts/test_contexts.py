"""`migrate contexts` against CircleCI on loopback: what is there, what is made, and what is never done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.organisation import config, contexts, repository
from tests.accounts.rig import PASSWORD, SECRET, USER, Rig, states
from tests.circleci_api import CircleCI, faults, serve

LOGIN = """\
version: 2.1
jobs:
  push:
    machine: {image: ubuntu-2204:current}
    steps:
      - run: echo $HUB_PASS | docker login -u $HUB_USER --password-stdin
workflows:
  main:
    jobs:
      - push: {context: [mine]}
"""
LOGIN_BESIDE = (
    LOGIN.replace("HUB_PASS", PASSWORD).replace("jobs:\n  p", "jobs:\n  build: {docker: [{image: acme/a:1}]}\n  p", 1)
    + "      - build\n"
)


@pytest.fixture(autouse=True)
def no_secret_in_a_file(rig: Rig, tmp_path: Path) -> Iterator[None]:
    yield
    assert not any(SECRET in file.read_text("utf-8", "replace") for file in files_below(tmp_path))


def files_below(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.name != "values"]


# -- plan


def test_a_plan_asks_nobody_and_needs_no_token(rig: Rig) -> None:
    rig.repository("web")
    said = rig.run("plan", CIRCLE_TOKEN="")
    assert said.code == 0
    assert "docker-hub-creds" in said.out
    assert rig.api.requests == []


def test_a_plan_says_what_changes_need_and_what_configs_name_by_project(rig: Rig) -> None:
    rig.repository("web")
    rig.repository(
        "api",
        config("quay.io/acme/app:1", "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n").replace(
            "- build\n", "- build: {context: [quay, deploy]}\n"
        ),
    )
    code, answer = rig.json("plan")
    (organization,) = answer["organizations"]
    contexts = {each["name"]: each for each in organization["contexts"]}
    assert (code, organization["organization"]) == (0, "gh/acme")
    assert {name: each["needed"] for name, each in contexts.items()} == {
        "deploy": False, "docker-hub-creds": True, "quay": False,
    }  # fmt: skip
    assert contexts["quay"]["used_by"] == [
        {"project": "gh/acme/api", "scheduled": False, "paths": ["api/.circleci/config.yml"]}
    ]
    (project,) = organization["projects"]
    assert [(each["name"], each["contexts"]) for each in project["variables"]] == [
        ("QUAY_USER", ["deploy", "quay"]), ("QUAY_PASS", ["deploy", "quay"]),
    ]  # fmt: skip


def test_organisations_are_those_of_the_remotes_unless_the_command_line_says(rig: Rig) -> None:
    rig.repository("web")
    rig.repository("lib", owner="other")
    _, answer = rig.json("plan")
    assert [each["organization"] for each in answer["organizations"]] == ["gh/acme", "gh/other"]
    _, answer = rig.json("plan", "--org", "github/third")
    assert [each["organization"] for each in answer["organizations"]] == ["gh/third"]


def test_a_login_keeps_the_variable_of_its_own_context_though_a_change_needs_one_of_that_name(rig: Rig) -> None:
    rig.repository("web", LOGIN_BESIDE)
    _, answer = rig.json("plan")
    (project,) = answer["organizations"][0]["projects"]
    assert [(each["name"], each["needed"], each["contexts"]) for each in project["variables"]] == [
        (PASSWORD, False, ["mine"]), ("HUB_USER", False, ["mine"]),
    ]  # fmt: skip


def test_variables_that_parameters_name_are_listed_where_a_change_reads_them(rig: Rig) -> None:
    text = LOGIN.replace("  push:\n", "  push:\n    parameters: {user: {type: env_var_name, default: HUB_USER}}\n", 1)
    rig.repository("web", text.replace("$HUB_USER", "${<< parameters.user >>}"))
    _, answer = rig.json("plan")
    (project,) = answer["organizations"][0]["projects"]
    assert {each["name"]: (each["needed"], each["contexts"]) for each in project["variables"]} == {
        "HUB_USER": (False, ["mine"]), "HUB_PASS": (False, ["mine"]),
    }  # fmt: skip


def test_a_packed_config_is_read_as_it_is_after_its_change(rig: Rig) -> None:
    folder = rig.repository("web", "version: 2.1\n")
    (folder / ".circleci" / "config.yml").unlink()
    for name, text in {
        "@config": "version: 2.1\n",
        "jobs/build": "docker:\n  - image: acme/app:1\nsteps: [checkout]\n",
        "workflows/main": "jobs:\n  - build\n",
    }.items():
        file = folder / "src" / f"{name}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    _, answer = rig.json("plan")
    (organization,) = answer["organizations"]
    assert [each["name"] for each in organization["contexts"]] == ["docker-hub-creds"]
    assert organization["projects"] == []


def test_what_a_change_needs_is_told_apart_from_what_a_config_names(rig: Rig) -> None:
    literal = "    environment: {HUB_PASS: dckr_pat_Zq81RtyU4mNb7cLp0sWvX2eK9aD}\n    steps:"
    rig.repository("web", LOGIN.replace("    steps:", literal).replace("[mine]", "[]"))
    said = rig.run("plan", "--review-too").out
    assert "HUB_USER named, HUB_PASS needed" in said or "HUB_PASS needed, HUB_USER named" in said


# -- check


def test_what_is_there_is_present_whatever_page_it_is_on(rig: Rig) -> None:
    rig.repository("web")
    for number in range(10):
        rig.api.context("gh/acme", f"other-{number}")
    rig.api.context("gh/acme", "docker-hub-creds", [f"V{number}" for number in range(9)] + [USER, PASSWORD])
    code, answer = rig.json("check")
    assert code == 0
    assert states(answer) == {"docker-hub-creds": {"": "present", USER: "present", PASSWORD: "present"}}
    assert not any(each.is_write for each in rig.api.requests)


def test_what_is_missing_is_missing(rig: Rig) -> None:
    rig.repository("web")
    code, answer = rig.json("check")
    assert (code, states(answer)["docker-hub-creds"][""]) == (1, "missing")
    rig.api.context("gh/acme", "docker-hub-creds", [USER])
    code, answer = rig.json("check")
    assert code == 1
    assert states(answer) == {"docker-hub-creds": {"": "present", USER: "present", PASSWORD: "missing"}}


def test_what_a_token_does_not_see_is_unknown_and_never_missing(rig: Rig) -> None:
    rig.repository("web")
    rig.api.token("narrow", sees=["gh/other"])
    rig.api.organization("gh/other")
    for token in ("narrow", "wrong"):
        code, answer = rig.json("check", CIRCLE_TOKEN=token)
        assert code == 3
        assert states(answer) == {"docker-hub-creds": {"": "unknown", USER: "unknown", PASSWORD: "unknown"}}


def test_a_context_whose_variables_cannot_be_listed_is_there_and_they_are_unknown(rig: Rig) -> None:
    rig.repository("web")
    rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    rig.api.inject(faults.refused(404, "Context not found.", at="GET .*environment-variable"))
    code, answer = rig.json("check")
    assert code == 3
    assert states(answer) == {"docker-hub-creds": {"": "present", USER: "unknown", PASSWORD: "unknown"}}


def test_variables_that_a_config_names_may_be_in_its_contexts_or_in_the_project(rig: Rig) -> None:
    text = config("quay.io/acme/app:1", "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n").replace(
        "- build\n", "- build: {context: quay}\n"
    )
    rig.repository("web", text)
    project = rig.api.organizations["gh/acme"].projects["gh/acme/web"]
    quay = rig.api.context("gh/acme", "quay", ["QUAY_USER"])
    code, answer = rig.json("check")
    assert code == 1
    assert states(answer)["gh/acme/web"] == {"QUAY_USER": "present", "QUAY_PASS": "missing"}
    project.variables["QUAY_PASS"] = "there"
    assert rig.json("check")[0] == 0
    project.variables.clear()
    quay.variables["QUAY_PASS"] = "there"
    assert rig.json("check")[0] == 0


def test_restrictions_that_shut_a_project_out_are_told_with_the_project(rig: Rig) -> None:
    rig.repository("web")
    rig.repository("api")
    context = rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    projects = rig.api.organizations["gh/acme"].projects
    rig.api.restrict(context, "project", projects["gh/acme/web"].id, "web")
    code, answer = rig.json("check")
    (found,) = answer["organizations"][0]["contexts"]
    assert code == 1
    assert [(each["project"], each["certain"]) for each in found["problems"]] == [("gh/acme/api", True)]
    assert found["restrictions"] == [{"type": "project", "value": projects["gh/acme/web"].id, "name": "web"}]
    assert "gh/acme/api" in rig.run("check").out
    rig.api.restrict(context, "project", projects["gh/acme/api"].id, "api")
    assert rig.json("check")[0] == 0


def test_what_may_shut_somebody_out_is_said_and_fails_nothing(rig: Rig) -> None:
    rig.repository("web")
    context = rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    rig.api.restrict(context, "expression", 'pipeline.git.branch == "main"')
    rig.api.restrict(context, "group", "8f2b8b5e-0000-4000-8000-000000000000", "deployers")
    rig.api.organizations["gh/acme"].projects["gh/acme/web"].settings["build_fork_prs"] = True
    said = rig.run("check")
    assert said.code == 0
    for words in ('pipeline.git.branch == "main"', "deployers", "forked pull requests"):
        assert words in said.out


def test_all_members_are_nobody_shut_out(rig: Rig) -> None:
    rig.repository("web")
    context = rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    rig.api.restrict(context, "group", rig.api.organizations["gh/acme"].id, "All members")
    code, answer = rig.json("check")
    assert (code, answer["organizations"][0]["contexts"][0]["problems"]) == (0, [])


def test_a_scheduled_workflow_gets_no_restricted_context(rig: Rig) -> None:
    schedule = "    triggers:\n      - schedule: {cron: '0 0 * * *', filters: {branches: {only: main}}}\n"
    rig.repository("web", config().replace("  main:\n", f"  main:\n{schedule}"))
    context = rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    assert rig.json("check")[0] == 0
    rig.api.restrict(context, "project", rig.api.organizations["gh/acme"].projects["gh/acme/web"].id)
    code, answer = rig.json("check")
    assert code == 1
    assert "scheduled" in answer["organizations"][0]["contexts"][0]["problems"][0]["message"]


def test_contexts_of_another_organisation_are_not_given_to_a_project(rig: Rig) -> None:
    rig.repository("web")
    rig.api.context("gh/legacy", "docker-hub-creds", [USER, PASSWORD])
    code, answer = rig.json("check", "--org", "gh/legacy")
    assert code == 1
    assert "gh/acme" in answer["organizations"][0]["contexts"][0]["problems"][0]["message"]


def test_a_variable_that_an_expression_may_bring_is_not_missing(rig: Rig) -> None:
    rig.repository("web", LOGIN.replace("[mine]", "<< pipeline.parameters.hub >>"))
    said = rig.run("check")
    assert said.code == 3
    assert "HUB_USER, HUB_PASS (in a context that an expression decides or the project)" in said.out.replace(
        "HUB_PASS, HUB_USER", "HUB_USER, HUB_PASS"
    )
    assert rig.run("apply", "--all", "--env-file", rig.values("HUB_USER=x\n")).code == 3
    assert not any(each.is_write for each in rig.api.requests)


# -- apply


def test_what_is_missing_is_created_once_and_nothing_is_overwritten(rig: Rig) -> None:
    rig.repository("web")
    rig.api.context("gh/acme", "other", ["A"])
    said = rig.run("apply", "--env-file", rig.values())
    assert said.code == 0
    assert rig.api.organizations["gh/acme"].named("docker-hub-creds").variables == {USER: "bot", PASSWORD: SECRET}  # type: ignore[union-attr]
    made = rig.api.writes()
    assert len(made) == 3
    assert rig.run("apply", "--env-file", "values").code == 0
    assert rig.api.writes() == made
    assert rig.api.overwritten == []


def test_a_variable_that_is_there_is_overwritten_only_when_asked(rig: Rig) -> None:
    rig.repository("web")
    context = rig.api.context("gh/acme", "docker-hub-creds", {USER: "old", PASSWORD: "old"})
    assert rig.run("apply", "--env-file", rig.values()).code == 0
    assert context.variables == {USER: "old", PASSWORD: "old"}
    said = rig.run("apply", "--env-file", "values", "--overwrite")
    assert said.code == 0
    assert f"overwrite {USER}" in said.err
    assert context.variables == {USER: "bot", PASSWORD: SECRET}


def test_each_step_is_said_and_a_dry_run_takes_none(rig: Rig) -> None:
    rig.repository("web")
    said = rig.run("apply", "--env-file", rig.values(), "--dry-run")
    assert said.code == 1
    assert [line for line in said.err.splitlines() if " would " in line] == [
        "migrate: would create context docker-hub-creds of gh/acme",
        f"migrate: would set {USER} in context docker-hub-creds of gh/acme",
        f"migrate: would set {PASSWORD} in context docker-hub-creds of gh/acme",
    ]
    assert rig.api.writes() == []


def test_without_values_nothing_is_asked_and_nothing_is_made(rig: Rig) -> None:
    rig.repository("web")
    said = rig.run("apply")
    assert (said.code, rig.api.writes()) == (1, [])
    assert "2 values are needed: run this on a terminal, or pass --env-file FILE" in said.err


def test_some_values_make_what_they_can(rig: Rig) -> None:
    rig.repository("web")
    code, answer = rig.json("apply", "--env-file", rig.values(f"{USER}=bot\n"))
    assert code == 1
    assert states(answer) == {"docker-hub-creds": {"": "present", USER: "present", PASSWORD: "missing"}}
    assert [each["kind"] for each in answer["made"]] == ["context", "variable"]


def test_what_has_no_value_is_named(rig: Rig) -> None:
    rig.repository("web")
    said = rig.run("apply", "--env-file", rig.values(f"{USER}=bot\n"))
    assert f"migrate: {PASSWORD}: has no value in --env-file\n" in said.err
    said = rig.run("apply", "--from-env")
    assert f"migrate: {PASSWORD}: has no value in the environment\n" in said.err


def test_the_environment_gives_only_what_the_policy_names(rig: Rig) -> None:
    text = config("quay.io/acme/app:1", "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n")
    rig.repository("web")
    rig.repository("api", text)
    given = {USER: "bot", PASSWORD: SECRET, "QUAY_USER": "q", "QUAY_PASS": SECRET}
    said = rig.run("apply", "--all", "--from-env", **given)
    assert said.code == 1
    assert "QUAY_USER: is not taken from the environment, because the policy does not name it" in said.err
    assert rig.api.organizations["gh/acme"].named("docker-hub-creds").variables == {USER: "bot", PASSWORD: SECRET}  # type: ignore[union-attr]
    assert rig.api.organizations["gh/acme"].projects["gh/acme/api"].variables == {}


def test_a_policy_in_the_repository_chooses_no_variable_of_the_environment(rig: Rig) -> None:
    web = rig.repository("web")
    (web / "migrator.toml").write_text('[registries."docker.io"]\npassword = "$AWS_SECRET_ACCESS_KEY"\n')
    given = {"AWS_SECRET_ACCESS_KEY": SECRET, USER: "bot"}
    said = rig.run("apply", "--from-env", cwd="web", **given)
    assert (said.code, rig.api.writes()) == (2, [])
    assert "--config" in said.err
    assert rig.run("apply", "--from-env", "--config", "migrator.toml", cwd="web", **given).code == 0


def test_a_policy_in_the_repository_does_not_say_where_the_token_goes(rig: Rig) -> None:
    web = rig.repository("web")
    with serve(CircleCI()) as thief:
        (web / "migrator.toml").write_text(f'[circleci]\napi-url = "{thief.url}"\norganization = "gh/thief"\n')
        said = contexts(None, "check", "--timeout", "1", cwd=web, HTTPS_PROXY="http://127.0.0.1:9")
        assert said.code == 3
        assert thief.requests == []
        assert "gh/acme" in said.out
        contexts(None, "check", "--config", "migrator.toml", cwd=web)
        assert thief.requests != []


def test_all_adds_what_the_configs_name(rig: Rig) -> None:
    text = config("quay.io/acme/app:1", "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n")
    rig.repository("web", text)
    rig.repository("api", text.replace("- build\n", "- build: {context: quay}\n"))
    rig.repository("two", text.replace("- build\n", "- build: {context: [quay, more]}\n"))
    values = rig.values(f"QUAY_USER=bot\nQUAY_PASS={SECRET}\n")
    assert rig.run("apply", "--env-file", values).code == 0
    assert rig.api.writes() == []
    code, _ = rig.json("apply", "--all", "--env-file", values)
    organization = rig.api.organizations["gh/acme"]
    assert code == 0
    assert organization.projects["gh/acme/web"].variables == {"QUAY_USER": "bot", "QUAY_PASS": SECRET}
    assert {name: organization.named(name).variables for name in ("quay", "more")} == {  # type: ignore[union-attr]
        "quay": {"QUAY_USER": "bot", "QUAY_PASS": SECRET}, "more": {},
    }  # fmt: skip


def test_a_variable_that_many_projects_take_from_one_context_is_set_once(rig: Rig) -> None:
    text = config("quay.io/acme/app:1", "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n")
    for name in ("api", "lib", "web"):
        rig.repository(name, text.replace("- build\n", "- build: {context: quay}\n"))
    values = rig.values(f"QUAY_USER=bot\nQUAY_PASS={SECRET}\n")
    assert rig.run("apply", "--all", "--env-file", values).code == 0
    assert [line.split()[0] for line in rig.api.writes()] == ["POST", "PUT", "PUT"]
    assert rig.api.overwritten == []
    assert rig.run("check").code == 0


def test_new_contexts_are_restricted_before_they_hold_anything(rig: Rig) -> None:
    rig.repository("web")
    rig.repository("api")
    rig.api.project("gh/acme/unrelated")
    assert rig.run("apply", "--restrict", "--env-file", rig.values()).code == 0
    kinds = [line.split()[0] + line.rpartition("/")[2] for line in rig.api.writes()]
    assert kinds == ["POSTcontext", "POSTrestrictions", "POSTrestrictions", f"PUT{USER}", f"PUT{PASSWORD}"]
    assert rig.json("check")[0] == 0


def test_a_context_is_not_made_for_everybody_where_a_project_is_not_known(rig: Rig) -> None:
    rig.repository("web")
    rig.repository("lib")
    del rig.api.organizations["gh/acme"].projects["gh/acme/lib"]
    said = rig.run("apply", "--restrict", "--env-file", rig.values())
    assert (said.code, rig.api.writes()) == (3, [])
    assert "gh/acme/lib" in said.err


def test_one_that_fails_does_not_keep_the_others_and_what_was_made_is_told(rig: Rig) -> None:
    rig.repository("web")
    (rig.folder / "migrator.toml").write_text(
        '[registries."quay.io"]\nusername = "$QUAY_USER"\npassword = "$QUAY_PASS"\ncontext = "a-quay"\n'
    )
    rig.repository("api", config("quay.io/acme/app:1"))
    rig.api.inject(*[faults.refused(400, "Invalid environment variable.", at="PUT .*QUAY_PASS")])
    values = rig.values(f"{USER}=bot\n{PASSWORD}={SECRET}\nQUAY_USER=q\nQUAY_PASS={SECRET}\n")
    code, answer = rig.json("apply", "--env-file", values)
    assert code == 3
    assert states(answer)["docker-hub-creds"] == {"": "present", USER: "present", PASSWORD: "present"}
    assert states(answer)["a-quay"] == {"": "present", "QUAY_USER": "present", "QUAY_PASS": "missing"}
    assert answer["failed"] == ["context a-quay: CircleCI answered 400: Invalid environment variable."]
    assert len(answer["made"]) == 5
    assert rig.run("apply", "--env-file", "values").code == 0
    assert rig.api.overwritten == []


# -- wrong use


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--org", "acme"), "--org"),
        (("--org", "gh/acme/web"), "--org"),
        (("--org", "svn/acme"), "--org"),
        (("--campaign", "hub", "web"), "--campaign"),
        (("--campaign", "nothing"), "nothing"),
        (("--campaign", "hub", "--select", "broken-auth"), "--select"),
        (("--ledger", "file"), "--campaign"),
        (("--env-file", "nowhere"), "nowhere"),
        (("--env-file", "."), "--env-file"),
    ],
)
def test_wrong_use_is_said_before_anything_is_asked(rig: Rig, arguments: tuple[str, ...], words: str) -> None:
    rig.repository("web")
    said = rig.run("apply", *arguments)
    assert said.code == 2
    assert words in said.err
    assert rig.api.requests == []


def test_no_token_is_said_with_what_to_do(rig: Rig) -> None:
    rig.repository("web")
    said = rig.run("check", CIRCLE_TOKEN="")
    assert said.code == 2
    assert "CIRCLE_TOKEN" in said.err


def test_no_remote_needs_an_organisation(rig: Rig) -> None:
    repository(rig.folder / "web", "", config())
    said = rig.run("check")
    assert said.code == 2
    assert "--org" in said.err
    rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    assert rig.run("check", "--org", "gh/acme").code == 0


@pytest.mark.parametrize(
    "remote",
    ["git@github.com:acme/\x1b[31mred.git", "https://github.com/acme/a%20b.git", "https://github.com/../..",
     "https://user:pass@github.com/acme/web.git", "/srv/git/web.git", "https://gitlab.com/acme/web.git"],
)  # fmt: skip
def test_odd_remotes_end_in_words(rig: Rig, remote: str) -> None:
    repository(rig.folder / "web", remote, config())
    rig.api.organization("gh/acme")
    said = rig.run("check", "--org", "gh/acme")
    assert said.code in (1, 3)
    assert "\x1b" not in said.out + said.err
    assert "pass" not in said.out + said.err
    assert "internal error" not in said.err


def test_a_config_that_cannot_be_read_is_in_the_exit_code(rig: Rig) -> None:
    rig.repository("web", "version: 2.1\njobs: [")
    rig.repository("api")
    rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    said = rig.run("check")
    assert said.code == 3
    assert "web/.circleci/config.yml" in said.err


def test_nobody_there_and_a_cut_connection_are_no_answers(rig: Rig) -> None:
    rig.repository("web")
    rig.api.inject(*[faults.lost(after=False) for _ in range(9)])
    code, answer = rig.json("check")
    assert (code, states(answer)["docker-hub-creds"][""]) == (3, "unknown")
    said = rig.run("check", url="http://127.0.0.1:9")
    assert said.code == 3
    assert "cannot be reached" in said.out


def test_a_wait_for_circleci_is_said_and_taken(rig: Rig) -> None:
    rig.repository("web")
    rig.api.context("gh/acme", "docker-hub-creds", [USER, PASSWORD])
    rig.api.inject(faults.rate_limited(at="GET /api/v2/context", retry_after="4"))
    said = rig.run("check")
    assert said.code == 0
    assert "waiting 4 s" in said.err


def test_a_token_of_the_old_format_is_told_in_the_words_of_circleci(rig: Rig) -> None:
    rig.repository("web")
    rig.api.inject(faults.old_token())
    said = rig.run("check")
    assert said.code == 3
    assert "New format tokens are needed" in said.err
    assert len(rig.api.requests) == 1


def test_a_state_folder_that_cannot_be_made_stops_nothing(rig: Rig) -> None:
    rig.repository("web")
    (rig.folder / "file").write_text("")
    said = rig.run("apply", "--env-file", rig.values(), XDG_STATE_HOME=str(rig.folder / "file"))
    assert said.code == 0
    assert "at the same time" in said.err


def test_a_redirect_says_nothing_of_the_token(rig: Rig) -> None:
    rig.repository("web")
    rig.api.inject(faults.Fault(302, b"", {"Location": "http://192.0.2.1/elsewhere"}, times=99))
    said = rig.run("check")
    assert said.code == 3
    assert "it was moved to 192.0.2.1, which gets no token" in said.out + said.err
    assert "does not see" not in said.out + said.err
