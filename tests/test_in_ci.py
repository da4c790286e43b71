"""What runs `migrate` in CI: this project's own config, the orb, the recipes of the page, with their real commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from migrator import __version__
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from tests.circleci_compiler import compile_config
from tests.places import DOCS, EXAMPLES, ROOT
from tests.test_schema import errors, validator

ORB = ROOT / "orb" / "src"
OWN = ROOT / ".circleci" / "config.yml"
NAMES = "properties/jobs/propertyNames/pattern"
"""That of names as people write them: those of jobs of orbs have a slash."""

CLEAN = "version: 2.1\njobs: {build: {machine: {image: ubuntu-2404:current}, steps: [checkout]}}\n"
ACME = (EXAMPLES / "acme/shop/.circleci/config.yml").read_text("utf-8")


def left_in(path: Path, text: str) -> list[str]:
    outcome = run(
        path.as_posix(), text.encode(), load_rules(rule_files()), Policy(), choose_by_safety(review_too=False)
    )
    assert isinstance(outcome, Unchanged), outcome
    return [each.message for each in outcome.left if each.counts]


def test_our_own_config_is_valid_and_clean() -> None:
    text = OWN.read_text("utf-8")
    assert not errors(text)
    made = compile_config(text)
    assert not made.errors
    assert left_in(OWN.relative_to(ROOT), text) == []
    commands = [
        step["run"]["command"] for step in yaml.safe_load(made.config)["jobs"]["test"]["steps"] if "run" in step
    ]
    assert commands[-1] == ".ci/run"


def test_our_own_config_keeps_what_ci_builds_between_runs() -> None:
    """Every file that a key is made of is there, and what `.ci/run` says that it keeps is among what is saved."""
    text = OWN.read_text("utf-8")
    named = set(re.findall(r'checksum "([^"]+)"', text))
    assert len(named) == 3
    assert all((ROOT / name).is_file() for name in named)
    assert "${XDG_CACHE_HOME:-$HOME/.cache}/circleci-migrator/" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "- ~/.cache/circleci-migrator\n" in text


@cache
def orb() -> dict[str, Any]:
    """The orb as `circleci orb pack` makes it: github.com/CircleCI-Public/circleci-cli, internal/pack/pack.go."""
    packed: dict[str, Any] = yaml.safe_load((ORB / "@orb.yml").read_text("utf-8"))
    for kind in ("commands", "jobs", "examples"):
        packed[kind] = {
            file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted((ORB / kind).glob("*.yml"))
        }

    def included(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: included(each) for key, each in value.items()}
        if isinstance(value, list):
            return [included(each) for each in value]
        found = re.fullmatch(r"<<\s*include\(([^)]+)\)\s*>>", value) if isinstance(value, str) else None
        return (ORB / found[1]).read_text("utf-8").replace("<<", r"\<<") if found else value

    return {**packed, "commands": included(packed["commands"]), "jobs": included(packed["jobs"])}


def usages() -> dict[str, str]:
    found = {name: yaml.safe_dump(each["usage"], sort_keys=False) for name, each in orb()["examples"].items()}
    return {**found, "page": recipe(".circleci/config.yml")}


def recipe(name: str) -> str:
    found = re.search(rf"^```yaml\n# {re.escape(name)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


PAGE = (DOCS / "ci.md").read_text("utf-8")


def compiled(text: str) -> dict[str, Any]:
    made = compile_config(text, orbs=lambda name: orb() if name.startswith("your-namespace/migrate@") else None)
    assert not made.errors, made.errors
    content: dict[str, Any] = yaml.safe_load(made.config)
    return content


@pytest.mark.parametrize("name", [*orb()["examples"], "page"])
def test_uses_of_the_orb_are_valid_and_clean(name: str) -> None:
    text = usages()[name]
    assert not errors(text)
    assert left_in(Path(".circleci/config.yml"), text) == []
    content = compiled(text)
    assert set(errors(yaml.safe_dump(content))) <= {NAMES}
    steps = [step for job in content["jobs"].values() for step in job["steps"]]
    assert [*map(str, steps)][-2:] == [
        "{'store_test_results': {'path': '/tmp/migrate/junit.xml'}}",
        "{'store_artifacts': {'path': '/tmp/migrate', 'destination': 'migrate'}}",
    ]


def test_the_orb_is_valid_and_clean() -> None:
    text = yaml.safe_dump(orb(), sort_keys=False)
    known = {key: value for key, value in orb().items() if key not in ("description", "examples")}
    assert not errors(yaml.safe_dump(known))
    for file in sorted(ORB.rglob("*.yml")):
        if file.parent.name != "examples":
            assert left_in(file.relative_to(ROOT), file.read_text("utf-8")) == []
    assert "include(" not in text


def test_every_parameter_of_the_orbs_job_is_on_the_page() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == list(orb()["jobs"]["check"]["parameters"])


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which recipes run: what they install is this project's wheel, and its dependencies are there.

    The orb's script makes it, and shows what it installed.
    """
    home = tmp_path_factory.mktemp("home")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(home), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = home.glob("*.whl")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CIRCLE", "MIGRATE", "PIP_"))}
    python = Path(sys.executable).parent
    made = {
        **kept,
        "HOME": str(home),
        "PATH": os.pathsep.join((str(home / ".migrate" / "bin"), str(python), os.environ["PATH"])),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_COMPILE": "1",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "MIGRATE_PACKAGE": str(wheel),
    }
    done = bash((ORB / "scripts" / "install.sh").read_text("utf-8"), home, made)
    assert (done.returncode, done.stdout.split()[-1]) == (0, __version__), done.stderr
    return made


