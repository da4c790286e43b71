"""A part of a config that is given alone: what has to change with it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.cli.app import run

JOB = "docker:\n  - image: acme/app:1\nsteps: [checkout]\n"
FRAGMENTS = {
    ".circleci/jobs.yml": "jobs:\n  build:\n    docker:\n      - image: acme/app:1\n    steps: [checkout]\n",
    ".circleci/workflows.yml": "version: 2.1\nworkflows:\n  main:\n    jobs:\n      - build\n",
    ".circleci/config.yml": "version: 2.1\nsetup: true\norbs: {continuation: circleci/continuation@1.0}\n",
}
PACKED = {
    "src/@config.yml": "version: 2.1\n",
    "src/jobs/build.yml": JOB,
    "src/jobs/test.yml": JOB,
    "src/workflows/main.yml": "jobs:\n  - build\n  - test\n",
}
SAID = "is a part of the same config as {} and has to change with it; pass its path as well"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def skipped(files: dict[str, str], capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    for path, text in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
    assert run([*arguments, "--select", "unauthenticated-image"]) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    return {lines[n - 1]: line.removeprefix("  skipped: ") for n, line in enumerate(lines) if "  skipped: " in line}


@pytest.mark.parametrize("paths", [["."], [".circleci"], [*FRAGMENTS], [".circleci/config.yml"]])
def test_where_all_parts_are_given_or_none_of_them_nothing_is_said(
    capsys: pytest.CaptureFixture[str], paths: list[str]
) -> None:
    assert skipped(FRAGMENTS, capsys, *paths) == {}


def test_a_config_of_its_own_has_no_other_part(capsys: pytest.CaptureFixture[str]) -> None:
    job = "{docker: [{image: acme/a}], steps: [checkout]}"
    whole = f"version: 2.1\njobs:\n  build: {job}\nworkflows: {{w: {{jobs: [build]}}}}\n"
    files = {".circleci/config.yml": whole, ".circleci/more.yml": whole}
    assert skipped(files, capsys, ".circleci/config.yml") == {}


def test_a_part_without_anything_to_change_names_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    files = {**FRAGMENTS, ".circleci/jobs.yml": FRAGMENTS[".circleci/jobs.yml"].replace("acme/app:1", "ghcr.io/a/b")}
    assert skipped(files, capsys, ".circleci/jobs.yml") == {}


def test_an_excluded_part_is_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert skipped(FRAGMENTS, capsys, ".circleci/jobs.yml", "--exclude", "workflows.yml") == {}


@pytest.mark.parametrize(
    ("given", "other"),
    [(".circleci/jobs.yml", ".circleci/workflows.yml"), (".circleci/workflows.yml", ".circleci/jobs.yml")],
)
def test_the_other_half_of_a_config_in_two_files_is_named(
    capsys: pytest.CaptureFixture[str], given: str, other: str
) -> None:
    assert skipped(FRAGMENTS, capsys, given) == {other: SAID.format(given)}


def test_of_a_packed_tree_only_what_depends_on_the_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert skipped(PACKED, capsys, "src/jobs/build.yml") == {
        "src/workflows/main.yml": SAID.format("src/jobs/build.yml")
    }


def test_the_workflows_of_a_packed_tree_name_all_jobs_that_get_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    said = SAID.format("src/workflows/main.yml")
    assert skipped(PACKED, capsys, "src/workflows/main.yml") == {"src/jobs/build.yml": said, "src/jobs/test.yml": said}


def test_what_is_named_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    skipped(FRAGMENTS, capsys, ".circleci/jobs.yml", "--write")
    assert "$DOCKERHUB_PASSWORD" in Path(".circleci/jobs.yml").read_text()
    assert Path(".circleci/workflows.yml").read_text() == FRAGMENTS[".circleci/workflows.yml"]
