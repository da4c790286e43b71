"""What a config policy lets through and what it refuses, and why, evaluated by OPA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.guard.rego import NAME, policy_rego
from migrator.guard.settings import settings_of
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.circleci_compiler import compile_config
from tests.guard.opa import decided, decision, needs_opa, opa, violations

pytestmark = needs_opa

POLICY = parse_policy(
    """
[registries."docker.io"]
context = "hub"
images = ["acme/*", "cimg/[a-m]*"]
skip = ["acme/public-*"]

[registries."quay.io"]
username = "robot"
password = "$QUAY_PASSWORD"
context = "quay"

[aws]
aws_access_key_id = "$ECR_ID"
aws_secret_access_key = "$ECR_SECRET"
context = "ecr"
""",
    Path("migrator.toml"),
)
HUB = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
QUAY = {"username": "robot", "password": "$QUAY_PASSWORD"}
ECR = {"aws_access_key_id": "$ECR_ID", "aws_secret_access_key": "$ECR_SECRET"}
ECR_IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1"


def config(*docker: dict[str, Any], context: Any = None, steps: Any = ("checkout",), **workflow: Any) -> dict[str, Any]:
    invocation: Any = "build" if context is None else {"build": {"context": context}}
    job = {"docker": list(docker), "steps": list(steps)} if docker else {"machine": True, "steps": list(steps)}
    compiled = {"jobs": {"build": job}, "workflows": {"version": 2, "main": {"jobs": [invocation], **workflow}}}
    return {"version": 2.1, "_compiled_": compiled}


def image(name: str, **more: Any) -> dict[str, Any]:
    return {"image": name, **more}


def run(command: str) -> dict[str, Any]:
    return config(steps=[{"run": {"command": command}}])


ACCEPTED: dict[str, Any] = {
    "with auth and context": config(image("acme/app:1", auth=HUB), context=["hub"]),
    "context as a text": config(image("acme/app:1", auth=HUB), context="hub"),
    "with auth of its own": config(image("acme/app:1", auth={"username": "$U", "password": "$P"})),
    "with auth of another kind": config(image("acme/app:1", gcp_auth={"oidc_service_account": "x"})),
    "braces around the variable": config(image("acme/app:1", auth={"username": "u", "password": "${P}"})),
    "an image that no pattern names": config(image("node:20"), image("cimg/node:20")),
    "an image that is skipped": config(image("acme/public-tools")),
    "another registry": config(image("ghcr.io/acme/app"), image("registry.example.com:5000/acme/app")),
    "no reference at all": config(image("Acme/App:1"), image("acme/app:"), image("acme//app"), image("")),
    "what a variable decides": config(image("$IMAGE"), image("acme$SUFFIX"), image("${HOST}/acme/app")),
    "an image that is no text": config(image(["acme/app"]), {"auth": HUB}),  # type: ignore[arg-type]
    "ECR by OIDC": config(image(ECR_IMAGE, aws_auth={"oidc_role_arn": "arn:aws:iam::123456789012:role/ci"})),
    "another context for pulls that all have": config(image("acme/app", auth=HUB), context=["acme-docker"]),
    "a context with the same variables": config(image("quay.io/a/b", auth=QUAY), context=["quay", "x"]),
    "a job on no workflow": {"_compiled_": {"jobs": {"b": {"docker": [image("acme/a", auth=HUB)]}}, "workflows": {}}},
    "approvals": {"_compiled_": {"jobs": {}, "workflows": {"main": {"jobs": [{"hold": {"type": "approval"}}]}}}},
    "no docker": config(),
    "nothing": {},
    "lists where maps are expected": {"_compiled_": [], "jobs": [], "workflows": "x"},
    "login by stdin": run('echo "$P" | docker login -u "$U" --password-stdin quay.io'),
    "login in a comment": run("# docker login -u x -p y\nmake"),
    "login that is printed": run('echo "docker login -u you -p yours"'),
    "-p of another command": run("docker login -u x --password-stdin; mkdir -p out"),
    "-p on the next line": run("docker login\nssh -p 22 host"),
    "a command of another name": run("sudo -E echo docker login -p x; time echo docker login -p x"),
    "-p of what is before": run("docker run -p 80:80 x && docker login --password-stdin"),
}  # fmt: skip


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    found = decided(POLICY, tmp_path_factory.mktemp("accepted"), ACCEPTED.values())
    return {name: violations(org) for name, org in zip(ACCEPTED, found, strict=True)}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_accepted(accepted: dict[str, dict[str, list[str]]], name: str) -> None:
    assert accepted[name] == {}


NO_AUTH = "migrate_image_without_credentials"
LITERAL = "migrate_literal_credentials"
NO_CONTEXT = "migrate_missing_context"
LOGIN = "migrate_login_with_password"
WITHOUT = "Job `build` pulls `{}` from {} without `{}`: `migrate` adds it"
WRITTEN = (
    "Job `build` has the value of `{}` written out in the `{}` of `{}`: use a variable, and change the secret, "
    "which is in the history of the repository"
)
LACKS = "Workflow `main` runs `build`, which pulls `{}` with credentials, without their context `{}`: add it"
BY_WORD = "Job `build` passes a password to `docker login` on the command line: use `--password-stdin`"
REFUSED: dict[str, tuple[Any, str, str]] = {
    "no auth": (config(image("acme/app:1"), context="hub"), NO_AUTH, WITHOUT.format("acme/app:1", "docker.io", "auth")),
    "auth that is empty": (config(image("acme/a", auth=None)), NO_AUTH, WITHOUT.format("acme/a", "docker.io", "auth")),
    "auth without anything in it": (
        config(image("acme/a", auth={})), NO_AUTH, WITHOUT.format("acme/a", "docker.io", "auth"),
    ),
    "auth that is a text": (config(image("acme/a", auth="x")), NO_AUTH, WITHOUT.format("acme/a", "docker.io", "auth")),
    "blanks around": (config(image(" acme/a\n")), NO_AUTH, WITHOUT.format("acme/a", "docker.io", "auth")),
    "another spelling": (
        config(image("index.docker.io/acme/a")), NO_AUTH, WITHOUT.format("index.docker.io/acme/a", "docker.io", "auth"),
    ),
    "a set of letters": (config(image("cimg/go:1.22")), NO_AUTH, WITHOUT.format("cimg/go:1.22", "docker.io", "auth")),
    "a variable as the tag": (
        config(image("acme/a:$TAG")), NO_AUTH, WITHOUT.format("acme/a:$TAG", "docker.io", "auth"),
    ),
    "another host": (config(image("quay.io/x/y")), NO_AUTH, WITHOUT.format("quay.io/x/y", "quay.io", "auth")),
    "ECR": (config(image(ECR_IMAGE)), NO_AUTH, WITHOUT.format(ECR_IMAGE, "ECR", "aws_auth")),
    "a service": (
        config(image("node:20"), image("acme/db")), NO_AUTH, WITHOUT.format("acme/db", "docker.io", "auth"),
    ),
    "a literal password": (
        config(image("x", auth={"username": "u", "password": "hunter2"})), LITERAL,
        WRITTEN.format("password", "auth", "x"),
    ),
    "a literal key": (
        config(image("x", aws_auth={**ECR, "aws_secret_access_key": "AbC"})), LITERAL,
        WRITTEN.format("aws_secret_access_key", "aws_auth", "x"),
    ),
    "a literal for what is no image": (
        config(image("https://u:hunter2@host", auth={"username": "u", "password": "hunter2"})), LITERAL,
        WRITTEN.format("password", "auth", "an image"),
    ),
    "no context": (config(image("acme/a", auth=HUB)), NO_CONTEXT, LACKS.format("acme/a", "hub")),
    "another context": (config(image("acme/a", auth=HUB), context=["aws"]), NO_CONTEXT, LACKS.format("acme/a", "hub")),
    "no context on a schedule": (
        config(image("acme/a", auth=HUB), triggers=[{"schedule": {"cron": "0 0 * * *"}}]), NO_CONTEXT,
        LACKS.format("acme/a", "hub"),
    ),
    "no context for ECR": (config(image(ECR_IMAGE, aws_auth=ECR)), NO_CONTEXT, LACKS.format(ECR_IMAGE, "ecr")),
    "no context for a literal user": (config(image("a/b", auth=QUAY)), NO_CONTEXT, LACKS.format("a/b", "quay")),
    "-p": (run("docker login -u x -p $P"), LOGIN, BY_WORD),
    "-pvalue": (run("sudo docker login -px"), LOGIN, BY_WORD),
    "--password=": (run("make\n  docker login quay.io --password=$P"), LOGIN, BY_WORD),
    "on several lines": (run("if true; then docker \\\n login \\\n  -u x \\\n  -p y; fi"), LOGIN, BY_WORD),
    "behind quotes": (
        run("cd x && DOCKER_CONFIG=. /usr/bin/docker login -u 'a;b' -p \"$(cat p)\" host"), LOGIN, BY_WORD,
    ),
    "with options of docker": (run("docker --config /tmp/d login -p x"), LOGIN, BY_WORD),
    "with options of sudo": (run("sudo -E -u root docker login -p x"), LOGIN, BY_WORD),
    "with a limit": (run("timeout -k 5 30s docker login -p x"), LOGIN, BY_WORD),
    "repeated": (run("DOCKER_CONFIG=x retry 3 docker login -p x"), LOGIN, BY_WORD),
    "in quotes": (run("docker login -u x \"-p\" '$P'"), LOGIN, BY_WORD),
    "for another shell": (run('bash -c "docker login -u x -p y"'), LOGIN, BY_WORD),
    "a step in short": (config(steps=[{"run": "docker login -p x"}]), LOGIN, BY_WORD),
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    found = decided(POLICY, tmp_path_factory.mktemp("refused"), [case[0] for case in REFUSED.values()])
    return {name: violations(org) for name, org in zip(REFUSED, found, strict=True)}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(refused: dict[str, dict[str, list[str]]], name: str) -> None:
    _, rule, reason = REFUSED[name]
    assert refused[name] == {rule: [reason]}


def test_no_reason_holds_a_secret(refused: dict[str, dict[str, list[str]]]) -> None:
    assert "hunter2" not in str(refused)


PLAIN = """\
version: 2.1
executors:
  own:
    docker:
      - image: acme/executor:1