def repository(folder: Path, text: str) -> Path:
    (folder / ".circleci").mkdir(parents=True)
    (folder / ".circleci" / "config.yml").write_text(text, "utf-8")
    return folder


def bash(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """As CircleCI runs a step, and as the others do in the main: bash that ends at the first command that fails."""
    command = ["bash", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def failures(report: Path) -> int:
    return int(ET.parse(report).getroot().attrib["failures"])


@pytest.mark.parametrize(
    ("text", "given", "code"),
    [(ACME, {}, 1), (ACME, {"report-only": True, "path": ".circleci/config.yml"}, 0), (CLEAN, {"config": "none"}, 2)],
    ids=["what should change fails", "or is reported only", "wrong usage fails"],
)
def test_the_orb_runs(tmp_path: Path, machine: dict[str, str], text: str, given: dict[str, Any], code: int) -> None:
    usage = yaml.safe_load(usages()["check"])
    usage["workflows"]["configs"]["jobs"] = [{"migrate/check": {"package": machine["MIGRATE_PACKAGE"], **given}}]
    (job,) = compiled(yaml.safe_dump(usage))["jobs"].values()
    install, check = (step["run"] for step in job["steps"] if "run" in step)
    assert install["environment"] == {"MIGRATE_PACKAGE": machine["MIGRATE_PACKAGE"]}  # done by the fixture
    values = {name: str(value).lower() for name, value in check["environment"].items()}
    reports = tmp_path / "the reports"
    done = bash(
        check["command"], repository(tmp_path / "here", text), {**machine, **values, "MIGRATE_REPORTS": str(reports)}
    )
    assert done.returncode == code, done.stderr
    assert reports.is_dir()
    if code < 2:
        assert failures(reports / "junit.xml") == 1
        assert "<html" in (reports / "report.html").read_text("utf-8")
        assert "would change" in done.stdout


FORMS = {
    ".github/workflows/circleci-configs.yml": "github-workflows",
    ".gitlab-ci.yml": "gitlab-ci",
    "bitbucket-pipelines.yml": "bitbucket-pipelines",
}


def loaded(text: str) -> Any:
    """As YAML 1.2, in which `on` is a text."""
    return YAML(typ="safe").load(text)


def commands(name: str) -> list[str]:
    content = yaml.safe_load(recipe(name))
    if name.startswith(".github"):
        return [step["run"] for step in content["jobs"]["check"]["steps"] if "run" in step]
    if name.startswith("bitbucket"):
        found: list[str] = content["pipelines"]["pull-requests"]["**"][0]["step"]["script"]
        return found
    script: list[str] = content["circleci-configs"]["script"]
    return script


@pytest.mark.parametrize("name", FORMS)
def test_a_recipe_is_valid(name: str) -> None:
    rules, text = validator(FORMS[name]), recipe(name)
    assert [error.message for error in rules.iter_errors(loaded(text))] == []
    for key, other in (("script:", "scripts:"), ("runs-on:", "run-on:"), ("image: python", "image: [1] #")):
        text = text.replace(key, other)
    assert [*rules.iter_errors(loaded(text))]


def test_what_is_installed_writes_config_policies(tmp_path: Path, machine: dict[str, str]) -> None:
    done = bash("migrate guard --output .", tmp_path, machine)
    assert (done.returncode, done.stdout.count("\n")) == (0, 4), done.stderr


def test_recipes_install_the_package(tmp_path: Path, machine: dict[str, str]) -> None:
    (install,) = {commands(name)[0] for name in FORMS}
    done = bash(install, tmp_path, machine)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", FORMS)
def test_a_recipe_runs(tmp_path: Path, machine: dict[str, str], name: str) -> None:
    done = bash("\n".join(commands(name)[1:]), repository(tmp_path, ACME), machine)
    assert done.returncode == 1, done.stderr
    reports = [failures(report) for report in tmp_path.rglob("junit.xml")]
    of_github = "::error file=.circleci/config.yml,line=" in done.stdout
    assert (reports, of_github) == (([], True) if name.startswith(".github") else ([1], False))


@pytest.mark.parametrize("name", [name for name in FORMS if not name.startswith(".github")])
def test_a_recipe_reports_a_config_that_cannot_be_read(tmp_path: Path, machine: dict[str, str], name: str) -> None:
    done = bash("\n".join(commands(name)[1:]), repository(tmp_path, "jobs: ["), machine)
    assert done.returncode == 3, done.stderr
    (report,) = tmp_path.rglob("junit.xml")
    assert ET.parse(report).getroot().attrib["errors"] == "1"
    assert (tmp_path / "report.html").is_file()


def test_a_recipe_lets_pass_what_is_clean(tmp_path: Path, machine: dict[str, str]) -> None:
    script = "\n".join(commands(".github/workflows/circleci-configs.yml")[1:])
    assert bash(script, repository(tmp_path, CLEAN), machine).returncode == 0


def test_artifacts_of_recipes_are_files_that_they_write() -> None:
    gitlab = yaml.safe_load(recipe(".gitlab-ci.yml"))["circleci-configs"]["artifacts"]
    (step,) = yaml.safe_load(recipe("bitbucket-pipelines.yml"))["pipelines"]["pull-requests"]["**"]
    bitbucket = step["step"]["artifacts"]
    written = re.findall(r"--output (\S+)", "\n".join(commands(".gitlab-ci.yml") + commands("bitbucket-pipelines.yml")))
    assert {*gitlab["paths"], gitlab["reports"]["junit"], *bitbucket} < {*written}


def test_the_recipe_for_pre_commit_names_a_hook_that_is_there() -> None:
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    content = yaml.safe_load(recipe(".pre-commit-config.yaml"))
    assert {hook["id"] for repo in content["repos"] for hook in repo["hooks"]} <= hooks
