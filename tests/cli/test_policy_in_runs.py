"""What a policy says of rules, excluded paths and single repositories counts in every kind of run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Migrate
from tests.places import ROOT

IMAGE = "jobs:\n  build:\n    docker:\n      - image: acme/app:1\n    steps: [checkout]\n"
CONFIG = "version: 2.1\n" + IMAGE + "workflows:\n  main:\n    jobs: [build]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with three configs that the built-in rules would change."""
    for path in (".circleci", ".circleci/k8s", "services/a/.circleci", ".git"):
        (tmp_path / path).mkdir(parents=True)
    for path in (".circleci/config.yml", ".circleci/k8s/deploy.yml", "services/a/.circleci/config.yml"):
        (tmp_path / path).write_text(CONFIG)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:acme/legacy-web.git\n')
    return tmp_path


@pytest.fixture
def migrate(folder: Path) -> Migrate:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "migrator", *arguments],
            cwd=folder,
            input=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )

    return run


def files(migrate: Migrate, *arguments: str) -> dict[str, dict[str, object]]:
    done = migrate("--format", "json", *arguments)
    assert done.stderr == ""
    return {file["path"]: file for file in json.loads(done.stdout)["files"]}


def statuses(migrate: Migrate, *arguments: str) -> dict[str, tuple[object, object]]:
    return {path: (file["status"], file["reason"]) for path, file in files(migrate, *arguments).items()}


