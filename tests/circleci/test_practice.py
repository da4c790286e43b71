"""Which credentials a config has today, for which registry, from which contexts; and what it pulls."""

from __future__ import annotations

import pytest

from migrator.circleci.practice import pulls_of, uses_of
from migrator.documents import open_document
from migrator.engine.views import read_configs
from migrator.policy.practice import ECR, Pull, Use
from tests.corpus import needs_corpus, real_configs

JOBS = """\
version: 2.1
orbs: {{docker: circleci/docker@2.8.2}}
jobs:
  build:
    docker: [{images}]
    steps: [{steps}]
  other:
    docker: [{{image: cimg/go:1}}]
    steps: [checkout]
workflows:
  main:
    jobs:
      - build: {{context: [hub, other]}}
      - build: {{name: again, context: hub}}
      - other: {{context: secret}}
"""


def config(images: str = "{image: cimg/base:1}", steps: str = "checkout", more: str = "") -> str:
    return JOBS.format(images=images, steps=steps) + more


def uses(text: str) -> list[Use]:
    return [
        use for each in read_configs(open_document("config.yml", text.encode()), "config.yml") for use in uses_of(each)
    ]


def image(auth: str, name: str = "acme/app:1") -> list[Use]:
    return uses(config(f"{{image: '{name}', {auth}}}"))


def login(script: str) -> list[Use]:
    return uses(config(steps=f'{{run: "{script}"}}'))


@pytest.mark.parametrize(
    "auth",
    [
        "auth: {username: '<< parameters.user >>', password: '<< parameters.password >>'}",
        "auth: {username: acme}",
        "auth: {}",
        "auth: nothing",
        "gcp_auth: {oidc_service_account: x}",
        "aws_auth: {aws_access_key_id: $A, aws_secret_access_key: $B}",
        "auth: {username: xxx, password: xxxx}",
    ],
)
def test_what_is_not_read_as_credentials_is_none(auth: str) -> None:
    assert image(auth) == []


@pytest.mark.parametrize(
    "script",
    [
        "docker login",
        "docker pull a/b",
        "echo docker login -u $U -p $P",
        "aws ecr get-login-password | docker login --password-stdin",
    ],
)
def test_commands_without_credentials_that_can_be_named_are_none(script: str) -> None:
    assert login(script) == []


def test_an_image_has_the_contexts_of_the_jobs_that_run_in_it() -> None:
    (use,) = image("auth: {username: $U, password: '${P}'}")
    assert use == Use("docker.io", "$U", "$P", is_image=True, invocations=2, contexts=(("hub", 2), ("other", 1)))
    assert use.common == ("hub",)


@pytest.mark.parametrize(
    ("name", "registry"), [("quay.io/acme/app", "quay.io"), ("localhost:5000/x", "localhost:5000"), ("<< x >>", "")]
)
def test_the_registry_is_that_of_the_image(name: str, registry: str) -> None:
    assert [use.registry for use in image("auth: {username: $U, password: $P}", name)] == [registry]


def test_a_literal_username_is_kept_only_beside_a_variable() -> None:
    assert [use.pair for use in image("auth: {username: acmebot, password: $P}")] == [("acmebot", "$P")]
    (use,) = image("auth: {username: acmebot, password: hunter2hunter2}")
    assert (use.pair, use.is_literal) == (("", ""), True)
    assert [use.pair for use in image("auth: {username: k8Zq93LmXw2TqR7vB1nY, password: $P}")] == [("", "$P")]


def test_a_token_in_the_place_of_a_name_is_not_repeated() -> None:
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    assert [use.pair for use in image(f"auth: {{username: {token}, password: $P}}")] == [("", "$P")]
    text = config("{image: acme/app, auth: {username: $U, password: $P}}").replace("hub", token)
    assert [use.contexts for use in uses(text)] == [(("other", 1),)]


def test_ecr_has_two_keys_or_a_role() -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a"
    (keys,) = image("aws_auth: {aws_access_key_id: $A, aws_secret_access_key: $B}", host)
    assert (keys.registry, keys.pair) == (ECR, ("$A", "$B"))
    (role,) = image("aws_auth: {oidc_role_arn: 'arn:aws:iam::123456789012:role/ci'}", host)
    assert role.pair == ("arn:aws:iam::123456789012:role/ci", "")
    assert image("auth: {username: $U, password: $P}", host) == []


def test_a_login_has_the_contexts_of_the_jobs_that_run_it() -> None:
    (use,) = login("echo $P | docker login -u $U --password-stdin quay.io")
    assert use == Use("quay.io", "$U", "$P", is_image=False, invocations=2, contexts=(("hub", 2), ("other", 1)))


def test_a_login_in_a_command_has_the_contexts_of_the_jobs_that_use_the_command() -> None:
    more = "commands:\n  sign-in: {steps: [{run: docker login -u $U -p $P}]}\n"
    (use,) = uses(config(steps="sign-in", more=more))
    assert (use.invocations, use.common) == (2, ("hub",))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("docker/check", ("docker.io", "$DOCKER_LOGIN", "$DOCKER_PASSWORD")),
        ("docker/check: {docker-username: U, docker-password: P}", ("docker.io", "$U", "$P")),
        ("docker/check: {docker_username: U, docker_password: P, registry: quay.io}", ("quay.io", "$U", "$P")),
        ("docker/check: {docker_username: U, docker_password: P, registry: $HOST}", ("", "$U", "$P")),
    ],
)
def test_a_step_of_the_docker_orb_is_a_login(step: str, expected: tuple[str, str, str]) -> None:
    (use,) = uses(config(steps=f"{{{step}}}" if ":" in step else step))
    assert (use.registry, *use.pair) == expected
    assert use.common == ("hub",)


def test_an_invocation_of_a_job_of_the_docker_orb_is_a_login() -> None:
    (use,) = uses(config(more="      - docker/publish: {context: push, image: a/b}\n"))
    assert (use.is_image, use.contexts) == (False, (("push", 1),))


def test_the_same_credentials_are_one_use_whose_jobs_are_counted_once() -> None:
    auth = "auth: {username: $U, password: $P}"
    (use,) = uses(config(f"{{image: acme/a:1, {auth}}}, {{image: acme/b:1, {auth}}}"))
    assert (use.times, use.invocations) == (2, 2)


def test_images_are_counted_by_name_space() -> None:
    images = (
        "{image: acme/app:1}, {image: 'python:3'}, {image: quay.io/x/y/z}, {image: localhost:5000/q}, {image: << x >>}"
    )
    (read,) = read_configs(open_document("config.yml", config(images).encode()), "config.yml")
    found = [(pull.registry, pull.pattern) for pull in pulls_of(read)]
    assert found == [
        ("docker.io", "acme/*"),
        ("docker.io", "library/*"),
        ("quay.io", "x/*"),
        ("localhost:5000", "q"),
        ("docker.io", "cimg/*"),
    ]
    assert Pull("docker.io", "acme", has_auth=False) in pulls_of(read)


@needs_corpus
def test_nothing_that_is_hidden_elsewhere_is_a_name_here() -> None:
    from migrator.circleci.secrets.literals import literal_secrets

    for path in real_configs():
        try:
            document = open_document(str(path), path.read_bytes())
        except Exception:
            continue
        for each in read_configs(document, str(path)):
            hidden = literal_secrets(each, document.text)
            for use in uses_of(each):
                assert not {use.username, use.password, *(name for name, _ in use.contexts)} & hidden
