"""Dry runs and `--write`, with exit codes, over real files."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, Migrate
from tests.places import ROOT


def test_a_dry_run_writes_nothing_and_says_that_findings_remain(migrate: Migrate, config: Path) -> None:
    done = migrate()
    assert done.returncode == 1
    assert config.read_text() == CONFIG
    assert "-      - image: old/image:1\n+      - image: new/image:1\n" in done.stdout
    assert done.stderr == ""


def test_nothing_to_do_is_exit_0(migrate: Migrate, config: Path) -> None:
    config.write_text(CONFIG.replace("old/", "new/"))
    done = migrate()
    assert done.returncode == 0
    assert "nothing to change" in done.stdout


def test_write_applies_what_is_safe_and_settles(migrate: Migrate, config: Path) -> None:
    assert migrate("--write").returncode == 0
    assert config.read_text() == CONFIG.replace("old/", "new/")
    assert migrate("--write").returncode == 0
    assert config.read_text() == CONFIG.replace("old/", "new/")


def test_write_leaves_what_needs_review_and_says_how_to_take_it(migrate: Migrate, config: Path) -> None:
    config.write_text(CONFIG.replace("old/", "risky/"))
    done = migrate("--write")
    assert done.returncode == 1
    assert config.read_text() == CONFIG.replace("old/", "risky/")
    assert "1 fix needs review; use --review-too to apply it as well." in done.stdout
    assert migrate("--write", "--review-too").returncode == 0
    assert config.read_text() == CONFIG.replace("old/", "new/")


def test_what_is_for_the_owner_is_told_and_never_written(migrate: Migrate, config: Path) -> None:
    config.write_text(CONFIG.replace("old/", "told/"))
    assert migrate("--write", "--review-too").returncode == 1
    assert config.read_text() == CONFIG.replace("old/", "told/")


def test_ignore_takes_a_rule_out(migrate: Migrate) -> None:
    assert migrate("--ignore", "old-image").returncode == 0


def test_bytes_outside_the_edit_stay(migrate: Migrate, config: Path) -> None:
    before = (
        b"\xef\xbb\xbf" + CONFIG.replace("\n", "  \r\n").replace("[checkout]", "[checkout] # \xe9\u2028").encode()[:-2]
    )
    config.write_bytes(before)
    assert migrate("--write").returncode == 0
    assert config.read_bytes() == before.replace(b"old/", b"new/")


def test_write_keeps_the_mode_and_leaves_no_other_file(migrate: Migrate, config: Path) -> None:
    config.chmod(0o640)
    migrate("--write")
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert [path.name for path in config.parent.iterdir()] == ["config.yml"]


def test_a_linked_config_stays_a_link(migrate: Migrate, config: Path) -> None:
    target = config.parent.parent / "real.yml"
    config.rename(target)
    config.symlink_to("../real.yml")
    assert migrate("--write").returncode == 0
    assert config.is_symlink()
    assert "new/image:1" in target.read_text()


def test_a_file_named_twice_is_taken_once(migrate: Migrate, config: Path) -> None:
    done = migrate(".", ".circleci/config.yml", str(config), "--format", "json")
    assert [file["path"] for file in json.loads(done.stdout)["files"]] == [".circleci/config.yml"]


def test_the_report_goes_to_a_file(migrate: Migrate, repository: Path) -> None:
    done = migrate("--output", "report.txt")
    assert done.stdout == ""
    assert "old-image" in (repository / "report.txt").read_text()


def test_several_processes_give_the_same_report(migrate: Migrate, repository: Path) -> None:
    for number in range(12):
        folder = repository / f"project-{number:02}" / ".circleci"
        folder.mkdir(parents=True)
        (folder / "config.yml").write_text(CONFIG if number % 3 else "a: [")
    one, three = migrate("--jobs", "1", "--format", "json"), migrate("--jobs", "3", "--format", "json")
    assert len(json.loads(one.stdout)["files"]) == 13
    assert three.stdout == one.stdout
    assert three.returncode == one.returncode == 3


def test_an_interrupt_of_several_processes_is_one_line(repository: Path, rules: Path) -> None:
    (repository / ".circleci" / "other.yml").write_text(CONFIG)
    slow = (
        f"import multiprocessing, pathlib, time\nif multiprocessing.parent_process():\n"
        f"    pathlib.Path({str(repository / 'started')!r}).touch()\n"
        f"    while not pathlib.Path({str(repository / 'interrupted')!r}).exists():\n"
        f"        time.sleep(0.05)\n"
    )
    rule = rules / "old_image.py"
    rule.write_text(rule.read_text().replace("\n\nclass", f"\n{slow}\n\nclass"))
    process = subprocess.Popen(
        [sys.executable, "-m", "migrator", "--rules", str(rules), "--jobs", "2"],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    while not (repository / "started").exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    (repository / "interrupted").touch()
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err) == (130, "", "migrate: interrupted\n")


def test_a_generated_file_is_skipped_unless_asked_for(migrate: Migrate, config: Path) -> None:
    config.write_text("# Code generated by pack.js. DO NOT EDIT.\n" + CONFIG)
    done = migrate("--write")
    assert done.returncode == 0
    assert "skipped: line 1 says that it is generated" in done.stdout
    assert migrate("--write", "--include-generated").returncode == 0
    assert "new/image:1" in config.read_text()


def test_a_generated_file_that_the_policy_names_is_skipped(migrate: Migrate, repository: Path, config: Path) -> None:
    (repository / "migrator.toml").write_text('[generated.".circleci/config.yml"]\nsource = "make.py"\n')
    done = migrate("--write")
    assert "skipped: is generated from make.py" in done.stdout
    assert config.read_text() == CONFIG


def test_suppressed_findings_are_left_and_unused_suppressions_told(migrate: Migrate, config: Path) -> None:
    config.write_text(CONFIG.replace("old/image:1", "old/image:1 # migrator: ignore[old-image] pinned"))
    assert migrate("--write").returncode == 0
    config.write_text(CONFIG.replace("old/image:1", "new/image:1 # migrator: ignore[old-image] pinned"))
    done = migrate()
    assert done.returncode == 1
    assert "unused-suppression" in done.stdout


def _with_output(output: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command with what the shell makes of `output` as its standard output."""
    # Tests must not depend on the size of a pipe: a reader is gone before the first byte.
    command = f'(sleep 0.2; exec "$@") {output}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(
        ["bash", "-c", command, "bash", sys.executable, "-m", "migrator", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


COMMANDS = [("--version",), ("--help",), ("--format", "json"), ("--",), ("rules",), ("rules", "literal-secret")]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_goes_away_gets_no_traceback(repository: Path, arguments: tuple[str, ...]) -> None:
    done = _with_output("| true", *arguments, cwd=repository)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_that_cannot_be_written_is_a_failure(repository: Path, arguments: tuple[str, ...]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = _with_output("> /dev/full", *arguments, cwd=repository)
    assert done.returncode == 3
    assert done.stderr.splitlines() == ["migrate: standard output: No space left on device"]


def test_a_config_has_nowhere_to_go_where_standard_output_is_closed(repository: Path) -> None:
    done = _with_output(">&-", "-", cwd=repository)
    assert done.returncode == 3
    assert done.stderr == "migrate: standard output: is closed; the config is written to it\n"


def test_a_policy_upwards_from_the_working_folder_is_found(migrate: Migrate, repository: Path) -> None:
    (repository / "migrator.toml").write_text('targt = "cloud"\n')
    assert migrate(cwd=repository / ".circleci").returncode == 2


def test_control_characters_of_a_config_do_not_reach_the_terminal(migrate: Migrate, config: Path) -> None:
    config.write_text(CONFIG.replace("steps:", "# \u202eevil\u2066\n    steps:"))
    done = migrate()
    assert "<U+202E>evil<U+2066>" in done.stdout
    assert "\u202e" not in done.stdout
