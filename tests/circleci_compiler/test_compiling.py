"""The small compiler does what CircleCI's documentation says, and refuses what CircleCI refuses."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.circleci_compiler import compile_config
from tests.circleci_compiler.orbs import docker_orb

HEAD = "version: 2.1\n"
JOB = "docker: [{image: cimg/base:current}]"


def compiled(text: str, **options: Any) -> dict[str, Any]:
    made = compile_config(text if text.startswith("version") else HEAD + text, **options)
    assert made.errors == ()
    found: dict[str, Any] = yaml.safe_load(made.config)
    assert found["version"] == 2
    return found


def steps_of(text: str, job: str = "build", **options: Any) -> list[Any]:
    steps: list[Any] = compiled(text, **options)["jobs"][job]["steps"]
    return steps


def refused(text: str, **options: Any) -> str:
    made = compile_config(text if text.startswith("version") else HEAD + text, **options)
    assert made.config == ""
    assert len(made.errors) == 1
    return made.errors[0]


# -- what runs


def test_a_config_without_workflows_runs_its_job_build() -> None:
    made = compiled(f"jobs: {{build: {{{JOB}, steps: [checkout, run: make]}}}}\n")
    assert made["jobs"]["build"] == {
        "docker": [{"image": "cimg/base:current"}], "steps": ["checkout", {"run": {"command": "make"}}]
    }  # fmt: skip
    assert made["workflows"] == {"version": 2, "workflow": {"jobs": ["build"]}}


def test_parameters_are_filled_in_with_their_types() -> None:
    made = compiled(
        """\
jobs:
  build:
    parameters:
      tag: {type: string}
      many: {type: integer, default: 4}
      quick: {type: boolean, default: false}
    docker: [{image: "cimg/go:<< parameters.tag >>"}]
    parallelism: << parameters.many >>
    environment: {QUICK: << parameters.quick >>}
    steps:
      - run: "echo << parameters.tag >>-<< parameters.many >>-<<parameters.quick>>"
workflows: {main: {jobs: [build: {tag: "1.20"}]}}
"""
    )["jobs"]["build"]
    assert made["docker"] == [{"image": "cimg/go:1.20"}]
    assert (made["parallelism"], made["environment"]) == (4, {"QUICK": False})
    assert made["steps"] == [{"run": {"command": "echo 1.20-4-false"}}]


def test_commands_are_run_in_place_and_take_steps_that_mean_what_they_mean_where_they_are_given() -> None:
    text = f"""\
commands:
  greet:
    parameters: {{who: {{type: string}}, after: {{type: steps, default: []}}}}
    steps:
      - run: hello << parameters.who >>
      - steps: << parameters.after >>
  twice:
    parameters: {{who: {{type: string}}}}
    steps:
      - greet: {{who: << parameters.who >>, after: [{{run: bye << parameters.who >>}}]}}
jobs:
  build: {{{JOB}, steps: [{{twice: {{who: you}}}}]}}
"""
    assert steps_of(text) == [{"run": {"command": "hello you"}}, {"run": {"command": "bye you"}}]


def test_conditions_are_decided() -> None:
    text = f"""\
parameters: {{deep: {{type: boolean, default: false}}, kind: {{type: enum, enum: [a, b], default: a}}}}
jobs:
  build:
    {JOB}
    steps:
      - when: {{condition: << pipeline.parameters.deep >>, steps: [run: deep]}}
      - unless: {{condition: << pipeline.parameters.deep >>, steps: [run: shallow]}}
      - when: {{condition: {{equal: [a, << pipeline.parameters.kind >>]}}, steps: [run: a]}}
      - when: {{condition: {{and: [true, {{not: << pipeline.parameters.deep >>}}]}}, steps: [run: and]}}
      - when: {{condition: 'pipeline.git.branch == "main" and not pipeline.parameters.deep', steps: [run: words]}}
      - when: {{condition: {{matches: {{pattern: "^rel", value: << pipeline.git.branch >>}}}}, steps: [run: rel]}}
"""
    run = [step["run"]["command"] for step in steps_of(text)]
    assert run == ["shallow", "a", "and", "words"]
    run = [step["run"]["command"] for step in steps_of(text, parameters={"deep": True, "kind": "b"})]
    assert run == ["deep"]
    assert [s["run"]["command"] for s in steps_of(text, values={"git.branch": "release"})][-1] == "rel"


def test_workflows_are_left_out_by_their_conditions() -> None:
    text = f"""\
