"""`migrate --compile`: a CircleCI on loopback compiles each change, which is made only if that agrees."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.circleci_api import CircleCI, faults, serve
from tests.cli.conftest import CONFIG, Migrate
from tests.places import ROOT

Run = Callable[..., "subprocess.CompletedProcess[str]"]
BUILT_IN = ("--select", "unauthenticated-image")


@pytest.fixture
def api() -> Iterator[CircleCI]:
    with serve(CircleCI()) as running:
        running.organization("gh/acme")
        yield running
        assert running.faults == []
        assert running.writes() == []


@pytest.fixture
def compiled(migrate: Migrate, api: CircleCI, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run `migrate --compile` in a checkout of gh/acme/web; without `own` with the built-in rule for credentials."""
    git = repository / ".git"
    git.mkdir()
    (git / "config").write_text('[remote "origin"]\n\turl = git@github.com:acme/web.git\n')
    home = tmp_path_factory.mktemp("home")

    def run(*arguments: str, own: bool = False, token: str = api.key, **more: Any) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "CIRCLE_TOKEN": token}
        given = ("--compile", "--api-url", api.url, *(() if own else BUILT_IN))
        done = migrate(*given, *arguments, plain=not own, env=env, **more)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        assert not token or token not in done.stdout + done.stderr
        return done

    return run


def compilations(api: CircleCI) -> list[dict[str, Any]]:
    return [each.sent["data"] for each in api.requests if each.path.endswith("/configs/compile")]


def test_a_change_that_compiles_to_the_same_is_written(compiled: Run, config: Path, api: CircleCI) -> None:
    done = compiled("--write")
    assert done.returncode == 0
    assert "Compiled by CircleCI: 1 changed config compared.\n" in done.stdout
    assert "$DOCKERHUB_PASSWORD" in config.read_text()
    before, after = compilations(api)
    assert (before["attributes"]["config"], after["attributes"]["config"]) == (CONFIG, config.read_text())
    organization = {"org": {"id": api.organization("gh/acme").id}}
    assert before["references"] == after["references"] == organization
    values = before["attributes"]["pipeline_values"]
    assert (values["pipeline.git.branch"], values["pipeline.project.git_url"]) == (
        "main",
        "https://github.com/acme/web",
    )


def test_a_change_that_runs_something_else_is_not_made_and_its_rule_is_named(compiled: Run, config: Path) -> None:
    done = compiled("--write", own=True)
    assert done.returncode == 3
    assert config.read_text() == CONFIG
    assert "failed: the change of `old-image` was not made, because compiled by CircleCI, job `build`" in done.stdout
    assert "would run `new/image:1` instead of `old/image:1`" in done.stdout
    assert "Compiled by CircleCI: 0 changed configs compared, 1 refused." in done.stdout


def test_one_file_that_is_refused_stops_no_other(compiled: Run, repository: Path, config: Path) -> None:
    other = repository / "other" / ".circleci" / "config.yml"
    other.parent.mkdir(parents=True)
    other.write_text(CONFIG.replace("steps: [checkout]", "steps: [chekout]"))
    config.write_text(CONFIG)
    done = compiled("--write", "--format", "json", own=True)
    files = {file["path"]: file for file in json.loads(done.stdout)["files"]}
    assert files[".circleci/config.yml"]["status"] == "failed"
    # CircleCI does not compile it as it is today, so that nothing can be compared.
    assert files["other/.circleci/config.yml"]["status"] == "changed"
    assert json.loads(done.stdout)["compiled"] == {
        "compared": 0, "broken": 1, "partial": 0, "refused": 1, "reason": None
    }  # fmt: skip


def test_nothing_is_asked_about_files_that_do_not_change(compiled: Run, config: Path, api: CircleCI) -> None:
    config.write_text(CONFIG.replace("old/image:1", "quay.io/acme/image:1"))
    done = compiled("--write")
    assert done.returncode == 0
    assert api.requests == []
    assert "Compiled by CircleCI: 0 changed configs compared.\n" in done.stdout


@pytest.mark.parametrize(
    ("token", "why"), [("", "no token for http://127.0.0.1:"), ("unknown", "CircleCI rejects the token (401)")]
)
def test_without_a_token_that_counts_nothing_is_written(compiled: Run, config: Path, token: str, why: str) -> None:
    done = compiled("--write", "--patch", "x.patch", token=token)
    assert done.returncode == 3
    assert config.read_text() == CONFIG
    assert not Path("x.patch").exists()
    assert done.stdout.count("Not compiled by CircleCI: ") == 1
    assert why in done.stdout
    assert "nothing was written." in done.stdout
    assert "+        auth:" in done.stdout


