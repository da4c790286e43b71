"""The rule `literal-secret`: in every place and shape of an `environment`, and who is given the context."""

from __future__ import annotations

from textwrap import indent

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Located, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.rule import Requirement, Safety

SECRET = "9f86d081884c7d659a2feaa0c55ad015"
OTHER = "3c59dc048e8850243be8079a5c74d079"

SHAPES = {
    "a mapping": "API_TOKEN: {}\nMODE: fast",
    "a list of assignments": "- API_TOKEN={}\n- MODE=fast",
    "a list of mappings": "- API_TOKEN: {}\n- MODE: fast",
}
WORKFLOW = "workflows:\n  main:\n    jobs:\n      - build\n"
STEP = "      - run:\n          command: make\n          environment:\n{}\n"
PLACES = {
    "a job": "jobs:\n  build:\n    machine: true\n    environment:\n{}\n    steps: [checkout]\n" + WORKFLOW,
    "an executor": (
        "executors:\n  big:\n    machine: true\n    environment:\n{}\n"
        "jobs:\n  build:\n    executor: big\n    steps: [checkout]\n" + WORKFLOW
    ),
    "a step": f"jobs:\n  build:\n    machine: true\n    steps:\n{STEP}" + WORKFLOW,
    "a step of a command": (
        f"commands:\n  make:\n    steps:\n{STEP}jobs:\n  build:\n    machine: true\n    steps: [make]\n" + WORKFLOW
    ),
    "a step under a condition": (
        "jobs:\n  build:\n    machine: true\n    steps:\n      - when:\n          condition: true\n          steps:\n"
        "            - run:\n                command: make\n                environment:\n{}\n" + WORKFLOW
    ),
    "a step around an invocation": (
        "jobs:\n  build:\n    machine: true\n    steps: [checkout]\nworkflows:\n  main:\n    jobs:\n      - build:\n"
        "          post-steps:\n            - run:\n                command: make\n                environment:\n{}\n"
    ),
}
CONTAINER = (
    "jobs:\n  build:\n    docker:\n{}      - image: acme/db\n        environment:\n{{}}\n    steps: [checkout]\n"
)
CONTAINERS = {
    "the primary container": CONTAINER.format("") + WORKFLOW,
    "a service container": CONTAINER.format("      - image: cimg/base:2026.01\n") + WORKFLOW,
}
EVERYWHERE = {**PLACES, **CONTAINERS}
NO_SECRETS = (
    *("$OTHER_TOKEN", "${OTHER_TOKEN}", "<< pipeline.parameters.token >>", "'{{ .Revision }}'", "changeme", "xxxxxxxx"),
    *("FAKE9f86d081884c7d65", "'12345678901234'", "'true'", "''", "PROD_API_TOKEN", "/run/secrets/token"),
)


def config(place: str, shape: str, value: str) -> str:
    return "version: 2.1\n" + place.format(indent(shape.format(value), " " * 20))


def findings(text: str) -> tuple[Located, ...]:
    outcome = run(
        "config.yml", text.encode(), load_rules(["literal-secret"]), Policy(), choose_by_safety(review_too=True)
    )
    assert isinstance(outcome, Changed | Unchanged), outcome
    return (*outcome.applied, *outcome.left) if isinstance(outcome, Changed) else outcome.left


def after(text: str) -> str:
    outcome = run(
        "config.yml", text.encode(), load_rules(["literal-secret"]), Policy(), choose_by_safety(review_too=True)
    )
    return outcome.after if isinstance(outcome, Changed) else text


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("place", EVERYWHERE.values(), ids=EVERYWHERE)
def test_what_is_no_secret_stays_in_every_environment(place: str, shape: str) -> None:
    for value in NO_SECRETS:
        value = value.strip("'") if "=" in shape else value
        assert findings(config(place, shape, value)) == (), value


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("place", CONTAINERS.values(), ids=CONTAINERS)
def test_what_a_container_is_given_is_told(place: str, shape: str) -> None:
    text = config(place, shape, SECRET)
    (found,) = findings(text)
    assert found.safety is Safety.MANUAL
    assert after(text) == text


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_secret_leaves_every_other_environment(place: str, shape: str) -> None:
    text = config(place, shape, SECRET)
    (found,) = findings(text)
    assert found.safety is Safety.REVIEW
    assert found.requirements == (Requirement("project-env", "they were literals in the config", ("API_TOKEN",)),)
    rest = after(text)
    assert rest == "".join(line for line in text.splitlines(keepends=True) if "API_TOKEN" not in line)
    assert findings(rest) == ()


