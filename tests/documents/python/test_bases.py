"""Scripts that load a base config and add invocations to it: contexts land where the invocation is written."""

from __future__ import annotations

import pytest

from migrator.circleci.config import Config
from migrator.documents import open_document
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy

RULES = load_rules(["unauthenticated-image"])
BASE = ".circleci/base.yml"
SCRIPT = ".circleci/generate.py"
HEAD = 'import yaml\n\nwith open("base.yml") as f:\n    config = yaml.safe_load(f)\n'
JOBS = """\
version: 2.1
jobs:
  compile:
    docker:
      - image: cimg/go:1.22
    steps: [checkout]
workflows:
  main:
    jobs: []
"""


def added(script: str) -> dict[str, list[str]]:
    """The invocations that a script adds to a loaded config, by workflow."""
    configs = Config.of_parts(open_document(SCRIPT, (HEAD + script).encode()).parts(), SCRIPT)
    return {w.name: [i.name for i in w.invocations] for c in configs if c.part.loads for w in c.workflows}


@pytest.mark.parametrize(
    "script",
    [
        "print(yaml.dump(config))\n",
        'config["jobs"]["a"] = {"machine": True, "steps": []}\n',
        'other = {"workflows": {"main": {"jobs": []}}}\nother["workflows"]["main"]["jobs"].append("a")\n',
    ],
)
def test_what_adds_no_invocation_adds_none(script: str) -> None:
    assert added(script) == {}


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ('config["workflows"]["main"]["jobs"].append({"compile": {"context": ["aws"]}})\n', ["compile"]),
        ('config["workflows"]["main"]["jobs"].append("compile")\n', ["compile"]),
        ('config["workflows"]["main"]["jobs"].extend(["a", {"compile": {}}])\n', ["a", "compile"]),
        ('config["workflows"]["main"]["jobs"] += ["a", "compile"]\n', ["a", "compile"]),
        ('config["workflows"]["main"] = {"jobs": ["compile"]}\n', ["compile"]),
        ('config["workflows"].update({"main": {"jobs": ["compile"]}})\n', ["compile"]),
        ('config.update({"workflows": {"main": {"jobs": ["compile"]}}})\n', ["compile"]),
    ],
)
def test_what_is_added_is_read_where_it_is_written(script: str, names: list[str]) -> None:
    assert added(script) == {"main": names}


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (
            'jobs.append({"compile": {"context": ["aws"]}})',
            'jobs.append({"compile": {"context": ["aws", "docker-hub-creds"]}})',
        ),
        ('jobs.append("compile")', 'jobs.append({"compile": {"context": ["docker-hub-creds"]}})'),
    ],
)
def test_contexts_land_in_the_script(line: str, after: str) -> None:
    script = HEAD + 'config["workflows"]["main"]["' + line.replace(".", '"].', 1) + "\n"
    outcome = run(SCRIPT, script.encode(), RULES, Policy(), choose_by_safety(review_too=False), [(BASE, JOBS.encode())])
    assert isinstance(outcome, Changed)
    made = "".join(outcome.after.split()).replace(",)", ")")
    assert made == "".join((HEAD + 'config["workflows"]["main"]["' + after.replace(".", '"].', 1)).split())
    again = run(SCRIPT, outcome.data, RULES, Policy(), choose_by_safety(review_too=False), [(BASE, JOBS.encode())])
    assert isinstance(again, Unchanged)


def test_names_for_parts_of_the_base_are_followed() -> None:
    script = HEAD + 'wf = config["workflows"]\nmain = wf["main"]\nmain["jobs"].append("compile")\n'
    outcome = run(SCRIPT, script.encode(), RULES, Policy(), choose_by_safety(review_too=False), [(BASE, JOBS.encode())])
    assert isinstance(outcome, Changed)
    assert 'main["jobs"].append({"compile": {"context": ["docker-hub-creds"]}})' in outcome.after


def test_the_base_needs_the_context_that_the_script_gives() -> None:
    script = HEAD + 'config["workflows"]["main"]["jobs"].append("compile")\n'
    sibling = [(SCRIPT, script.encode())]
    outcome = run(BASE, JOBS.encode(), RULES, Policy(), choose_by_safety(review_too=False), sibling)
    assert isinstance(outcome, Changed)
    (applied,) = outcome.applied
    assert [need.name for need in applied.requirements] == ["docker-hub-creds"]
    assert applied.warnings == ()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            'for name in ["compile", "test"]:\n    config["workflows"]["main"]["jobs"].append(name)\n',
            "`<<{name}>>` in `generate.py`: each use of job `compile` needs the context `docker-hub-creds`",
        ),
        (
            'jobs = config["workflows"]["main"]["jobs"]\nfor name in ["compile"]:\n    jobs.append(name)\n',
            "`<<{name}>>` in `generate.py`: each use of job `compile` needs the context `docker-hub-creds`",
        ),
        *(
            (
                f'for {names} in config["workflows"]{over}:\n    wf["jobs"].append("compile")\n',
                (
                    "line 6 of the script, which adds what only a run tells, in `generate.py`: "
                    "each use of job `compile` needs the context `docker-hub-creds`"
                ),
            )
            for names, over in (("wf", ".values()"), ("name, wf", ".items()"))
        ),
        (
            'def add(jobs, name):\n    jobs.append(name)\n\n\nadd(config["workflows"]["main"]["jobs"], "compile")\n',
            (
                "line 6 of the script, which adds what only a run tells, in `generate.py`: "
                "each use of job `compile` needs the context `docker-hub-creds`"
            ),
        ),
        (
            'config["workflows"]["main"]["jobs"].append(make())\n',
            (
                "line 5 of the script, which adds what only a run tells, in `generate.py`: "
                "each use of job `compile` needs the context `docker-hub-creds`"
            ),
        ),
    ],
)
def test_where_only_a_run_tells_the_fix_waits_and_says_where(script: str, told: str) -> None:
    sibling = [(SCRIPT, (HEAD + script).encode())]
    outcome = run(BASE, JOBS.encode(), RULES, Policy(), choose_by_safety(review_too=False), sibling)
    assert isinstance(outcome, Unchanged)
    (left,) = outcome.left
    assert left.fix
    assert left.warnings == (told,)


def test_a_loop_over_another_section_changes_nothing_for_a_job() -> None:
    script = HEAD + 'for job in config["jobs"].values():\n    job["resource_class"] = "large"\n'
    outcome = run(BASE, JOBS.encode(), RULES, Policy(), choose_by_safety(review_too=False), [(SCRIPT, script.encode())])
    assert isinstance(outcome, Changed)
    assert outcome.applied[0].warnings == ()


def test_a_loop_over_other_names_changes_nothing_for_a_job() -> None:
    script = HEAD + 'for name in ["a", "b"]:\n    config["workflows"]["main"]["jobs"].append(name)\n'
    outcome = run(BASE, JOBS.encode(), RULES, Policy(), choose_by_safety(review_too=False), [(SCRIPT, script.encode())])
    assert isinstance(outcome, Changed)
    assert outcome.applied[0].warnings == ()
