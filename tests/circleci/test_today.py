"""Which contexts jobs have before any change, and what they use them for."""

from __future__ import annotations

from migrator.circleci.credentials.project import PROJECT
from migrator.circleci.credentials.today import contexts_today, wanted_of
from migrator.policy import Policy
from tests.circleci.views import config_of

HUB = frozenset({"DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD"})
BOTH = ("DOCKERHUB_PASSWORD", "DOCKERHUB_USERNAME")
AUTH = "{username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}"
LOGIN = 'echo "$DOCKERHUB_PASSWORD" | docker login -u "$DOCKERHUB_USERNAME" --password-stdin'


def today(text: str, *, names_only: bool = False, siblings: dict[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    config = config_of(text, siblings=siblings)
    return dict(contexts_today([config], {"hub": HUB, "aws": frozenset()}, names_only=names_only))


def with_job(job: str, contexts: str = "[hub]", more: str = "") -> str:
    flow = f"workflows:\n  w:\n    jobs:\n      - build: {{context: {contexts}}}\n"
    return f"version: 2.1\n{more}jobs:\n  build:\n{job}{flow}"


def steps(*lines: str) -> str:
    return "    machine: true\n    steps:\n" + "".join(f"      - {line}\n" for line in lines)


def test_a_context_of_no_job_is_not_there() -> None:
    assert today(with_job(steps("checkout"), "[other]")) == {}
    assert today(with_job(steps("checkout # hub"), "<< pipeline.parameters.hub >>")) == {}


def test_a_context_is_there_whatever_it_is_used_for() -> None:
    assert today(with_job(steps("run: make"))) == {"hub": ()}
    assert today(with_job(steps(f"run: {LOGIN}")), names_only=True) == {"hub": ()}


def test_images_and_scripts_use_variables() -> None:
    assert today(with_job(f"    docker: [{{image: a/b, auth: {AUTH}}}]\n    steps: [checkout]\n")) == {"hub": BOTH}
    assert today(with_job(steps(f"run: '{LOGIN}'"))) == {"hub": BOTH}
    check = "docker/check: {docker-username: DOCKERHUB_USERNAME, docker-password: DOCKERHUB_PASSWORD}"
    assert today(with_job(steps(check))) == {"hub": BOTH}


def test_what_is_named_like_a_part_of_a_variable_is_none() -> None:
    assert today(with_job(steps("run: echo $MY_DOCKERHUB_PASSWORD $DOCKERHUB_PASSWORD_OLD"))) == {"hub": ()}


def test_variables_are_followed_through_executors_commands_and_anchors() -> None:
    executor = f"executors:\n  e:\n    docker: [{{image: a/b, auth: {AUTH}}}]\n"
    assert today(with_job("    executor: e\n    steps: [checkout]\n", more=executor)) == {"hub": BOTH}
    command = f"commands:\n  login:\n    steps:\n      - run: '{LOGIN}'\n  outer:\n    steps: [login]\n"
    assert today(with_job(steps("outer"), more=command)) == {"hub": BOTH}
    anchor = f"x-auth: &auth {AUTH}\n"
    job = "    docker: [{image: a/b, auth: *auth}]\n    steps: [checkout]\n"
    assert today(with_job(job, more=anchor)) == {"hub": BOTH}


def test_commands_that_use_each_other_end() -> None:
    commands = "commands:\n  a:\n    steps: [b, {run: 'x $DOCKERHUB_PASSWORD'}]\n  b:\n    steps: [a]\n"
    assert today(with_job(steps("a"), more=commands)) == {"hub": ("DOCKERHUB_PASSWORD",)}


def test_what_the_job_sets_itself_comes_from_nowhere_else() -> None:
    job = "    environment: {DOCKERHUB_USERNAME: bot}\n" + steps(f"run: '{LOGIN}'")
    assert today(with_job(job)) == {"hub": ("DOCKERHUB_PASSWORD",)}


def test_beside_a_context_of_which_nothing_is_known_the_variables_may_be_its() -> None:
    assert today(with_job(steps(f"run: '{LOGIN}'"), "[hub, other]")) == {"hub": ()}
    assert today(with_job(steps(f"run: '{LOGIN}'"), "[aws, hub]"))["hub"] == BOTH


def test_other_files_of_the_config_count() -> None:
    job = f"jobs:\n  build:\n    docker: [{{image: a/b, auth: {AUTH}}}]\n    steps: [checkout]\n"
    flow = "version: 2.1\nworkflows:\n  w:\n    jobs:\n      - build: {context: hub}\n"
    assert today(flow, siblings={".circleci/jobs.yml": job}) == {"hub": BOTH}


def test_jobs_without_a_context_have_the_variables_of_the_project() -> None:
    config = config_of(with_job(steps(f"run: '{LOGIN}'"), "[]"))
    wanted = wanted_of(Policy(credentials="project"))
    assert wanted == {PROJECT: HUB}
    assert contexts_today([config], wanted) == ((PROJECT, BOTH),)
    assert wanted_of(Policy()) == {"docker-hub-creds": HUB}