ENVIRONMENTS = """\
version: 2.1
executors:
  e: {machine: true, environment: {API_TOKEN: FIRST}}
jobs:
  a: {executor: e, steps: [checkout]}
  b: {machine: true, environment: [API_TOKEN=SECOND], steps: [checkout]}
  c: {docker: [{image: acme/a, environment: {API_TOKEN: THIRD}}], steps: [checkout]}
"""


@pytest.mark.parametrize(("first", "second"), [(SECRET, OTHER), (OTHER, SECRET)])
def test_different_values_of_one_variable_are_named_by_their_places(first: str, second: str) -> None:
    text = ENVIRONMENTS.replace("FIRST", first).replace("SECOND", second).replace("THIRD", "none")
    for found in findings(text):
        assert found.safety is Safety.REVIEW
        assert found.warnings == ("`API_TOKEN` has different values, but would have one: job `b`, executor `e`",)


@pytest.mark.parametrize(
    ("second", "third"), [(SECRET, "none"), ("changeme", "none"), (SECRET, OTHER), ("$OTHER", OTHER)]
)
def test_one_value_in_several_places_or_values_that_stay_are_no_doubt(second: str, third: str) -> None:
    text = ENVIRONMENTS.replace("FIRST", SECRET).replace("SECOND", second).replace("THIRD", third)
    assert [found.warnings for found in findings(text)] == [()] * len(findings(text))


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        ('"-u", "bot", "-p", "Zx81-Quark"', "DOCKERHUB_PASSWORD"),
        ('"-ubot", "-p", "Zx81-Quark", "quay.io"', "QUAY_PASSWORD"),
        ('"-e", "bot@acme.com", "-u", "bot", "-p", "Zx81-Quark", "quay.io"', "QUAY_PASSWORD"),
        ('"--email=bot@acme.com", "-u", "bot", "-p", "Zx81-Quark"', "DOCKERHUB_PASSWORD"),
        ('"-u", "bot", "-p", "Zx81-Quark", "--", "quay.io"', "QUAY_PASSWORD"),
        ('"-u", "bot", "-p", "Zx81-Quark", "--authfile", "auth.json"', "REGISTRY_PASSWORD"),
    ],
)
def test_the_variable_of_a_login_in_a_script_is_that_of_its_registry(words: str, variable: str) -> None:
    script = f'import subprocess\n\nsubprocess.run(["docker", "login", {words}], check=True)\n'
    outcome = run(
        "gen.py", script.encode(), load_rules(["literal-secret"]), Policy(), choose_by_safety(review_too=True)
    )
    assert isinstance(outcome, Changed)
    assert f'os.environ["{variable}"]' in outcome.after


def test_of_many_different_values_a_few_places_are_named() -> None:
    jobs = "".join(f"  j{n}: {{machine: true, environment: {{API_TOKEN: {SECRET[:-1]}{n}}}}}\n" for n in range(8))
    warnings = {found.warnings for found in findings("version: 2.1\njobs:\n" + jobs)}
    places = ", ".join(f"job `j{n}`" for n in range(5))
    assert warnings == {(f"`API_TOKEN` has different values, but would have one: {places} and 3 more",)}