commands:
  login:
    steps:
      - run: docker login -p x
jobs:
  a: {docker: [{image: 'acme/a:<< parameters.tag >>'}], steps: [checkout]}
  b: {executor: own, steps: [login]}
  c:
    executor: {name: own}
    docker: [{image: acme/c, auth: {username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}}]
    steps: [{when: {condition: true, steps: [{run: {command: docker login -p x}}]}}]
workflows:
  main: {jobs: [a, b, c, {c: {name: d, context: << pipeline.parameters.context >>}}]}
"""


def test_without_a_compiled_config_what_is_written_counts(tmp_path: Path) -> None:
    content = yaml.safe_load(PLAIN)
    found = [violations(org) for org in decided(POLICY, tmp_path, [content, {**content, "_compiled_": None}])]
    assert found[0] == found[1]
    assert found[0] == {
        NO_AUTH: [WITHOUT.format("acme/executor:1", "docker.io", "auth").replace("build", "b")],
        NO_CONTEXT: [LACKS.format("acme/c", "hub").replace("build", "c")],
        LOGIN: [BY_WORD.replace("Job `build`", "Command `login`"), BY_WORD.replace("build", "c")],
    }


def test_what_is_compiled_counts_where_it_is(tmp_path: Path) -> None:
    text = PLAIN.replace("a: {docker", "a: {parameters: {tag: {type: string}}, docker").replace(
        "[a, b", "[{a: {tag: x}}, b"
    )
    text = text.replace("<< pipeline.parameters.context >>", "hub")
    made = compile_config(text)
    (org,) = decided(POLICY, tmp_path, [{**yaml.safe_load(text), "_compiled_": yaml.safe_load(made.config)}])
    assert not made.errors
    assert [reason.partition(" from")[0] for reason in violations(org)[NO_AUTH]] == [
        "Job `a` pulls `acme/a:x`",
        "Job `b` pulls `acme/executor:1`",
    ]


def of(text: str) -> Policy:
    return parse_policy(text, Path("migrator.toml"))


def test_project_variables_need_no_context(tmp_path: Path) -> None:
    (org,) = decided(of('credentials = "project"\n'), tmp_path, [config(image("a/b", auth=HUB))])
    assert violations(org) == {}


def test_what_the_policy_skips_on_schedules_is_left(tmp_path: Path) -> None:
    by_clock = {"triggers": [{"schedule": {"cron": "0 0 * * *"}}]}
    inputs = [config(image("a/b", auth=HUB), **by_clock), config(image("a/b", auth=HUB))]
    found = decided(of('scheduled = "skip"\n'), tmp_path, inputs)
    assert [bool(violations(org)) for org in found] == [False, True]


@pytest.mark.parametrize(
    ("text", "enabled"),
    [
        ('[rules]\nignore = ["literal-secret"]\n', {NO_AUTH, NO_CONTEXT, LOGIN}),
        ('[rules]\nselect = ["unauthenticated-image", "missing-context"]\nignore = ["missing-context"]\n', {NO_AUTH}),
    ],
)
def test_rules_that_the_policy_turns_off_do_not_count(tmp_path: Path, text: str, enabled: set[str]) -> None:
    (org,) = decided(of(text), tmp_path, [run("docker login -p x")])
    assert set(org["enable_rule"]) == enabled


def test_one_pair_of_credentials_from_two_contexts_is_one_violation(tmp_path: Path) -> None:
    both = of(
        '[registries."docker.io"]\ncontext = "a"\n[registries."ghcr.io"]\nusername = "$DOCKERHUB_USERNAME"\n'
        'password = "$DOCKERHUB_PASSWORD"\ncontext = "b"\n'
    )
    inputs = [config(image("x/y", auth=HUB)), config(image("x/y", auth=HUB), context=["b"])]
    found = [violations(org) for org in decided(both, tmp_path, inputs)]
    assert found == [{NO_CONTEXT: [LACKS.format("x/y", "a` or `b")]}, {}]


def test_soft_policies_refuse_nothing(tmp_path: Path) -> None:
    inputs = [config(image("a/b")), config(image("a/b", auth=HUB), context=["docker-hub-creds"])]
    for soft, status in ((False, "HARD_FAIL"), (True, "SOFT_FAIL")):
        text = policy_rego(settings_of(Policy()), soft=soft)
        assert [decision(org)["status"] for org in decided(text, tmp_path, inputs)] == [status, "PASS"]


OVERRIDES = """\
[registries."docker.io"]
context = "hub"