parameters: {{nightly: {{type: boolean, default: false}}}}
jobs: {{build: {{{JOB}, steps: [checkout]}}, slow: {{{JOB}, steps: [checkout]}}}}
workflows:
  main: {{unless: << pipeline.parameters.nightly >>, jobs: [build]}}
  night: {{when: << pipeline.parameters.nightly >>, jobs: [slow]}}
"""
    assert set(compiled(text)["workflows"]) == {"version", "main"}
    made = compiled(text, parameters={"nightly": True})
    assert (set(made["workflows"]), set(made["jobs"])) == ({"version", "night"}, {"slow"})


def test_executors_give_what_the_job_does_not_have_and_environments_are_joined() -> None:
    made = compiled(
        """\
executors:
  go:
    parameters: {tag: {type: string, default: "1.20"}}
    docker: [{image: "cimg/go:<< parameters.tag >>", auth: {username: $U, password: $P}}]
    environment: {A: "1", B: "1"}
    working_directory: ~/x
jobs:
  build: {executor: {name: go, tag: "1.21"}, environment: {B: "2"}, steps: [checkout]}
  other: {executor: go, docker: [{image: cimg/base:current}], steps: [checkout]}
  chosen:
    parameters: {e: {type: executor}}
    executor: << parameters.e >>
    steps: [checkout]
workflows: {main: {jobs: [build, other, chosen: {e: {name: go, tag: "9"}}]}}
"""
    )["jobs"]
    login = {"username": "$U", "password": "$P"}
    assert made["build"] == {
        "docker": [{"image": "cimg/go:1.21", "auth": login}], "environment": {"A": "1", "B": "2"},
        "working_directory": "~/x", "steps": ["checkout"],
    }  # fmt: skip
    assert made["other"]["docker"] == [{"image": "cimg/base:current"}]
    assert made["chosen"]["docker"][0]["image"] == "cimg/go:9"


def test_inline_orbs_have_names_of_their_own() -> None:
    text = f"""\
orbs:
  mine:
    executors: {{e: {{{JOB}}}}}
    commands: {{say: {{steps: [run: from the orb]}}, all: {{steps: [say]}}}}
    jobs: {{build: {{executor: e, steps: [say]}}}}
commands: {{say: {{steps: [run: from the config]}}}}
jobs: {{build: {{executor: mine/e, steps: [mine/all, say]}}}}
workflows: {{main: {{jobs: [build, mine/build]}}}}
"""
    made = compiled(text)["jobs"]
    assert [step["run"]["command"] for step in made["build"]["steps"]] == ["from the orb", "from the config"]
    assert [step["run"]["command"] for step in made["mine/build"]["steps"]] == ["from the orb"]


def test_a_matrix_runs_each_combination_but_those_excluded() -> None:
    text = f"""\
jobs:
  test:
    parameters: {{v: {{type: string}}, os: {{type: string, default: linux}}}}
    {JOB}
    steps: [run: "<< parameters.v >> << parameters.os >>"]
  done: {{{JOB}, steps: [checkout]}}
workflows:
  main:
    jobs:
      - test:
          context: [c]
          matrix:
            alias: all
            parameters: {{v: ["1", "2"], os: [linux, mac]}}
            exclude: [{{v: "2", os: mac}}]
      - test: {{name: "v<< matrix.v >>", matrix: {{parameters: {{v: ["3"]}}}}, post-steps: [run: "<< matrix.v >>"]}}
      - done: {{requires: [all, v3]}}
"""
    made = compiled(text)
    names = ["test-1-linux", "test-1-mac", "test-2-linux", "v3", "done"]
    assert list(made["jobs"]) == names
    assert made["jobs"]["v3"]["steps"][-1] == {"run": {"command": "3"}}
    jobs = made["workflows"]["main"]["jobs"]
    assert jobs[0] == {"test-1-linux": {"context": ["c"]}}
    assert jobs[-1] == {"done": {"requires": names[:-1]}}


def test_approvals_are_kept_and_waited_for() -> None:
    text = f"""\
jobs: {{build: {{{JOB}, steps: [checkout]}}}}
workflows:
  main: {{jobs: [hold: {{type: approval}}, build: {{requires: [hold], filters: {{branches: {{only: main}}}}}}]}}
"""
    jobs = compiled(text)["workflows"]["main"]["jobs"]
    assert jobs[0] == {"hold": {"type": "approval"}}
    assert jobs[1]["build"]["requires"] == ["hold"]


def test_one_job_with_other_arguments_is_another_job() -> None:
    text = f"""\
