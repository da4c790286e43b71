"""`migrate init`: where it writes, what it refuses, what options say, and that one policy serves the organisation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.policy import Policy
from migrator.policy.location import read_policy
from tests.cli.init.organisation import SECRET, checkout, organisation
from tests.places import DOCS, ROOT
from tests.review.terminal import CONTROL_C, DOWN, ENTER, Terminal

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return organisation(tmp_path)


@pytest.fixture
def init(folder: Path) -> Run:
    def run(*arguments: str, command: str = "init", cwd: Path = folder) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "migrator", *filter(None, (command,)), *arguments],
            cwd=cwd,
            input="",
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


CONFLICT = (
    "migrate: a password for docker.io is written out in acme/old: `migrate --select literal-secret` moves it to a "
    "variable.\n"
)


def test_a_policy_is_written_once_and_never_over_another(folder: Path, init: Run) -> None:
    done = init("--yes")
    assert (done.returncode, done.stdout, done.stderr) == (0, "migrator.toml\n", CONFLICT)
    written = (folder / "migrator.toml").read_text()
    policy = read_policy(folder / "migrator.toml")
    (hub,) = policy.registries
    assert (hub.username, hub.password, hub.context, hub.images) == ("$HUB_USER", "$HUB_PASS", "hub", ("acme/*",))
    assert [override.repositories for override in policy.overrides] == [("acme/legacy",)]
    again = init("--yes")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == (
        "migrate: migrator.toml: already exists; --force replaces it, --output - prints what would be written\n"
    )
    (folder / "migrator.toml").write_text("broken")
    assert init("--yes", "--force").returncode == 0
    assert (folder / "migrator.toml").read_text() == written
    assert SECRET not in written


def test_it_can_be_printed_and_is_the_same_from_any_folder(folder: Path, init: Run) -> None:
    printed = init("--output", "-")
    assert (printed.returncode, printed.stderr) == (0, CONFLICT)
    assert init("--output", "-", str(folder), cwd=folder.parent).stdout == printed.stdout
    assert (
        init("--output", "-", *sorted((path.name for path in folder.iterdir()), reverse=True)).stdout == printed.stdout
    )
    assert not (folder / "migrator.toml").exists()
    one = init("--output", "-", "legacy")
    assert 'context = "legacy-hub"' in one.stdout
    assert "overrides" not in tomllib.loads(one.stdout)


def test_what_it_writes_needs_no_warning_and_asks_for_less_than_the_built_in_policy(folder: Path, init: Run) -> None:
    images = ("--format", "json", "--select", "unauthenticated-image", "--review-too")
    before = json.loads(init(*images, command="").stdout)
    init("--yes")
    after = json.loads(init(*images, command="").stdout)
    assert "warnings" not in after["policy"]
    assert [each["path"] for each in after["files"] if each["status"] == "changed"] == ["tools/.circleci/config.yml"]
    assert (before["summary"]["changed"], after["summary"]["changed"]) == (7, 1)
    assert [(need["name"], need["variables"]) for need in after["requirements"]] == [("hub", ["HUB_USER", "HUB_PASS"])]


def test_options_take_the_place_of_what_is_learnt(folder: Path, init: Run) -> None:
    given = ("--context", "team", "--username", "docker.io=TEAM_USER", "--password", "$TEAM_PASS")
    done = init("--output", "-", "--target", "server", *given, "--images", "acme/a*", "--images", "acme/b*")
    read = tomllib.loads(done.stdout)
    assert (read["target"], read["registries"]) == (
        "server",
        {
            "docker.io": {
                "username": "$TEAM_USER",
                "password": "$TEAM_PASS",
                "context": "team",
                "images": ["acme/a*", "acme/b*"],
            }
        },
    )
    assert {name for each in read["overrides"] for name in each["repositories"]} >= {"acme/legacy", "acme/web"}
    assert tomllib.loads(init("--output", "-", "--credentials", "project").stdout)["credentials"] == "project"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "there is no terminal to ask on; pass --yes to take what is proposed, or --output - to see it"),
        (("--yes", "nowhere"), "nowhere: has no CircleCI config to learn from"),
        (("--yes", "--output", ""), "--output: the name is empty"),
        (("--yes", "--ledger", "x.db"), "--ledger needs --campaign NAME"),
        (("--yes", "--campaign", "x", "web"), "--campaign takes the repositories of the campaign"),
        (("--yes", "--campaign", "x"), "no campaign 'x' here"),
        (("--yes", "--context", "quay.io=q"), "no image of quay.io has credentials in these configs"),
        (("--yes", "--password", "hunter2"), "a literal secret is not allowed here"),
        (("--yes", "--context", "x" * 201), "expected the name of a context"),
        (("--yes", "--images", "Acme/*"), "expected a list of repositories"),
        (("--yes", "--username", ""), "--username: the value is empty"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    folder: Path, init: Run, arguments: tuple[str, ...], why: str
) -> None:
    done = init(*arguments)
    assert done.returncode == 2, done.stderr
    assert why in done.stderr.splitlines()[-1]
    assert "hunter2" not in done.stderr
    assert not (folder / "migrator.toml").exists()


def test_a_config_that_cannot_be_read_is_told_and_the_rest_counts(folder: Path, init: Run) -> None:
    (folder / "site" / ".circleci" / "config.yml").write_text("jobs: [\n")
    done = init("--yes")
    assert done.returncode == 3
    assert done.stderr.startswith("migrate: site/.circleci/config.yml: ")
    assert "6 repositories" in (folder / "migrator.toml").read_text()


def test_nothing_is_written_through_a_link_out_of_the_folder(folder: Path, init: Run) -> None:
    (folder / ".git").mkdir()
    (folder / "migrator.toml").symlink_to(folder.parent / "elsewhere.toml")
    assert init("--yes", "--force").returncode == 2
    assert not (folder.parent / "elsewhere.toml").exists()


def test_names_in_a_repository_are_data(folder: Path, init: Run) -> None:
    context = '"x\\"]\\n[circleci]\\napi-url = \\"https://evil.example\\"\\n#"'
    for name in ("one", "two", "three", "four", "five", "six"):
        checkout(folder, name, "acme/x:1", "{username: $Q, password: $R}", context)
    init("--yes")
    policy = read_policy(folder / "migrator.toml")
    assert policy.api_url == Policy().api_url
    assert "circleci" not in tomllib.loads((folder / "migrator.toml").read_text())


def test_a_campaign_is_read_again_from_its_hosts_and_told_what_in_a_policy_reaches_none_of_it(
    folder: Path, init: Run, tmp_path: Path
) -> None:
    for path in (folder / "web", folder / "legacy", folder / "site"):
        for command in (
            ("init", "-q"),
            ("add", "-A"),
            ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"),
        ):
            subprocess.run(["git", "-C", str(path), *command], check=True)
    names = ("web", "legacy", "site")
    work = tmp_path / "work"
    work.mkdir()
    sources = [word for name in names for word in ("--source", f"dir:{folder / name}")]
    planned = init("plan", "c", *sources, command="bulk", cwd=work)
    assert "3 repositories" in planned.stdout, planned.stderr
    hub = '[registries."docker.io"]\nimages = ["acme", "none/*", "cimg/*"]\n'
    overrides = '[[overrides]]\nrepositories = ["web", "wbe-*"]\nscheduled = "skip"\n'
    (work / "migrator.toml").write_text(f"{hub}\n{overrides}")
    told = init("plan", "c", "--config", "migrator.toml", command="bulk", cwd=work).stderr
    lines = [line.partition("migrator.toml: ")[2] for line in told.splitlines() if "migrator.toml: " in line]
    assert lines[0].startswith('registries."docker.io".images: "acme" means the official image of that name alone')
    assert lines[1:] == [
        'registries."docker.io".images: "none/*" matches none of the images of docker.io here',
        'overrides[0].repositories: "wbe-*" matches no repository here',
    ]
    # A campaign calls repositories of a folder by the names of their folders.
    done = init("--campaign", "c", "--output", "-", cwd=work)
    assert done.returncode == 0
    assert done.stdout == init("--output", "-", *names).stdout.replace('"acme/web"', '"web"')


def test_on_a_terminal_what_is_proposed_comes_first_and_nothing_is_written_before_it_is_seen(
    folder: Path, init: Run
) -> None:
    def walk(*answers: tuple[str, str]) -> Terminal:
        screen = Terminal(folder, "init", rows=60, columns=100)
        for question, keys in answers:
            screen.wait(question).press(keys)
        return screen

    questions = ("Which CircleCI", "Which images", "credentials come from", "which context", "Username", "Password")
    screen = walk(*((question, ENTER) for question in questions))
    assert "# hub: the context of their jobs in 3 of 3." in screen.shows("Write this to migrator.toml?")
    assert not (folder / "migrator.toml").exists()
    screen.press(ENTER)
    assert screen.end() == 0
    assert (folder / "migrator.toml").read_text() == init("--output", "-").stdout
    (folder / "migrator.toml").unlink()
    screen = walk(*((question, ENTER) for question in questions), ("Write this", DOWN + ENTER))
    assert (screen.end(), (folder / "migrator.toml").exists()) == (130, False)


def test_on_a_terminal_other_answers_count_and_leaving_writes_nothing(folder: Path, init: Run) -> None:
    screen = Terminal(folder, "init", rows=60, columns=100)
    screen.wait("Which CircleCI").press(DOWN + ENTER)
    screen.wait("Which images", "» all images").press(DOWN + ENTER)
    screen.wait("Which?").press("\x15Acme/*" + ENTER).wait("expected repositories in lower case")
    screen.press("\x15acme/*, acme2/*" + ENTER)
    screen.wait("credentials come from").press(ENTER).wait("» hub (in use)", "legacy-hub").press(DOWN + ENTER)
    screen.wait("» $DOCKER_LOGIN").press(ENTER).wait("» $DOCKER_PASSWORD").press(ENTER)
    screen.wait("Write this").press(ENTER)
    assert screen.end() == 0
    read = tomllib.loads((folder / "migrator.toml").read_text())
    assert read["target"] == "server"
    assert read["registries"]["docker.io"] == {
        "username": "$DOCKER_LOGIN",
        "password": "$DOCKER_PASSWORD",
        "context": "legacy-hub",
        "images": ["acme/*", "acme2/*"],
    }
    (folder / "migrator.toml").unlink()
    screen = Terminal(folder, "init")
    screen.wait("Which CircleCI").press(CONTROL_C)
    assert (screen.end(), (folder / "migrator.toml").exists()) == (130, False)


def test_the_page_shows_what_is_printed(tmp_path: Path, init: Run) -> None:
    page = (DOCS / "policy.md").read_text("utf-8")
    shown = page.partition("$ migrate init --output -\n")[2].partition("```")[0]
    assert init("--output", "-").stdout == shown
