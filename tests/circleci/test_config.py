"""Jobs, executors, images and invocations of whole configs, fragments and packed trees."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import ContextPlan
from migrator.circleci.kinds import Kind
from migrator.documents.yaml.reader import read_tree
from migrator.errors import MovedWarning
from migrator.parts import Part
from migrator.tree import Entry, Mapping, Sequence, Text
from tests.circleci.views import config_of, invoked
from tests.doses import examples


def test_a_config_tells_its_version_and_whether_it_is_a_setup_config() -> None:
    config = config_of("version: 2.1\nsetup: true\njobs: {}\n")
    assert config.version == "2.1"
    assert config.is_setup
    assert not config_of("version: 2\njobs: {}\n").is_setup


def test_names_of_inline_orbs_carry_their_aliases() -> None:
    config = config_of("""
        version: 2.1
        orbs:
          node: circleci/node@5.2.0
          mine:
            jobs: {a: {machine: true}}
            executors: {e: {machine: true}}
            commands: {c: {steps: []}}
            orbs:
              deep:
                jobs: {b: {machine: true}}
        jobs: {a: {machine: true}}
        """)
    assert set(config.jobs) == {"a", "mine/a", "mine/deep/b"}
    assert set(config.executors) == {"mine/e"}
    assert set(config.commands) == {"mine/c"}
    orbs = {orb.prefix + orb.alias: (orb.package, orb.version, orb.is_inline) for orb in config.orbs}
    assert orbs == {
        "node": ("circleci/node", "5.2.0", False),
        "mine": (None, None, True),
        "mine/deep": (None, None, True),
    }


def test_jobs_that_a_merge_key_brings_are_jobs() -> None:
    config = config_of("""
        x: &x
          a: {docker: [{image: cimg/go}]}
        jobs:
          <<: *x
          b: {machine: true}
        """)
    assert set(config.jobs) == {"a", "b"}
    assert [i.text.value for i in config.images] == ["cimg/go"]


def test_an_image_that_jobs_share_is_one_image_with_both_jobs() -> None:
    config = config_of("""
        defaults: &defaults
          docker: &list
            - &item {image: cimg/go}
        jobs:
          a: *defaults
          b: {<<: *defaults}
          c: {docker: *list}
          d: {docker: [*item, *item]}
        """)
    (found,) = config.images
    assert sorted(runner.name for runner in found.environments) == ["a", "b", "c", "d"]
    assert found.is_primary
    with pytest.warns(MovedWarning, match="`image.runners` is now `image.environments`") as seen:
        assert found.runners == found.environments
    assert [one.filename for one in seen] == [__file__]


def test_the_docker_list_of_a_job_takes_the_place_of_its_executor() -> None:
    config = config_of("""
        executors:
          e: {docker: [{image: cimg/go}]}
        jobs:
          a: {executor: e}
          b: {executor: e, docker: [{image: cimg/node}]}
          c: {executor: e, machine: true}
        workflows: {w: {jobs: [a, b, c]}}
        """)
    assert invoked(config, "cimg/go") == ["a"]
    assert invoked(config, "cimg/node") == ["b"]


def test_invocations_of_every_shape() -> None:
    config = config_of("""
        name: &name build
        inv: &inv {deploy: {requires: [build]}}
        body: &body {requires: [build]}
        workflows:
          version: 2
          w:
            jobs: &jobs
              - build
              - *name
              - build:
              - build: {}
              - "build": {context: x}
              - build: *body
              - build: {<<: *body}
              - *inv
              - hold: {type: approval}
              - {two: {}, keys: {}}
              - [list]
              - null
              - 1: {}
          again: {jobs: *jobs}
          empty:
        job-groups:
          g: {jobs: [build]}
        """)
    names = [invocation.name for invocation in config.invocations]
    assert names == [*["build"] * 7, "deploy", "hold", "1", "build"]
    assert [w.name for w in config.invocations[0].workflows] == ["w", "again"]
    assert [i.runs_a_job for i in config.invocations if i.name == "hold"] == [False]
    assert config.invocations[-1].workflows[0].is_group


def test_a_job_group_runs_in_the_workflows_that_invoke_it() -> None:
    config = config_of("""
        jobs: {build: {machine: true}}
        job-groups:
          inner: {jobs: [build]}
          outer: {jobs: [inner]}
        workflows:
          nightly:
            triggers: [{schedule: {cron: "0 0 * * *"}}]
            jobs: [outer]
          main: {jobs: [inner]}
        """)
    build = next(i for i in config.invocations if i.name == "build")
    found = {workflow.name: workflow.scheduled for workflow in config.workflows_of(build)}
    assert found == {"nightly": True, "main": False}


def test_where_merge_keys_disagree_there_is_no_image() -> None:
    config = config_of("""
        a: &a {image: cimg/go, docker: [{image: cimg/go}]}
        b: &b {image: cimg/node, docker: [{image: cimg/node}]}
        jobs:
          one:
            <<: *a
            <<: *b
          two:
            docker:
              - <<: *a
                <<: *b
        """)
    assert config.images == []
    assert [(unclear.runner.name, unclear.name) for unclear in config.unclear_images] == [
        ("one", "docker"),
        ("two", "image"),
    ]


@pytest.mark.parametrize(
    ("path", "text", "kind", "section", "name"),
    [
        (".circleci/config.yml", "version: 2.1\njobs: {}", Kind.CONFIG, "", ""),
        ("jobs/project/.circleci/config.yml", "version: 2.1\njobs: {}", Kind.CONFIG, "", ""),
        (".circleci/src/jobs/build.yml", "docker: [{image: a}]\nsteps: []", Kind.DEFINITION, "jobs", "build"),
        (".circleci/src/jobs/aws/login.yml", "machine: true\nsteps: []", Kind.DEFINITION, "jobs", "login"),
        (".circleci/src/jobs/@more.yml", "a: {machine: true}", Kind.SECTION, "jobs", ""),
        (".circleci/src/@config.yml", "version: 2.1", Kind.CONFIG, "", ""),
        ("src/executors/default.yml", "docker: [{image: a}]", Kind.DEFINITION, "executors", "default"),
        ("src/executors/default.yml", "description: x\ndocker: [{image: a}]", Kind.DEFINITION, "executors", "default"),
        ("src/commands/x.yml", "steps: []", Kind.DEFINITION, "commands", "x"),
        ("src/workflows/ci.yml", "jobs: [a]", Kind.DEFINITION, "workflows", "ci"),
        ("src/jobs/commands/a.yml", "docker: [{image: a}]\nsteps: []", Kind.DEFINITION, "jobs", "a"),
        ("src/jobs/deep/executors/a.yml", "docker: [{image: a}]", Kind.DEFINITION, "executors", "a"),
        ("src/orbs/mine.yml", "jobs: {a: {machine: true}}", Kind.CONFIG, "", ""),
        ("x.yml", "docker: [{image: a}]\nsteps: []", Kind.DEFINITION, "jobs", "x"),
        ("docker-compose.yml", "services: {db: {image: a}}", Kind.CONFIG, "", ""),
        ("x.yml", "[a]", Kind.NOTHING, "", ""),
        ("x.yml", "", Kind.NOTHING, "", ""),
    ],
)
def test_a_file_is_what_its_place_and_its_top_say(path: str, text: str, kind: Kind, section: str, name: str) -> None:
    assert config_of(text, path).tree.content == (kind, section, name)


@pytest.mark.parametrize(
    ("path", "text", "is_orb"),
    [
        ("src/@orb.yml", "version: 2.1", True),
        ("src/@orb.yaml", "version: 2.1", True),
        ("orb.yml", "version: 2.1\ndescription: x\njobs: {a: {machine: true}}", True),
        ("orb.yml", "description: x\nexecutors: {a: {machine: true}}", True),
        ("orb.yml", "examples: {}\ncommands: {}", True),
        ("src/jobs/a.yml", "description: x\nmachine: true\nsteps: []", False),
        ("src/executors/a.yml", "description: x\ndocker: [{image: a}]", False),
        ("src/commands/a.yml", "description: x\nsteps: []", False),
        ("config.yml", "version: 2.1\ndescription: x\nworkflows: {w: {jobs: [a]}}", False),
    ],
)
def test_an_orb_is_known_by_its_root_and_not_by_what_a_description_is_of(path: str, text: str, is_orb: bool) -> None:
    assert config_of(text, path).is_orb_source is is_orb


def test_a_packed_tree_is_one_config_to_each_of_its_files() -> None:
    tree = {
        ".circleci/src/executors/go.yml": "docker: [{image: cimg/go}]\n",
        ".circleci/src/jobs/build.yml": "executor: go\nsteps: []\n",
        ".circleci/src/@config.yml": "version: 2.1\nworkflows: {w: {jobs: [build]}}\n",
    }
    here = ".circleci/src/executors/go.yml"
    config = config_of(tree[here], here, {p: t for p, t in tree.items() if p != here})
    assert invoked(config, "cimg/go") == ["build"]
    assert config.jobs == {}
    assert set(config.all_jobs) == {"build"}
    assert config.has_workflows
    assert config.is_packed


def test_steps_are_found_wherever_they_stand_each_list_once() -> None:
    config = config_of("""
        shared: &shared
          - run: echo shared
        commands:
          c:
            parameters:
              after: {type: steps, default: [{run: echo default}]}
            steps:
              - run: {name: named, command: echo c}
              - steps: << parameters.after >>
        jobs:
          a:
            machine: true
            steps:
              - checkout
              - when:
                  condition: true
                  steps:
                    - run: echo when
                    - unless: {condition: true, steps: [{run: echo unless}]}
              - c: {after: [{run: echo given}]}
          b: {machine: true, steps: *shared}
          d: {machine: true, steps: *shared}
        workflows:
          w:
            jobs:
              - a: {pre-steps: [{run: echo pre}], post-steps: [{run: echo post}]}
        """)
    scripts = {step.script.value: steps for steps in config.step_lists for step in steps.items if step.script}
    assert set(scripts) == {f"echo {w}" for w in ["shared", "default", "c", "when", "unless", "given", "pre", "post"]}
    assert [owner.name for owner in scripts["echo shared"].owners] == ["b", "d"]
    assert [step.name for step in scripts["echo unless"].guards] == ["when", "unless"]
    assert scripts["echo pre"].place == "pre-steps"
    assert scripts["echo default"].place == "after"


KEYS = re.findall(
    r"\S+",
    """jobs docker image executors orbs workflows steps run when context type approval matrix parameters executor
    name default enum auth << a b cimg/go 2.1 1 null triggers schedule job-groups commands ~""",
)
WORDS = st.sampled_from([*KEYS, "<< parameters.a >>", "<< pipeline.parameters.b >>", ""])


def a_node() -> st.SearchStrategy[object]:
    return st.recursive(
        WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=40
    )


def build(value: object) -> Text | Mapping | Sequence:
    """A tree of which every text is plain, so that `<<` is a merge key and `1` is a number."""
    if isinstance(value, list):
        sequence = Sequence(0, 0, 0, "", None, None)
        sequence.items.extend(build(item) for item in value)
        return sequence
    if isinstance(value, dict):
        mapping = Mapping(0, 0, 0, "", None, None)
        for key, inner in value.items():
            mapping.entries.append(Entry(build(key), build(inner)))
        return mapping
    return Text(str(value), 0, 0, 0)


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(WORDS, a_node(), max_size=8), st.sampled_from(["config.yml", "src/jobs/a.yml", "src/@orb.yml"]))
def test_no_shape_of_a_tree_breaks_a_view(value: object, path: str) -> None:
    other = Config(Part(build(value)), "src/@config.yml")
    config = Config(Part(build(value)), path, [other])
    for found in config.images:
        config.calls.references(found)
        for runner in found.environments:
            config.calls.invocations_on(runner)
    for invocation in config.invocations:
        config.workflows_of(invocation)
        plan = ContextPlan(config, {"x": [invocation]})
        plan.attach(invocation, ("x", "y"))
    assert config.step_lists is config.step_lists
    assert config.anchored_fragments == []


def test_an_alias_bomb_is_looked_through_in_linear_time() -> None:
    lines = ["a0: &a0 [{image: cimg/go}]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    lines += ["jobs:", "  build:", "    docker: *a39", "    steps: *a39"]
    config = Config(Part(read_tree("\n".join(lines))))
    assert config.images == []
    assert len(config.step_lists) == 1