jobs: {{build: {{parameters: {{v: {{type: string, default: a}}}}, {JOB}, steps: [run: << parameters.v >>]}}}}
workflows: {{one: {{jobs: [build, build: {{v: b}}]}}, two: {{jobs: [build]}}, three: {{jobs: [build: {{v: c}}]}}}}
"""
    made = compiled(text)
    assert {name: job["steps"][0]["run"]["command"] for name, job in made["jobs"].items()} == {
        "build": "a", "build-1": "b", "build-2": "c"
    }  # fmt: skip
    assert made["workflows"]["two"]["jobs"] == ["build"]


def test_anchors_merge_keys_and_anchors_defined_anew_are_resolved() -> None:
    text = """\
x: &image {image: one}
y: &image {image: two, <<: {user: root}}
jobs: {build: {docker: [*image, {<<: *image, image: three}], steps: [checkout]}}
"""
    assert compiled(text)["jobs"]["build"]["docker"] == [
        {"user": "root", "image": "two"}, {"user": "root", "image": "three"}
    ]  # fmt: skip


def test_what_is_escaped_is_no_template_and_sections_are_decided() -> None:
    text = f"""\
jobs:
  build:
    parameters: {{x: {{type: string, default: ""}}, y: {{type: boolean, default: true}}}}
    {JOB}
    steps: [run: 'cat \\<<EOF a<<#parameters.x>> b<</parameters.x>><<^parameters.x>> c<</parameters.x>>']
"""
    assert steps_of(text) == [{"run": {"command": "cat <<EOF a c"}}]


@pytest.mark.parametrize(("release", "between"), [("2.8.2", "-"), ("3.0.1", "_"), ("4.0.0", "_")])
def test_the_docker_orb_is_known(release: str, between: str) -> None:
    given = f"{{docker{between}username: U, docker{between}password: P}}"
    text = f"""\
