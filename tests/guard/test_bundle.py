"""The folder of a config policy: its tests pass, its config is valid and clean, and nobody's file is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import UsageError
from migrator.guard.bundle import files_of, put
from migrator.guard.rego import NAME
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.circleci_compiler import compile_config
from tests.guard.opa import decided, decision, needs_opa, opa
from tests.guard.test_policy import HOSTILE, OVERRIDES, POLICY
from tests.test_schema import errors


def of(text: str) -> Policy:
    return parse_policy(text, Path("migrator.toml"))


TWICE = """
[registries."a.b"]
username = "u"
password = "$P"
context = "c"
[registries."a-b"]
username = "u"
password = "$P"
context = "d"
skip = ["x/[!a]?"]
[rules]
ignore = ["docker-login-step"]
"""
POLICIES = {
    "built-in": Policy(),
    "all kinds of registries": POLICY,
    "project variables": of('credentials = "project"\n[aws]\n'),
    "on Server": of('target = "server"\n[circleci]\napi-url = "https://circleci.acme.example/"\n'),
    "no images": of('[registries."docker.io"]\nimages = []\n[circleci]\norganization = "gh/acme"\n'),
    "overrides": of(OVERRIDES),
    "overrides of every repository": of('[[overrides]]\nrepositories = ["*"]\nscheduled = "skip"\n'),
    "two hosts of one name": of(TWICE),
    "hostile": of(HOSTILE),
}


@needs_opa
@pytest.mark.parametrize(("name", "soft"), [*((name, False) for name in POLICIES), ("overrides", True)])
def test_its_own_tests_pass_in_both_forms(tmp_path: Path, name: str, soft: bool) -> None:
    files = files_of(POLICIES[name], soft=soft)
    list(put(files, str(tmp_path), force=False))
    checked = opa("check", "--strict", "policies", "tests", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert opa("fmt", "--list", "policies", cwd=tmp_path).stdout == ""
    cases: dict[str, Any] = yaml.safe_load(files[f"policies/{NAME}_test.yaml"])[f"test_{NAME}"]["cases"]
    ran = opa("test", "policies", "tests", cwd=tmp_path)
    assert ran.stdout == f"PASS: {len(cases)}/{len(cases)}\n", ran.stdout
    assert len(cases) > 2
    found = decided(
        files[f"policies/{NAME}.rego"], tmp_path,
        [case["input"] for case in cases.values()], [case.get("meta", {}) for case in cases.values()],
    )  # fmt: skip
    assert {name: decision(org) for name, org in zip(cases, found, strict=True)} == {
        name: case["decision"] for name, case in cases.items()
    }


@needs_opa
def test_the_tests_of_the_policy_can_fail(tmp_path: Path) -> None:
    files = files_of(POLICY)
    policy = files[f"policies/{NAME}.rego"]
    for number, (good, bad) in enumerate([
        ("(?s:acme", "(?s:acne"), ("$ECR_ID", "$OTHER"), ("not migrate_has_credentials(image)", "false"),
        ("--password", "--pass"), ('"context": "quay"', '"context": "x"'), ("not migrate_matches", "migrate_matches"),
        ("not migrate_holds", "migrate_holds"), ('text != ""', 'text == ""'),
    ]):  # fmt: skip
        assert good in policy
        folder = tmp_path / str(number)
        list(put({**files, f"policies/{NAME}.rego": policy.replace(good, bad)}, str(folder), force=False))
        ran = opa("test", "policies", "tests", cwd=folder)
        assert ran.returncode == 2, f"{good}: {ran.stdout}{ran.stderr}"


@pytest.mark.parametrize("name", POLICIES)
def test_the_config_that_runs_it_is_valid_and_clean(name: str) -> None:
    policy = POLICIES[name]
    text = files_of(policy)[".circleci/config.yml"]
    assert not errors(text)
    assert not compile_config(text).errors
    outcome = run(
        ".circleci/config.yml", text.encode(), load_rules(rule_files()), policy, choose_by_safety(review_too=False)
    )
    assert isinstance(outcome, Unchanged)
    assert [each.message for each in outcome.left] == []


def test_the_config_pushes_only_what_passed_and_only_on_main() -> None:
    push = yaml.safe_load(files_of(POLICIES["no images"])[".circleci/config.yml"])
    test, (pushed,) = push["workflows"]["policies"]["jobs"][0], push["workflows"]["policies"]["jobs"][1].values()
    assert (test, pushed["requires"], pushed["filters"]) == ("test", ["test"], {"branches": {"only": "main"}})
    assert push["jobs"]["push"]["steps"][-1] == {"run": "circleci policy push ./policies --no-prompt --org gh/acme"}


def test_only_policies_are_among_what_is_pushed() -> None:
    """All Rego below the folder is, tests included: github.com/CircleCI-Public/circle-policy-agent, cpa/fs.go."""
    named = Counter(Path(name).parts[0] for name in files_of(Policy()) if name.endswith(".rego"))
    assert named == {"policies": 1, "tests": 1}


def test_the_same_policy_gives_the_same_files(tmp_path: Path) -> None:
    assert files_of(of(OVERRIDES)) == files_of(of(OVERRIDES))
    names = [*put(files_of(Policy()), str(tmp_path), force=False)]
    assert names == [str(tmp_path / name) for name in files_of(Policy())]
    assert [*put(files_of(Policy()), str(tmp_path), force=False)] == []


def test_a_file_that_differs_is_replaced_only_by_force_and_nothing_is_written_before_that(tmp_path: Path) -> None:
    (tmp_path / ".circleci").mkdir()
    own = tmp_path / ".circleci" / "config.yml"
    own.write_text("version: 2.1\n")
    with pytest.raises(UsageError, match=r"config\.yml: is there and differs; --force replaces it"):
        list(put(files_of(Policy()), str(tmp_path), force=False))
    assert own.read_text() == "version: 2.1\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [own]
    list(put(files_of(Policy()), str(tmp_path), force=True))
    assert own.read_text() == files_of(Policy())[".circleci/config.yml"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / ".git").mkdir()
    (inside / "policies").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="link"):
        list(put(files_of(Policy()), str(inside), force=True))
    assert not list((tmp_path / "outside").iterdir())