def test_what_the_policy_excludes_is_reported_as_skipped(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text('[rules]\nexclude = ["k8s/**"]\n')
    assert statuses(migrate) == {
        ".circleci/config.yml": ("changed", ""),
        ".circleci/k8s/deploy.yml": ("skipped", "excluded by the policy"),
        "services/a/.circleci/config.yml": ("changed", ""),
    }


def test_config_yml_is_excluded_in_the_same_way_and_never_hidden(folder: Path, migrate: Migrate) -> None:
    found = statuses(migrate, "--exclude", "config.yml")
    assert found[".circleci/config.yml"] == found["services/a/.circleci/config.yml"]
    assert found[".circleci/config.yml"] == ("skipped", "excluded by --exclude")
    assert found[".circleci/k8s/deploy.yml"][0] == "changed"


def test_a_file_that_is_named_is_taken(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text('[rules]\nexclude = ["k8s/**"]\n')
    path = ".circleci/k8s/deploy.yml"
    assert statuses(migrate, "--exclude", "*.yml", path) == {path: ("changed", "")}


@pytest.mark.parametrize("pattern", ["", "/k8s", ".circleci/k8s", "../x"])
def test_a_pattern_that_could_not_match_is_wrong_usage(folder: Path, migrate: Migrate, pattern: str) -> None:
    done = migrate("--exclude", pattern)
    assert done.returncode == 2
    assert "expected a pattern of paths below .circleci, such as 'k8s/**'" in done.stderr


def test_an_override_counts_by_the_name_of_the_remote_and_by_paths(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text(
        """
        [[overrides]]
        repositories = ["acme/legacy-*"]
        registries."docker.io".context = "legacy-hub"
        [[overrides]]
        repositories = ["acme/other"]
        registries."docker.io".context = "no-hub"
        [[overrides]]
        paths = ["services/**"]
        registries."docker.io".context = "services-hub"
        """
    )
    found = files(migrate)
    assert "legacy-hub" in str(found[".circleci/config.yml"]["diff"])
    assert "services-hub" in str(found["services/a/.circleci/config.yml"]["diff"])
    assert "no-hub" not in str(found)


def test_without_a_remote_the_name_is_that_of_the_folder(folder: Path, migrate: Migrate) -> None:
    (folder / ".git" / "config").write_text("")
    (folder / "migrator.toml").write_text(
        f'[[overrides]]\nrepositories = ["{folder.name}"]\nregistries."docker.io".context = "folder-hub"\n'
    )
    assert all("folder-hub" in str(file["diff"]) for file in files(migrate).values())


@pytest.mark.parametrize(
    ("policy", "arguments", "changed"),
    [
        ('select = ["broken-auth"]', (), False),
        ('ignore = ["unauthenticated-image"]', (), False),
        ('select = ["broken-auth"]', ("--select", "unauthenticated-image"), True),
        ('ignore = ["unauthenticated-image"]', ("--select", "unauthenticated-image"), True),
        ('ignore = ["broken-auth"]', ("--ignore", "unauthenticated-image"), False),
        ('ignore = ["broken-auth"]', (), True),
    ],
)
@pytest.mark.parametrize("where", ["rules.", '[[overrides]]\nrepositories = ["acme/*"]\nrules.'], ids=["all", "some"])
def test_rules_of_the_policy_are_defaults_that_select_replaces_and_ignore_adds_to(
    folder: Path, migrate: Migrate, where: str, policy: str, arguments: tuple[str, ...], changed: bool
) -> None:
    (folder / "migrator.toml").write_text(where + policy)
    status = files(migrate, *arguments, ".circleci/config.yml")[".circleci/config.yml"]["status"]
    assert status == ("changed" if changed else "unchanged")


def test_an_override_can_bring_back_what_the_policy_ignores(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text(
        '[rules]\nignore = ["unauthenticated-image"]\n[[overrides]]\npaths = ["services/**"]\nrules.ignore = []\n'
    )
    found = statuses(migrate)
    assert found[".circleci/config.yml"][0] == "unchanged"
    assert found["services/a/.circleci/config.yml"][0] == "changed"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[rules]\nselect = ["brokn-auth"]', "rules.select"),
        ('[rules]\nignore = ["brokn-auth"]', "rules.ignore"),
        ('[[overrides]]\npaths = ["x"]\nrules.ignore = ["brokn-auth"]', "overrides[0].rules.ignore"),
    ],
)
def test_an_id_that_no_rule_has_is_an_error_of_the_policy(
    folder: Path, migrate: Migrate, text: str, where: str
) -> None:
    (folder / "migrator.toml").write_text(text)
    done = migrate()
    assert done.returncode == 2
    assert f"{where}: there is no rule 'brokn-auth'; did you mean 'broken-auth'?" in done.stderr


def test_an_override_counts_for_standard_input_by_the_working_folder(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text('[[overrides]]\nrepositories = ["acme/*"]\nrules.select = ["broken-auth"]\n')
    done = migrate("-", stdin=CONFIG)
    assert (done.returncode, done.stdout) == (0, CONFIG)


def owners(migrate: Migrate, *arguments: str) -> dict[str, object]:
    done = migrate("--format", "json", *arguments)
    return {need["name"]: need["owner"] for need in json.loads(done.stdout)["requirements"]}


@pytest.mark.parametrize(
    ("url", "policy", "owner"),
    [
        ("git@github.com:acme/web.git", "", "gh/acme"),
        ("https://bitbucket.org/acme/web", "", "bb/acme"),
        ("git@gitlab.com:acme/web.git", "", ""),
        ("/srv/git/web.git", "", ""),
        ("git@gitlab.com:acme/web.git", '[circleci]\norganization = "circleci/5b-a"', "circleci/5b-a"),
        ("git@github.com:acme/web.git", '[[overrides]]\npaths = ["**"]\ncircleci.organization = "gh/x"', "gh/x"),
    ],
)
def test_a_context_belongs_to_an_organisation(
    folder: Path, migrate: Migrate, url: str, policy: str, owner: str
) -> None:
    (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {url}\n')
    (folder / "migrator.toml").write_text(policy)
    assert owners(migrate, "--config", "migrator.toml") == {"docker-hub-creds": owner}


def test_variables_belong_to_a_project(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text('credentials = "project"\n')
    assert set(owners(migrate).values()) == {"gh/acme/legacy-web"}


MISTAKEN = '[registries."docker.io"]\nusername = "DOCKERHUB_USERNAME"\nimages = ["acme"]\n'
_OF_NAME = """migrator.toml: registries."docker.io".username: "DOCKERHUB_USERNAME" has no `$`, so configs get it as \
the username itself; for the variable write "$DOCKERHUB_USERNAME\""""
_OF_PATTERN = """migrator.toml: registries."docker.io".images: "acme" means the official image of that name alone, \
which no config here uses; for all of acme write "acme/*\""""
WARNINGS = [_OF_NAME, _OF_PATTERN]


def test_what_a_policy_most_likely_does_not_mean_is_told_once_in_every_report(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text(MISTAKEN)
    done = migrate()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if "migrator.toml:" in line] == [
        f"warning: {w}" for w in WARNINGS
    ]
    done = migrate("--format", "json", "--jobs", "2")
    assert (json.loads(done.stdout)["policy"]["warnings"], done.stderr) == (WARNINGS, "")
    done = migrate("--format", "sarif")
    assert done.stderr.splitlines() == [f"migrate: {warning}" for warning in WARNINGS]
    done = migrate("-", stdin=CONFIG)
    assert [line for line in done.stderr.splitlines() if "migrator.toml:" in line] == [
        f"warning: {w}" for w in WARNINGS
    ]


def test_nothing_is_told_of_a_policy_that_means_what_it_says(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text('[registries."docker.io"]\nimages = ["acme/*"]\n')
    assert "warnings" not in json.loads(migrate("--format", "json").stdout)["policy"]
    assert "warning" not in migrate().stdout


def test_a_campaign_is_told_before_it_is_planned(folder: Path, migrate: Migrate) -> None:
    (folder / "migrator.toml").write_text(MISTAKEN)
    done = migrate("bulk", "plan", "x", "--source", "dir:.", "--dry-run")
    assert done.stderr.splitlines()[:1] == [f"migrate: {WARNINGS[0]}"]


def test_a_file_of_another_program_is_named_as_what_it_is(folder: Path, migrate: Migrate) -> None:
    (folder / "compose.yml").write_text("services:\n  db:\n    image: acme/db:1\n")
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: []}}\n")
    assert statuses(migrate, "compose.yml", ".github/workflows/ci.yml") == {
        "compose.yml": ("skipped", "is a Docker Compose file, not a CircleCI config"),
        ".github/workflows/ci.yml": ("skipped", "is a GitHub workflow, not a CircleCI config"),
    }