@pytest.mark.parametrize(
    ("store", "entry"), [("&v " + SECRET, "API_TOKEN: *v"), (f"&v API_TOKEN={SECRET}", "- *v")], ids=["value", "item"]
)
def test_a_value_that_an_anchor_brings_from_elsewhere_is_told_to_stay_there(store: str, entry: str) -> None:
    mode = "- MODE=fast" if entry.startswith("-") else "MODE: fast"
    text = f"version: 2.1\nx: {store}\njobs:\n  a:\n    machine: true\n    environment:\n      {entry}\n      {mode}\n"
    (found,) = findings(text)
    assert found.warnings == ("its value stays at the anchor `v`: remove it there",)
    assert SECRET in after(text)


@pytest.mark.parametrize("user", ["*v", "{<<: *v}"])
def test_of_a_value_that_goes_at_its_anchor_nothing_is_told(user: str) -> None:
    store = f"x: &v {{API_TOKEN: {SECRET}, MODE: fast}}"
    text = f"version: 2.1\n{store}\njobs: {{a: {{machine: true, environment: {user}}}}}\n"
    (found,) = findings(text)
    assert found.warnings == ()
    assert SECRET not in after(text)


LOGIN = """\
version: 2.1
orbs:
  node: circleci/node@5.1.0
  inner:
    commands:
      enter:
        steps: [{run: echo hunter2 | docker login -u bot --password-stdin}]
    jobs:
      own: {machine: true, steps: [enter]}
commands:
  login:
    steps: [{run: docker login -u bot -p hunter2}]
  outer:
    steps: [{when: {condition: true, steps: [login]}}]
  wrap:
    parameters: {body: {type: steps}}
    steps: << parameters.body >>
  unused:
    steps: [login]
jobs:
  plain: {machine: true, steps: [checkout]}
  other: {machine: true, steps: [{run: docker login -u bot -p $DOCKERHUB_PASSWORD}]}
  direct: {machine: true, steps: [login]}
  nested: {machine: true, steps: [outer]}
  wrapped: {machine: true, steps: [{wrap: {body: [login]}}]}
  given:
    machine: true
    parameters: {after: {type: steps, default: []}}
    steps: [{steps: << parameters.after >>}]
  by-default:
    machine: true
    parameters: {after: {type: steps, default: [login]}}
    steps: [{steps: << parameters.after >>}]
  grouped: {machine: true, steps: [outer]}
job-groups:
  group:
    jobs:
      - grouped
workflows:
  main:
    jobs:
      - hold: {type: approval}
      - group
      - INVOCATION
"""


@pytest.mark.parametrize(
    "invocation",
    [
        "plain",
        "other",
        "given",
        "given: {after: [checkout]}",
        "node/test",
        "plain: {pre-steps: [checkout], post-steps: [{run: make}]}",
        "plain: {name: direct-too}",
        "plain: {requires: [direct, login]}",
        "nested: {context: [docker-hub-creds]}",
        "direct: {name: d, context: docker-hub-creds}",
        "node/test: {context: [docker-hub-creds], pre-steps: [login]}",
    ],
)
def test_an_invocation_that_runs_no_such_login_or_has_the_context_stays(invocation: str) -> None:
    rest = after(LOGIN.replace("INVOCATION", invocation))
    assert "hunter2" not in rest
    assert f"      - {invocation}\n" in rest
    assert "      - hold: {type: approval}\n      - group\n" in rest


@pytest.mark.parametrize(
    "invocation",
    [
        "direct",
        "nested: {name: n, matrix: {parameters: {v: [1, 2]}}}",
        "wrapped",
        "given: {after: [login]}",
        "by-default",
        "inner/own",
        "plain: {pre-steps: [login]}",
        "plain: {post-steps: [outer]}",
        "node/test: {post-steps: [{run: docker login -u bot -p hunter2}]}",
    ],
)
def test_every_invocation_that_runs_the_login_gets_the_context(invocation: str) -> None:
    rest = after(LOGIN.replace("INVOCATION", invocation))
    assert "hunter2" not in rest
    assert "docker-hub-creds" in rest[rest.index("- hold") :]
    assert "docker-hub-creds" in rest[rest.index("job-groups:") : rest.index("workflows:")]
