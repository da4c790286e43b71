"""Of two compiled configs, the differences that a migration makes, and all others."""

from __future__ import annotations

import pytest

from migrator.circleci.compare.conversions import Meant, first_fault
from migrator.circleci.config import Config
from migrator.documents import open_document
from migrator.engine.views import read_configs
from migrator.policy import Policy
from migrator.policy.model import Aws, Registry
from migrator.startup.records import replace

QUAY = Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds")
POLICY = replace(Policy().with_registry(QUAY), aws=Aws())
SECRET = "Xk29vLq0pR7w"
ECR = "123456789012.dkr.ecr.{}.amazonaws.com/team/app:1"

FRAME = """\
version: 2
jobs:
  build:
    docker: {docker}
    environment: {environment}
    steps: {steps}
workflows:
  version: 2
  main:
    jobs:
      - build: {{context: {context}}}
"""
NO_LOGIN = "[{image: cimg/go:1.20}]"
LOGIN = "[{image: cimg/go:1.20, auth: {username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}}]"
HUB = "[docker-hub-creds]"
ORB = (
    "{run: {name: Docker login, environment: {PARAM_USER: U, PARAM_PASSWORD: P}, command: "
    '"eval \\"$SCRIPT_UTILS\\"\\necho x | docker login -u y --password-stdin z\\n"}}'
)
PULL = '{run: {name: Docker pull, environment: {PARAM_IMAGES: a}, command: "while read i; do docker pull $i; done"}}'


def compiled(**parts: str) -> Config:
    given = {"docker": NO_LOGIN, "environment": "{A: b}", "steps": "[checkout]", "context": "[other]", **parts}
    document = open_document("compiled.yml", FRAME.format(**given).encode())
    return read_configs(document, "compiled.yml")[0]


def fault(before: dict[str, str], after: dict[str, str], policy: Policy = POLICY) -> str:
    meant = Meant(policy, {SECRET}, {"U", "P", "K", "S"}, {"team", "aws-ecr-creds"})
    return first_fault(compiled(**before), compiled(**after), meant)


def steps(*scripts: str) -> dict[str, str]:
    """Steps of a job: words in braces and names are taken as they are, all else is a script."""
    shown = [each if each[0] == "{" or each == "checkout" else f"{{run: {{command: {each!r}}}}}" for each in scripts]
    return {"steps": f"[{', '.join(shown)}]"}


def text(script: str) -> str:
    """A script of several lines."""
    return '{run: {command: "' + script.replace("\n", "\\n").replace('"', '\\"') + '"}}'


L = "docker login -u $U -p $P"

