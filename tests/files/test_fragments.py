"""Files of one folder that are parts of one config, and files that only look like it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from migrator.bulk.generated import File
from migrator.bulk.work import outcomes_of
from migrator.engine.batch import Plan, examine_all
from migrator.engine.outcomes import Changed
from migrator.files.fragments import fragments
from migrator.files.packed import siblings
from migrator.policy import Policy

JOBS = "jobs:\n  api:\n    docker:\n      - image: acme/x:1\n    steps: [checkout]\n"
JOB = "api:\n  docker:\n    - image: acme/x:1\n  steps: [checkout]\n"
WORKFLOWS = "workflows:\n  main:\n    jobs:\n      - api\n"
SETUP = (
    "version: 2.1\nsetup: true\njobs:\n  g:\n    machine: true\n    steps: [checkout]\nworkflows: {s: {jobs: [g]}}\n"
)
WHOLE = "version: 2.1\n" + JOBS + WORKFLOWS
ON_EXECUTOR = "jobs:\n  api:\n    executor: small\n    steps: [checkout]\n"
EXECUTORS = "executors:\n  small:\n    docker:\n      - image: acme/x:1\n"


def parts(own: str, **others: str) -> list[str]:
    """The names of the parts that are of one config with the file `own`."""
    texts = [(f".circleci/{name}.yml", text.encode()) for name, text in others.items()]
    found = fragments(".circleci/own.yml", [(".circleci/own.yml", own.encode()), *texts])
    return sorted(PurePosixPath(path).stem for path, _ in found)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (WHOLE, SETUP),
        (WHOLE, WHOLE),
        (WHOLE, JOBS),
        (JOBS, WHOLE),
        (JOBS, SETUP),
        (JOBS, JOBS),
        (JOBS, WORKFLOWS.replace("api", "web")),
        (JOBS, WORKFLOWS.replace("api", "acme/api")),
        (JOBS, WORKFLOWS.replace("- api", "- api: {type: approval}")),
        (JOBS, "setup: true\n" + WORKFLOWS),
        (JOBS, WORKFLOWS.replace("- api", "- << pipeline.parameters.job >>")),
        (JOBS, "workflows: [\n"),
        (JOBS, "workflows: api\n"),
        (SETUP, WORKFLOWS),
        (ON_EXECUTOR, EXECUTORS),
        (ON_EXECUTOR.replace("small", "acme/small") + WORKFLOWS, EXECUTORS),
        (ON_EXECUTOR + WORKFLOWS, EXECUTORS.replace("small", "large")),
        (ON_EXECUTOR + WORKFLOWS, EXECUTORS + WHOLE),
        (ON_EXECUTOR + EXECUTORS + WORKFLOWS, EXECUTORS),
        (JOBS, "description: An orb\n" + WORKFLOWS.replace("workflows", "commands")),
        ("- a\n", WORKFLOWS),
    ],
)
def test_files_that_do_not_invoke_one_another_are_configs_of_their_own(own: str, other: str) -> None:
    assert parts(own, other=other) == []


@pytest.mark.parametrize("path", [".circleci/jobs.yml", ".circleci/workflows.yml"])
def test_files_of_other_folders_are_no_fragments(tmp_path: Path, path: str) -> None:
    for name, text in {".circleci/jobs.yml": JOBS, ".circleci/workflows.yml": WORKFLOWS}.items():
        place = tmp_path / (name if name == path else name.replace(".circleci", "other/.circleci"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    assert siblings(str(tmp_path / path)) == []


def test_a_file_that_defines_the_same_job_is_a_variant() -> None:
    assert parts(JOBS, linux=JOBS.replace("acme/x", "acme/y"), workflows=WORKFLOWS) == ["workflows"]


@pytest.mark.parametrize(
    "workflows",
    [
        WORKFLOWS,
        "version: 2.1\n" + WORKFLOWS,
        WORKFLOWS.replace("- api", "- api:\n          context: [aws]"),
        WORKFLOWS + "      - acme/lint\n      - hold: {type: approval}\n",
        "jobs:\n  web:\n    machine: true\n    steps: [checkout]\n" + WORKFLOWS + "      - web\n",
    ],
)
@pytest.mark.parametrize("jobs", [JOBS, "version: 2.1\n" + JOBS, JOB])
def test_a_file_whose_workflows_invoke_the_jobs_of_another_is_of_one_config_with_it(jobs: str, workflows: str) -> None:
    assert parts(jobs, config=SETUP, workflows=workflows) == ["workflows"]
    assert parts(workflows, config=SETUP, jobs=jobs) == ["jobs"]


def test_executors_and_commands_that_jobs_use_are_of_the_same_config() -> None:
    commands = "commands:\n  greet:\n    steps: [checkout]\n"
    files = {"executors": EXECUTORS, "jobs": ON_EXECUTOR, "workflows": WORKFLOWS, "commands": commands}
    for name in ("executors", "jobs", "workflows"):
        others = {other: text for other, text in files.items() if other != name}
        assert parts(files[name], **others) == sorted(others.keys() - {"commands"})


def test_a_file_of_executors_is_of_one_config_with_each_file_that_lacks_them() -> None:
    api, web = ON_EXECUTOR + WORKFLOWS, (ON_EXECUTOR + WORKFLOWS).replace("api", "web")
    assert parts(EXECUTORS, api=api, web=web, config=SETUP) == ["api", "web"]
    assert "executors" in parts(api, executors=EXECUTORS, web=web, config=SETUP)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A setup config, jobs on an executor of a file of its own, and workflows, as they lie in a repository."""
    texts = {"config": SETUP, "executors": EXECUTORS, "jobs": ON_EXECUTOR, "workflows": WORKFLOWS}
    files = {f".circleci/{name}.yml": text for name, text in texts.items()}
    (tmp_path / ".circleci").mkdir()
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return files


def test_the_context_is_attached_in_the_file_that_invokes_the_job(repository: dict[str, str]) -> None:
    plan = Plan(("unauthenticated-image",), (), Policy())
    single = list(examine_all(list(repository), plan))
    changed = {outcome.path: outcome for outcome in single if isinstance(outcome, Changed)}
    assert list(changed) == [".circleci/executors.yml", ".circleci/workflows.yml"]
    assert (
        "      - api:\n          context:\n            - docker-hub-creds\n" in changed[".circleci/workflows.yml"].after
    )
    needed = {
        requirement for outcome in changed.values() for found in outcome.applied for requirement in found.requirements
    }
    assert {(each.kind, each.name) for each in needed} == {("context", "docker-hub-creds")}
    bulk = outcomes_of(plan, [File(path, text.encode(), "100644") for path, text in repository.items()], "acme/app")
    assert [outcome for outcome in bulk if isinstance(outcome, Changed)] == list(changed.values())


def test_workflows_that_something_else_writes_are_left_to_whoever_writes_them(repository: dict[str, str]) -> None:
    path = ".circleci/workflows.yml"
    repository[path] = "# Code generated by ci.go. DO NOT EDIT.\n" + WORKFLOWS
    Path(path).write_text(repository[path])
    plan = Plan(("unauthenticated-image",), (), Policy())
    files = [File(path, text.encode()) for path, text in repository.items()]
    for outcomes in (examine_all(list(repository), plan), outcomes_of(plan, files, "acme/app")):
        (changed,) = [outcome for outcome in outcomes if isinstance(outcome, Changed)]
        assert changed.path == ".circleci/executors.yml"
        ((requirement,),) = [found.requirements for found in changed.applied]
        assert requirement.kind == "project-env"
        assert requirement.name.startswith("the workflows are in another file")