def test_where_circleci_is_not_reached_nothing_is_written(compiled: Run, config: Path, api: CircleCI) -> None:
    api.inject(faults.lost(times=100, after=False))
    done = compiled("--write", "--format", "json")
    assert done.returncode == 3
    assert config.read_text() == CONFIG
    found = json.loads(done.stdout)
    assert "cannot be reached" in found["compiled"]["reason"]
    assert done.stderr.count("Not compiled by CircleCI: CircleCI cannot be reached") == 1
    assert [file["status"] for file in found["files"]] == ["changed"]
    assert all(not finding["applied"] for file in found["files"] for finding in file["findings"])


def test_a_server_compiles_nothing_which_is_said_and_no_failure(compiled: Run, config: Path, api: CircleCI) -> None:
    api.is_server = True
    done = compiled("--write")
    assert done.returncode == 0
    assert "Not compiled by CircleCI: this CircleCI has no API to compile configs" in done.stdout
    assert "the changes are proven by `migrate` alone." in done.stdout
    assert "$DOCKERHUB_PASSWORD" in config.read_text()


def test_a_limit_is_waited_for(compiled: Run, config: Path, api: CircleCI) -> None:
    api.inject(faults.rate_limited(at="POST /api/v3"))
    assert compiled("--write").returncode == 0
    assert "$DOCKERHUB_PASSWORD" in config.read_text()
    assert len(compilations(api)) == 3


def test_standard_input_is_compiled_as_well(compiled: Run, api: CircleCI) -> None:
    done = compiled("-", stdin=CONFIG)
    assert done.returncode == 0
    assert "$DOCKERHUB_PASSWORD" in done.stdout
    assert "1 changed config compared" in done.stderr
    assert len(compilations(api)) == 2


def test_standard_input_comes_out_as_it_went_in_where_circleci_disagrees_or_is_not_asked(compiled: Run) -> None:
    refused = compiled("-", stdin=CONFIG, own=True)
    assert (refused.returncode, refused.stdout) == (3, CONFIG)
    unasked = compiled("-", stdin=CONFIG, token="")
    assert (unasked.returncode, unasked.stdout) == (3, CONFIG)
    assert unasked.stderr.count("no token") == 2  # as the reason of the file, and of the run


def test_the_organization_can_be_named(compiled: Run, api: CircleCI) -> None:
    number = api.organization("bb/acme").id
    assert compiled("--org", "bitbucket/acme/").returncode == 1
    assert {each["references"]["org"]["id"] for each in compilations(api)} == {number}


def test_many_files_are_told_in_their_order(compiled: Run, repository: Path, api: CircleCI) -> None:
    names = [f"{number:02}/.circleci/config.yml" for number in range(20)]
    for number, name in enumerate(names):
        (repository / name).parent.mkdir(parents=True)
        (repository / name).write_text(CONFIG.replace("main", f"workflow-{number}"))
    done = compiled("--format", "json", *(name.partition("/")[0] for name in names))
    assert [file["path"] for file in json.loads(done.stdout)["files"]] == names
    assert len(compilations(api)) == 40
    assert len([each for each in api.requests if each.path.endswith("/orgs")]) <= 4


def test_a_secret_of_the_config_is_in_no_report(compiled: Run, config: Path) -> None:
    secret = "Xk29vLq0pR7wXk29vLq0"
    config.write_text(CONFIG.replace("[checkout]", f"[checkout, run: curl -u user:{secret} x]"))
    done = compiled("--write", own=True)
    assert done.returncode == 3
    assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("slug", ["acme", "gh/acme/web", "gitlab/acme", "gh/"])
def test_what_is_no_organization_is_refused(compiled: Run, api: CircleCI, slug: str) -> None:
    done = compiled("--org", slug)
    assert done.returncode == 2
    assert "--org: expected the slug of an organization" in done.stderr
    assert api.requests == []


@pytest.mark.parametrize("option", [("--org", "gh/acme"), ("--api-url", "https://circleci.example.org")])
def test_whom_to_ask_is_said_with_compile_alone(migrate: Migrate, option: tuple[str, str]) -> None:
    done = migrate(*option)
    assert done.returncode == 2
    assert "pass --compile as well" in done.stderr


def test_no_token_is_sent_over_plain_http_to_another_machine(migrate: Migrate) -> None:
    done = migrate("--compile", "--api-url", "http://circleci.example.org", env={"CIRCLE_TOKEN": "x"})
    assert done.returncode == 2
    assert re.search("a token is sent over https only", done.stderr)


def test_an_interrupt_waits_for_no_answer(compiled: Run, repository: Path, config: Path, api: CircleCI) -> None:
    api.inject(faults.slow(600, at="POST /api/v3", times=99))
    env = {
        "HOME": str(repository),
        "XDG_CONFIG_HOME": str(repository),
        "CIRCLE_TOKEN": api.key,
        "PYTHONPATH": str(ROOT),
    }
    words = [sys.executable, "-m", "migrator", "--compile", "--api-url", api.url, *BUILT_IN, "--write"]
    with subprocess.Popen(words, cwd=repository, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while api.troubles[0].times == 99:  # nobody waits for an answer yet
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, err) == (130, b"migrate: interrupted\n")
    assert config.read_text() == CONFIG
    assert out == b""