MADE = {
    "nothing": ({}, {}),
    "credentials and their context": ({}, {"docker": LOGIN, "context": "[other, docker-hub-creds]"}),
    "credentials and a context of somebody's own": ({}, {"docker": LOGIN, "context": "[other, team]"}),
    "a context alone": ({}, {"context": "[other, docker-hub-creds]"}),
    "a context where there was a text": ({"context": "other"}, {"context": "[other, docker-hub-creds]"}),
    "a literal password that becomes a variable": (
        {"docker": LOGIN.replace("$DOCKERHUB_PASSWORD", SECRET)},
        {"docker": LOGIN, "context": "[other, docker-hub-creds]"},
    ),
    "names that become variables": (
        {"docker": LOGIN.replace("$", ""), "context": HUB}, {"docker": LOGIN, "context": HUB}
    ),
    "a literal secret that goes": ({"environment": f"{{A: b, TOKEN: {SECRET}}}"}, {}),
    "a literal secret of a step that goes": (
        {"steps": f"[{{run: {{command: make, environment: {{T: {SECRET}, A: b}}}}}}]"},
        {"steps": "[{run: {command: make, environment: {A: b}}}]"},
    ),
    "keys for an image of ECR": (
        {"docker": f"[{{image: {ECR.format('us-east-1')}}}]"},
        {
            "docker": f"[{{image: {ECR.format('us-east-1')}, aws_auth: {{aws_access_key_id: $K, "
            "aws_secret_access_key: $S}}]",
            "context": "[other, aws-ecr-creds]",
        },
    ),
    "an image of ECR nearer by": (
        {"docker": f"[{{image: {ECR.format('eu-west-1')}}}]"}, {"docker": f"[{{image: {ECR.format('us-east-1')}}}]"}
    ),
    "credentials that nobody looked for": (
        {"docker": "[{image: cimg/go:1.20, username: $U, password: $P}]"},
        {"docker": LOGIN, "context": "[other, docker-hub-creds]"},
    ),
    "a login that becomes a step": (steps("checkout", L, "make"), steps("checkout", ORB, "make")),
    "a login and a pull": (steps(text(f"{L}\ndocker pull a\ndocker pull b\nmake")), steps(ORB, PULL, text("make"))),
    "pulls in steps of their own": (steps(L, "docker pull a", "docker pull b"), steps(ORB, PULL)),
    "a login at the head": (steps(text(f"set -e\n{L}\nmake\n")), steps(ORB, text("set -e\nmake\n"))),
    "a login in the middle": (steps(text(f"make one\n{L}\nmake two")), steps("make one", ORB, "make two")),
    "a login that is repeated": (steps(text(f"{L}\n{L}\nmake")), steps(ORB, "make")),
    "a login behind what it does not see": (
        steps(text(f"A=1\necho hello\n{L}\nmake")), steps(ORB, text("A=1\necho hello\nmake"))
    ),
    "a login and what follows it": (steps(f"{L} && make"), steps(ORB, "make")),
    "a login that is asked about": (steps(text(f"if [ -n \"$P\" ]; then\n  {L}\nfi")), steps(ORB)),
    "a login that a test is before": (steps(f"[ -n $P ] && {L}"), steps(ORB)),
    "another way to give a password": (steps(f"docker login -u x -p {SECRET}"), steps("docker login -u x -p $P")),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_what_a_migration_makes_is_no_fault(name: str) -> None:
    before, after = MADE[name]
    assert fault(before, after) == ""


WRONG = {
    "an image": ({}, {"docker": "[{image: cimg/go:1.21}]"}, "would run `cimg/go:1.21` instead of `cimg/go:1.20`"),
    "an image of ECR further away": (
        {"docker": f"[{{image: {ECR.format('us-east-1')}}}]"}, {"docker": f"[{{image: {ECR.format('eu-west-1')}}}]"},
        "instead of",
    ),
    "another repository of ECR": (
        {"docker": f"[{{image: {ECR.format('eu-west-1')}}}]"},
        {"docker": f"[{{image: {ECR.format('us-east-1').replace('app', 'web')}}}]"},
        "instead of",
    ),
    "one image more": ({}, {"docker": "[{image: cimg/go:1.20}, {image: a}]"}, "`jobs.build.docker` would change"),
    "no credentials": ({"docker": LOGIN, "context": HUB}, {"context": HUB}, "without credentials"),
    "a literal password": (
        {"context": HUB}, {"docker": LOGIN.replace("$DOCKERHUB_PASSWORD", "abcdef"), "context": HUB}, "is written out",
    ),
    "credentials without their context": ({}, {"docker": LOGIN}, "without the context of its credentials"),
    "credentials of another registry": (
        {"docker": "[{image: quay.io/acme/x}]"},
        {"docker": LOGIN.replace("cimg/go:1.20", "quay.io/acme/x"), "context": "[other, docker-hub-creds]"},
        "with the credentials of `docker.io`",
    ),
    "AWS keys for an image of the Hub": (
        {}, {"docker": "[{image: cimg/go:1.20, aws_auth: {aws_access_key_id: $K, aws_secret_access_key: $S}}]"},
        "with AWS credentials",
    ),
    "a key that CircleCI does not know": (
        {}, {"docker": "[{image: cimg/go:1.20, auht: {}}]"}, "docker.0.auht` would be added",
    ),
    "half of the credentials": (
        {}, {"docker": "[{image: cimg/go:1.20, auth: {username: $DOCKERHUB_USERNAME}}]", "context": HUB},
        "that CircleCI does not read",
    ),
    "a key too many": (
        {"context": HUB}, {"docker": LOGIN.replace("auth: {", "auth: {x: y, "), "context": HUB}, "not read",
    ),
    "variables of nobody": ({"context": HUB}, {"docker": LOGIN.replace("_USER", "_USR"), "context": HUB}, "not read"),
    "a name of nobody": (
        {"context": HUB}, {"docker": LOGIN.replace("$DOCKERHUB_USERNAME", "somebody"), "context": HUB}, "not read",
    ),
    "a context of nobody": ({}, {"context": "[other, theirs]"}, "would gain the context `theirs`"),
    "a step of two": (
        steps("make"), {"steps": "[{run: {command: make}, runs: {command: make}}]"}, "step 1 would change",
    ),
    "a step called otherwise": (
        {"steps": "[{run: {name: a, command: make}}]"}, {"steps": "[{run: {name: b, command: make}}]"}, "would change",
    ),
    "a login with variables of others": (
        steps(L), steps(ORB.replace("USER: U", "USER: V")), "in more than logins",
    ),
    "a context lost": ({"context": "[other, a]"}, {"context": "[a]"}, "lose the context `other`"),
    "contexts in another order": ({"context": "[other, a]"}, {"context": "[a, other]"}, "in another order"),
    "a variable lost": ({}, {"environment": "{}"}, "`A` would change"),
    "a variable changed": ({}, {"environment": "{A: c}"}, "`A` would change"),
    "a variable more": ({}, {"environment": "{A: b, C: d}"}, "`C` would change"),
    "a variable of a step lost": (
        {"steps": "[{run: {command: make, environment: {A: b}}}]"}, steps("make"), "`A` would change",
    ),
    "a step lost": (steps("checkout", "make"), steps("checkout"), "step 2 would change in more than logins"),
    "a step more": (steps("checkout"), steps("checkout", "make"), "in more than logins"),
    "steps in another order": (steps("make a", "make b"), steps("make b", "make a"), "in more than logins"),
    "a script changed": (steps("make a"), steps("make b"), "in more than logins"),
    "words of a script joined": (steps("make a"), steps("makea"), "in more than logins"),
    "a login lost": (steps(L, "make"), steps("make"), "in more than logins"),
    "a login that comes too late": (steps(L, "make"), steps("make", ORB), "in more than logins"),
    "a pull lost": (steps(text(f"{L}\ndocker pull a\nmake")), steps(ORB, "make"), "in more than logins"),
    "a command lost beside a login": (
        steps(text(f"{L}\nmake one\nmake two")), steps(ORB, "make two"), "in more than logins",
    ),
    "a command lost in a condition": (
        steps(text(f"if [ -n \"$P\" ]; then\n  {L}\n  make\nfi")), steps(ORB), "in more than logins",
    ),
    "a setting of a step lost": (
        {"steps": "[{run: {command: make, when: always}}]"}, steps("make"), "step 1 would change",
    ),
    "another step that is called a login": (
        steps("make"), steps("{run: {name: Docker login, command: echo done}}", "make"), "in more than logins",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_no_migration_makes_is_named(name: str) -> None:
    before, after, why = WRONG[name]
    assert why in fault(before, after)


def test_project_variables_need_no_context() -> None:
    assert fault({}, {"docker": LOGIN}, replace(POLICY, credentials="project")) == ""


def test_no_word_quotes_a_literal() -> None:
    after = {"docker": LOGIN.replace("$DOCKERHUB_PASSWORD", "abcdef"), "context": HUB}
    assert "abcdef" not in fault({"context": HUB}, after)
    assert SECRET not in fault({}, {"environment": f"{{A: {SECRET}}}"})