orbs: {{docker: circleci/docker@{release}}}
jobs: {{build: {{machine: true, steps: [docker/check: {given}, docker/pull: {{images: a}}]}}}}
"""
    login, pull = steps_of(text, orbs=docker_orb)
    assert login["run"]["name"] == "Docker login"
    assert {"U", "P", "docker.io"} <= set(login["run"]["environment"].values())
    assert "a" in pull["run"]["environment"].values()
    assert "Unexpected argument(s)" in refused(text.replace("username", "user"), orbs=docker_orb)
    assert "env_var_name" in refused(text.replace(": P", ": $P"), orbs=docker_orb)


def test_orbs_that_are_not_here_are_not_guessed() -> None:
    text = f"orbs: {{node: circleci/node@5}}\njobs: {{build: {{{JOB}, steps: [node/install: {{version: '20'}}]}}}}\n"
    made = compile_config(HEAD + text)
    assert (made.errors, made.unknown) == (("cannot compile: orb circleci/node@5",), True)
    assert steps_of(text, keeps_orbs=True) == [{"circleci/node@5/install": {"version": "20"}}]


def test_version_2_knows_no_templates() -> None:
    made = compiled(f"version: 2\njobs: {{build: {{{JOB}, steps: [run: 'cat <<EOF << parameters.x >>']}}}}\n")
    assert made["jobs"]["build"]["steps"] == [{"run": {"command": "cat <<EOF << parameters.x >>"}}]


# -- what does not

ONE = f"jobs: {{build: {{{JOB}, steps: [checkout]}}, other: {{{JOB}, steps: [checkout]}}}}\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("jobs: [", "Unable to parse YAML"),
        ("jobs: {}\njobs: {}\n", "duplicate key jobs"),
        ("version: 3\njobs: {}\n", "version: 3"),
        (ONE.replace("build", "check"), "neither workflows nor a job named build"),
        (f"jobs: {{build: {{{JOB}, steps: [chekout]}}}}", "definition for command named chekout"),
        (f"jobs: {{build: {{{JOB}, steps: [docker/check]}}}}", "definition for command named docker/check"),
        (f"jobs: {{build: {{{JOB}, steps: [run: {{comand: x}}]}}}}", "required key [command]"),
        (f"jobs: {{build: {{{JOB}, steps: []}}}}", "has no steps"),
        (f"jobs: {{build: {{{JOB}, step: [checkout]}}}}", "extraneous key [step]"),
        ("jobs: {build: {steps: [checkout]}}", "one of docker"),
        ("jobs: {build: {executor: e, steps: [checkout]}}", "definition for executor named e"),
        ("jobs: {build: {docker: [{image: a, auht: {}}], steps: [checkout]}}", "extraneous key [auht]"),
        ("jobs: {build: {docker: [{image: a, auth: {username: a}}], steps: [checkout]}}", "docker.0.auth"),
        ("jobs: {build: {docker: [{image: a, auth: {username: a, password: 1}}], steps: [checkout]}}", "auth.password"),
        ("jobs: {build: {docker: [{image: a, auth: [{username: a}]}], steps: [checkout]}}", "docker.0.auth"),
        (f"jobs: {{build: {{{JOB}, steps: [run: << parameters.x >>]}}}}", "Unknown variable(s): parameters.x"),
        (f"jobs: {{build: {{{JOB}, steps: [run: 'cat <<EOF']}}}}", "Unclosed '<<' tag"),
        (ONE + "workflows: {main: {jobs: [build: {contxt: a}]}}", "Unexpected argument(s): contxt"),
        (ONE + "workflows: {main: {jobs: [build: {context: {a: b}}]}}", "context: expected type"),
        (ONE + "workflows: {main: {jobs: [bild]}}", "definition for job named bild"),
        (ONE + "workflows: {main: {jobs: [build: {requires: [bild]}]}}", "'bild', which is the name of 0 other jobs"),
        (ONE + "workflows: {main: {jobs: [build: {requires: [other]}, other: {requires: [build]}]}}", "wait for one"),
        (ONE + "workflows: {main: {context: a, jobs: [build]}}", "extraneous key [context]"),
        (ONE + "workflows: {main: {jobs: []}}", "required key [jobs]"),
        (ONE + "orbs: {docker: circleci/docker}", "Invalid orb reference"),
        (ONE.replace("other", "an.other"), "invalid job name"),
        (ONE + "setup: true\nworkflows: {a: {jobs: [build]}, b: {jobs: [other]}}", "exactly one workflow"),
        ("version: 2\n" + ONE + "orbs: {docker: circleci/docker@3}", "need version 2.1"),
        ("version: 2\n" + ONE + "workflows: {version: 2, m: {jobs: [bild]}}", "The job bild is not defined"),
    ],
)
def test_what_circleci_refuses_is_refused(text: str, why: str) -> None:
    assert why in refused(text)


@pytest.mark.parametrize(
    ("declared", "given", "why"),
    [
        ("type: string", "", "Missing required argument(s): x"),
        ("type: string", "y: 1", "Unexpected argument(s): y"),
        ("type: string", "x: 1.5", "expected type: string"),
        ("type: boolean", "x: 'true'", "expected type: boolean"),
        ("type: integer", "x: true", "expected type: integer"),
        ("type: enum, enum: [a, b]", "x: c", "expected type: enum"),
        ("type: env_var_name", "x: $HOME", "expected type: env_var_name"),
        ("type: executor", "x: [a]", "expected a name"),
        ("type: steps", "x: a", "steps: expected type: List"),
        ("type: number", "x: 1", "has no type of"),
        ("type: string, defalt: a", "x: a", "extraneous key [defalt]"),
    ],
)
def test_arguments_must_fit(declared: str, given: str, why: str) -> None:
    job = f"jobs: {{build: {{parameters: {{x: {{{declared}}}}}, {JOB}, steps: [checkout]}}}}\n"
    assert why in refused(f"{job}workflows: {{main: {{jobs: [build: {{{given}}}]}}}}\n")
    command = f"commands: {{say: {{parameters: {{x: {{{declared}}}}}, steps: [checkout]}}}}\n"
    assert why in refused(f"{command}jobs: {{build: {{{JOB}, steps: [say: {{{given}}}]}}}}\n")


def test_commands_that_call_one_another_in_a_circle_end() -> None:
    text = f"commands: {{a: {{steps: [b]}}, b: {{steps: [a]}}}}\njobs: {{build: {{{JOB}, steps: [a]}}}}\n"
    assert "in a circle" in refused(text)


def test_pipeline_parameters_must_fit() -> None:
    text = "parameters: {deep: {type: boolean, default: false}}\n" + ONE
    assert "Unexpected argument(s): x" in refused(text, parameters={"x": 1})
    assert "expected type: boolean" in refused(text, parameters={"deep": "yes"})
    assert "has no type of" in refused(text.replace("boolean", "steps"))
