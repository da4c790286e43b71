"""`--patch`: what `git apply` makes of it is what `--write` writes."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, Migrate


def apply(patch: Path, folder: Path) -> None:
    done = subprocess.run(["git", "apply", str(patch)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "text",
    [CONFIG, CONFIG.replace("\n", "\r\n"), CONFIG.rstrip(), "\ufeff" + CONFIG, "# é\u2028\x0c\n" + CONFIG],
    ids=["plain", "crlf", "no-final-newline", "bom", "odd-separators"],
)
def test_git_applies_it(migrate: Migrate, repository: Path, config: Path, text: str) -> None:
    text = text.replace("\x0c", "")
    config.write_bytes(text.encode())
    assert migrate("--patch", "p.diff").returncode == 1
    apply(repository / "p.diff", repository)
    assert config.read_bytes() == text.replace("old/", "new/").encode()


def test_paths_count_from_the_top_of_the_repository(migrate: Migrate, repository: Path, config: Path) -> None:
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    done = migrate("--patch", "../p.diff", cwd=config.parent)
    assert "+++ b/.circleci/config.yml\n" in (repository / "p.diff").read_text()
    assert f"git apply` in {repository}" in done.stderr
    apply(repository / "p.diff", repository)
    assert config.read_text() == CONFIG.replace("old/", "new/")


def test_an_odd_name_is_applied_too(migrate: Migrate, repository: Path, config: Path) -> None:
    odd = config.rename(config.with_name('my "own" é.yml'))
    migrate("--patch", "p.diff")
    apply(repository / "p.diff", repository)
    assert odd.read_text() == CONFIG.replace("old/", "new/")


def test_only_its_owner_may_read_it_even_if_it_was_there(migrate: Migrate, repository: Path) -> None:
    (repository / "p.diff").write_text("of yesterday")
    (repository / "p.diff").chmod(0o644)
    migrate("--patch", "p.diff")
    assert stat.S_IMODE((repository / "p.diff").stat().st_mode) == 0o600
    assert "of yesterday" not in (repository / "p.diff").read_text()


def test_it_holds_the_secret_and_says_so_while_nothing_else_does(
    migrate: Migrate, repository: Path, config: Path
) -> None:
    config.write_text(CONFIG.replace("old/image:1", "secret/image:hunter22\n      # hunter22"))
    for form in ("text", "json"):
        done = migrate("--patch", "p.diff", "--format", form)
        assert "hunter22" not in done.stdout + done.stderr
        assert "contains secrets as they are" in done.stderr
    patch = (repository / "p.diff").read_text()
    assert "-      - image: secret/image:hunter22\n" in patch
    assert "       # hunter22\n" in patch, "or git would not apply it"


def test_nothing_to_change_gives_an_empty_patch_and_says_so(migrate: Migrate, repository: Path, config: Path) -> None:
    config.write_text(CONFIG.replace("old/", "new/"))
    assert "the patch is empty" in migrate("--patch", "p.diff").stderr
    assert (repository / "p.diff").read_bytes() == b""


def test_a_patch_that_cannot_be_written_stops_before_anything_is(migrate: Migrate, config: Path) -> None:
    done = migrate("--write", "--patch", "no/such/folder/p.diff")
    assert done.returncode == 3
    assert "no/such/folder/p.diff: cannot be written" in done.stderr
    assert config.read_text() == CONFIG
