"""Which names are offered, and what becomes of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Unchanged
from migrator.policy import Policy
from migrator.policy.practice import Practice
from migrator.policy.toml import parse_policy
from migrator.review.questions import OTHER, ask_policy, needed
from migrator.review.scan import observe, scan
from migrator.rule import Rule

CONFIG = """\
version: 2.1
jobs:
  build:
    docker:
      - image: acme/app:1
        auth: {username: $HUB_USER, password: $HUB_PASS}
      - image: acme/other:1
        auth: {username: "${HUB_USER}", password: $OLD_PASS}
      - image: quay.io/acme/app:1
        auth: {username: $QUAY_USER, password: $QUAY_PASS}
      - image: literal/one:1
        auth: {username: someone, password: hunter2}
    steps:
      - run: docker login -u $LOGIN_USER -p "$LOGIN_PASS"
      - run: echo $PIPED_PASS | docker login -u $LOGIN_USER --password-stdin
workflows:
  main:
    jobs:
      - build: {context: rare}
      - build: {context: [often, << parameters.x >>]}
      - build: {context: [often]}
"""


class Answers:
    """Prompts with the answers at hand; an answer that is refused is an error."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.offered: dict[str, list[str]] = {}

    def choose(self, message: str, choices: Sequence[tuple[str, str]], *, default: str = "") -> str:
        self.offered[message] = [value for value, _ in choices]
        answer = self._answers.pop(0)
        assert answer in self.offered[message]
        return answer

    def ask(self, message: str, default: str, check: Callable[[str], str]) -> str:
        answer = self._answers.pop(0) or default
        if wrong := check(answer):
            raise ValueError(wrong)
        return answer

    def confirm(self, message: str) -> bool:
        raise AssertionError("nothing is to be confirmed")


def practice(text: str = "version: 2.1\n") -> Practice:
    found = Practice()
    observe("config.yml", text.encode(), (), found)
    return found


def asked(prompts: Answers, text: str = "version: 2.1\n") -> Policy:
    policy = Policy()
    return ask_policy(policy.registries, policy, practice(text), prompts)


def test_names_in_use_are_offered_the_most_frequent_first() -> None:
    prompts = Answers("context", "often", "$HUB_USER", "$HUB_PASS")
    policy = asked(prompts, CONFIG)
    where, context, user, password = prompts.offered.values()
    assert where == ["context", "project"]
    assert context == ["docker-hub-creds", "often", "rare", OTHER]
    assert user == ["$HUB_USER", "$LOGIN_USER", "$DOCKERHUB_USERNAME", OTHER]
    assert password == ["$HUB_PASS", "$OLD_PASS", "$LOGIN_PASS", "$PIPED_PASS", "$DOCKERHUB_PASSWORD", OTHER]
    hub = policy.registry("docker.io")
    assert hub is not None
    assert (hub.context, hub.username, hub.password) == ("often", "$HUB_USER", "$HUB_PASS")


@pytest.mark.parametrize(
    "script",
    [
        "docker login -u $Q -p $P quay.io",
        "echo 'docker login -u $Q -p $P'",
        "# docker login -u $Q -p $P",
        "docker login -u me -p hunter2",
        "docker login -u 'me$Q' -p 'x$P'",
        "docker pull a/b:login -u $Q",
        "podman login -u $Q -p $P docker.io",
    ],
)
def test_variables_of_other_registries_and_of_no_login_are_not_offered(script: str) -> None:
    found = practice(f"jobs: {{a: {{steps: [{{run: {json.dumps(script)}}}]}}}}\n")
    assert found.users_of("docker.io") == []
    assert found.passwords_of("docker.io") == []


@pytest.mark.parametrize(
    "script",
    [
        "docker login --username=$USER_A --password=$PASS_A",
        "docker login -u$USER_A -p$PASS_A",
        'docker login \\\n  -u "${USER_A}" \\\n  -p "${PASS_A}"',
        "printf '%s' \"$PASS_A\" | docker login -u $USER_A --password-stdin",
        "docker login -u $USER_A --password-stdin <<< $PASS_A",
        "if true; then docker login -u $USER_A -p $PASS_A; fi",
        "docker login -u $USER_A -p $PASS_A $REGISTRY",
        "docker login -u $USER_A -p $PASS_A https://index.docker.io/v1/",
    ],
)
def test_variables_of_logins_are_offered_however_they_are_written(script: str) -> None:
    found = practice(f"jobs: {{a: {{steps: [{{run: {json.dumps(script)}}}]}}}}\n")
    assert found.users_of("docker.io") == ["$USER_A"]
    assert found.passwords_of("docker.io") == ["$PASS_A"]


def test_variables_of_a_login_are_offered_for_its_registry() -> None:
    found = practice("jobs: {a: {steps: [{run: docker login -u $Q -p $P quay.io}]}}\n")
    assert (found.users_of("quay.io"), found.passwords_of("quay.io")) == (["$Q"], ["$P"])


