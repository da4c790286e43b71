"""`migrate guard`: what it prints, what it writes, and what its page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrator.guard.bundle import files_of
from migrator.guard.rego import NAME, RULES
from migrator.policy import Policy
from tests.cli.conftest import Migrate
from tests.guard.opa import needs_opa, opa
from tests.places import DOCS

PAGE = (DOCS / "guard.md").read_text("utf-8")


def shown(command: str) -> str:
    """What the page shows below a command."""
    found = re.search(rf"^( *)\$ {re.escape(command)}\n((?:\1(?! *```).*\n)*)", PAGE, re.MULTILINE)
    assert found is not None
    return "".join(f"{line.removeprefix(found[1])}\n" for line in found[2].splitlines())


@needs_opa
def test_what_the_page_shows_is_so(migrate: Migrate, repository: Path) -> None:
    done = migrate("guard", "--output", "guard", plain=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, shown("migrate guard --output guard"), "")
    command = "opa test --v0-compatible guard/policies guard/tests"
    assert opa("test", "guard/policies", "guard/tests", cwd=repository).stdout == shown(command)
    assert all(f"`{rule}`" in PAGE for rule in RULES)


def test_the_policy_goes_to_standard_output(migrate: Migrate, repository: Path) -> None:
    before = sorted(repository.rglob("*"))
    done = migrate("guard", plain=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == files_of(Policy())[f"policies/{NAME}.rego"]
    assert sorted(repository.rglob("*")) == before
    assert "hard_fail" not in migrate("guard", "--soft", plain=True).stdout


def test_it_is_of_the_nearest_policy_or_the_one_that_is_named(migrate: Migrate, repository: Path) -> None:
    (repository / "migrator.toml").write_text('[registries."docker.io"]\ncontext = "near"\n')
    (repository / "other.toml").write_text('[registries."docker.io"]\ncontext = "named"\n')
    assert '"context": "near"' in migrate("guard", plain=True).stdout
    assert '"context": "named"' in migrate("guard", "--config", "other.toml", plain=True).stdout


def test_what_is_left_out_is_said(migrate: Migrate, repository: Path) -> None:
    (repository / "migrator.toml").write_text('[[overrides]]\npaths = ["services/**"]\ncredentials = "project"\n')
    done = migrate("guard", plain=True)
    line = 'overrides[0], for the paths "services/**", is left out: CircleCI does not tell a config policy which file'
    assert done.stderr.startswith(f"migrate: {line}")
    assert done.stderr.count("\n") == 1
    assert f"# - {line}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--output", ""), "Invalid value for '--output': the name is empty"),
        (("--output", "-"), "Invalid value for '--output': - is not a file here; write ./- for a file of that name"),
        (("--config", "none.toml"), "none.toml: cannot be read: No such file or directory"),
        (("x",), "Got unexpected extra argument (x)"),
    ],
)
def test_wrong_usage(migrate: Migrate, arguments: tuple[str, ...], told: str) -> None:
    done = migrate("guard", *arguments, plain=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"migrate: {told}\n")


def test_a_file_of_ones_own_is_kept(migrate: Migrate, repository: Path) -> None:
    own = repository / ".circleci" / "config.yml"
    before = own.read_bytes()
    done = migrate("guard", "--output", ".", plain=True)
    assert (done.returncode, done.stderr) == (
        2,
        "migrate: .circleci/config.yml: is there and differs; --force replaces it\n",
    )
    assert own.read_bytes() == before
    assert not (repository / "policies").exists()
    assert migrate("guard", "--output", ".", "--force", plain=True).returncode == 0
    assert migrate("guard", "--output", ".", plain=True).stdout == ""


def test_a_folder_that_cannot_be_made_is_named(migrate: Migrate, repository: Path) -> None:
    (repository / "guard").write_text("")
    done = migrate("guard", "--output", "guard", plain=True)
    assert done.returncode == 3
    assert done.stderr == "migrate: guard/policies: cannot be made: Not a directory\n"