[aws]
oidc_role_arn = "arn:aws:iam::123456789012:role/ci"

[[overrides]]
repositories = ["acme/*"]
registries."docker.io".context = "acme-hub"
registries."ghcr.io" = {username = "$G", password = "$T", context = "github"}
aws.aws_access_key_id = "$ID"
aws.aws_secret_access_key = "$KEY"

[[overrides]]
repositories = ["Acme/Legacy-?", "other/*"]
registries."docker.io".context = "legacy"
registries."docker.io".password = "$OLD"
registries."docker.io".images = ["old/*"]

[[overrides]]
repositories = ["acme/*"]
paths = ["services/**"]
credentials = "project"

[[overrides]]
paths = ["x/**"]
circleci.organization = "gh/other"
"""
ORG = {
    "https://github.com/else/where": {"hub"},
    "https://github.com/acme/web.git": {"acme-hub"},
    "git@github.com:ACME/web.git": {"acme-hub"},
    "https://github.com/acme/legacy-1": {"legacy"},
    "https://gitlab.com/other/sub/group": {"legacy"},
}


def test_overrides_count_for_the_repository_that_is_built(tmp_path: Path) -> None:
    old = {**HUB, "password": "$OLD"}
    lacking = config(image("old/x", auth=HUB), image("old/x", auth=old))
    metas: list[Any] = [{"vcs": {"target_repository_url": url, "origin_repository_url": "fork"}} for url in ORG]
    found = decided(of(OVERRIDES), tmp_path, [lacking] * len(ORG), metas)
    for org, (url, names) in zip(found, ORG.items(), strict=True):
        (reason,) = violations(org)[NO_CONTEXT]
        assert {reason.rpartition("context `")[2].partition("`")[0]} == names, url


def test_overrides_set_key_by_key(tmp_path: Path) -> None:
    meta = {"vcs": {"target_repository_url": "https://github.com/acme/legacy-1"}}
    inputs = [
        config(image("old/x")), config(image("new/x")), config(image("ghcr.io/a/b")), config(image(ECR_IMAGE)),
        config(image(ECR_IMAGE, aws_auth={"aws_access_key_id": "$ID", "aws_secret_access_key": "$KEY"})),
    ]  # fmt: skip
    found = [[*violations(org)] for org in decided(of(OVERRIDES), tmp_path, inputs, [meta] * len(inputs))]
    assert found == [[NO_AUTH], [], [NO_AUTH], [NO_AUTH], [NO_CONTEXT]]


def test_where_the_repository_is_unknown_that_is_said_and_refuses_nothing(tmp_path: Path) -> None:
    fine = config(image("a/b", auth=HUB), context=["hub"])
    about: list[Any] = [{}, {"project_id": "x", "vcs": {"branch": "main"}}]
    for org in decided(of(OVERRIDES), tmp_path, [fine, fine], about):
        made = decision(org)
        assert made["status"] == "SOFT_FAIL"
        assert [each["rule"] for each in made["soft_failures"]] == ["migrate_unknown_repository"]


def test_what_cannot_be_expressed_is_said() -> None:
    settings = settings_of(of(OVERRIDES + '[rules]\nexclude = ["k8s/**"]\n'))
    told = "is left out: CircleCI does not tell a config policy which file a pipeline is from"
    assert settings.left_out == [
        f'overrides[2], for the paths "services/**", {told}',
        f'[rules] exclude ("k8s/**") {told}',
    ]
    text = policy_rego(settings)
    assert all(f"\n# - {line}\n" in text for line in settings.left_out)


HOSTILE = """\
[registries."docker.io"]
username = "a\\"]}`${x}`{{ base }} \\\\ robot$ci"
context = "hub\\"} hard_fail[\\"x\\"] { true\\u2028 {{ patterns }} \\\\ `"
images = ["[]a-c]x*", "[!]a]*", "[a", "a-z]", "[z-a]*", "?.[a-]"]
skip = ["[!a-c-]*"]

[[overrides]]
repositories = ["a/\\"]#{{x}}`", "*\\u2028*"]
registries."docker.io".username = "\\u00e4 # \\" {{ name }}"

[[overrides]]
paths = ["x\\u2028\\n\\"] { true }"]
credentials = "project"
"""


def test_whatever_the_policy_holds_stays_data(tmp_path: Path) -> None:
    policy = of(HOSTILE)
    text = policy_rego(settings_of(policy))
    (tmp_path / "p.rego").write_text(text, "utf-8")
    checked = opa("check", "--strict", "p.rego", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    hub = policy.registries[0]
    auth = {"username": hub.username, "password": hub.password}
    inputs = [config(image("ax/y", auth=auth), context=[hub.context]), config(image("ax/y", auth=auth))]
    meta = {"vcs": {"target_repository_url": "https://github.com/x/y"}}
    found = decided(text, tmp_path, inputs, [meta] * 2)
    assert [violations(org) for org in found] == [{}, {NO_CONTEXT: [LACKS.format("ax/y", hub.context)]}]
    assert set(found[0]["hard_fail"]) == {NO_AUTH, LITERAL, NO_CONTEXT, LOGIN}


def test_circleci_reads_it(tmp_path: Path) -> None:
    """The first rule is `policy_name` with a word of its own as its key, and nothing asks the network."""
    text = policy_rego(settings_of(POLICY))
    rules = [line for line in text.splitlines() if line and not line.startswith(("#", "package", "import"))]
    assert rules[0] == f'policy_name["{NAME}"]'
    assert text.count("\npackage org\n") == 1
    assert "http.send" not in text
    assert "data.circleci" not in text
    (tmp_path / "p.rego").write_text(text, "utf-8")
    assert opa("fmt", "--fail", "--list", "p.rego", cwd=tmp_path).stdout == ""