def test_a_literal_secret_is_never_offered() -> None:
    found = practice(CONFIG)
    assert found.uses
    assert "hunter2" not in str(found.uses)
    assert "someone" not in str(found.uses)


def test_without_names_in_use_the_defaults_are_proposed() -> None:
    assert asked(Answers("context", "", "", "")) == Policy()


FOREIGN = """\
version: 2.1
jobs:
  build: {docker: [{image: acme/builder:3}], steps: [checkout]}
  deploy: {docker: [{image: acme/deployer:3}], steps: [checkout]}
workflows:
  main:
    jobs:
      - build
      - deploy: {context: production-aws-admin}
"""
_LOGIN = 'steps: [{run: "docker login -u $U -p $P"}]'


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (FOREIGN, None),
        (FOREIGN.replace("acme/deployer:3", "quay.io/a/b, auth: {username: $Q, password: $R}"), None),
        (FOREIGN.replace("acme/deployer:3", "acme/deployer:3, auth: {username: me, password: hunter2hunter2}"), None),
        (FOREIGN.replace("acme/builder:3", "acme/builder:3, auth: {username: $U, password: $P}"), None),
        (FOREIGN.replace("acme/deployer:3", "acme/deployer:3, auth: {username: $U, password: $P}"), True),
        (FOREIGN.replace("acme/deployer:3}], steps: [checkout]", f"acme/deployer:3}}], {_LOGIN}"), True),
    ],
    ids=["no credentials", "another registry", "a literal", "another job", "auth", "a login"],
)
def test_a_context_of_another_job_is_offered_only_beside_credentials_and_never_first(
    text: str, offered: bool | None
) -> None:
    prompts = Answers(
        *(["context", "docker-hub-creds"] if offered else ["context", ""]),
        *(["$U", "$P"] if "$U" in text else ["", ""]),
    )
    policy = asked(prompts, text)
    question = "Credentials for docker.io: which context?"
    assert prompts.offered.get(question) == (["docker-hub-creds", "production-aws-admin", OTHER] if offered else None)
    assert [registry.context for registry in policy.registries] == ["docker-hub-creds"]


def test_the_variables_that_go_with_the_chosen_context_are_offered_first() -> None:
    auth = "auth: {username: $%s, password: $%s}"
    text = FOREIGN.replace("acme/builder:3", f"acme/builder:3, {auth % ('A', 'B')}")
    text = text.replace("acme/deployer:3", f"acme/deployer:3, {auth % ('X', 'Y')}")
    prompts = Answers("context", "production-aws-admin", "$X", "$Y")
    asked(prompts, text)
    assert list(prompts.offered.values())[2:] == [
        ["$X", "$A", "$DOCKERHUB_USERNAME", OTHER],
        ["$Y", "$B", "$DOCKERHUB_PASSWORD", OTHER],
    ]


def test_variables_of_the_project_need_no_context() -> None:
    prompts = Answers("project", "", "")
    assert asked(prompts).credentials == "project"
    assert len(prompts.offered) == 1


def test_a_bare_name_means_the_variable() -> None:
    policy = asked(Answers("context", "team", "HUB_USER", "HUB_PASS"))
    assert policy.registries[0].variables == ("HUB_USER", "HUB_PASS")


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (("context", "", "", "hunter2"), "a literal secret is not allowed here"),
        (("context", "x" * 201), "expected the name of a context"),
        (("context", "", "$not a variable"), "expected a username, or a variable"),
    ],
)
def test_an_answer_is_refused_as_the_policy_file_would_be(answers: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=r"expected|not allowed") as caught:
        asked(Answers(*answers))
    assert str(caught.value).startswith(reason)
    assert "hunter2" not in str(caught.value)


def test_only_registries_that_fixes_need_are_asked_about(rules: tuple[Rule, ...]) -> None:
    policy = parse_policy(
        '[registries."quay.io"]\nusername = "$Q"\npassword = "$P"\ncontext = "quay"\n', Path("migrator.toml")
    )
    text = "version: 2.1\njobs:\n  a:\n    docker: [{image: quay.io/a/b:1}]\n    steps: [checkout]\n"
    outcome = scan("config.yml", text.encode(), rules, policy)
    assert isinstance(outcome, Unchanged)
    assert [registry.host for registry in needed(outcome.left, policy)] == ["quay.io"]
    assert needed((), policy) == []


def test_a_registry_is_asked_about_where_its_password_alone_is_needed() -> None:
    jobs = "  a:\n    docker: [{image: a/b:1, auth: {username: me, password: hunter2hunter2}}]\n    steps: [checkout]\n"
    text = f"version: 2.1\njobs:\n{jobs}"
    outcome = scan("config.yml", text.encode(), load_rules(["literal-secret"]), Policy())
    assert isinstance(outcome, Unchanged)
    assert [registry.host for registry in needed(outcome.left, Policy())] == ["docker.io"]
