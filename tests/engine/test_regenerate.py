"""Configs and what writes them: the source is edited, the target is told, and written anew only by a named command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
import yaml

from migrator.documents import open_document
from migrator.engine.batch import Plan
from migrator.engine.limits import TOO_SLOW
from migrator.engine.outcomes import Changed, Failed
from migrator.engine.regenerate import Pairs, difference
from migrator.files.generated import why_generated
from migrator.files.sources import find_sources
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.growth import ends
from tests.places import ROOT
from tests.slow import ID, from_now_on, slow_rule

EXAMPLE = ROOT / "examples" / "generated"
SOURCE = ".circleci/generate_config.py"
TARGET = ".circleci/config.yml"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder)
    policy = (folder / "migrator.toml").read_text()
    # The interpreter that runs the tests has PyYAML.
    (folder / "migrator.toml").write_text(policy.replace('"python3"', json.dumps(sys.executable)))
    return folder


def migrate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def report(folder: Path, *arguments: str) -> dict[str, dict[str, str]]:
    done = migrate(folder, "--format", "json", *arguments)
    assert "Traceback" not in done.stderr
    return {file["path"]: file for file in json.loads(done.stdout)["files"]}


def run_script(folder: Path) -> None:
    subprocess.run([sys.executable, SOURCE], cwd=folder, check=True, timeout=60)


def test_the_example_is_what_its_script_writes(example: Path) -> None:
    before = (example / TARGET).read_bytes()
    run_script(example)
    assert (example / TARGET).read_bytes() == before


def test_the_migrated_script_writes_what_the_migrated_config_says(example: Path) -> None:
    by_hand = example.parent / "by-hand"
    shutil.copytree(example, by_hand)
    migrate(by_hand, "--write", "--include-generated", TARGET)
    assert migrate(example, "--write", ".").returncode == 0
    run_script(example)
    wanted, found = ((folder / TARGET).read_text() for folder in (by_hand, example))
    assert yaml.safe_load(found) == yaml.safe_load(wanted)
    assert "auth:" in found
    assert found.count("quay-creds") == 1


def test_the_target_is_left_alone_and_told_about(example: Path) -> None:
    before = (example / TARGET).read_bytes()
    files = report(example, "--write", ".")
    assert files[TARGET]["status"] == "skipped"
    assert f"is generated from {SOURCE} according to the policy; change that and run `" in files[TARGET]["reason"]
    assert files[SOURCE]["status"] == "changed"
    assert (example / TARGET).read_bytes() == before


def test_regenerate_runs_what_the_policy_names_and_looks_at_the_result(example: Path) -> None:
    files = report(example, "--config", "migrator.toml", "--write", "--regenerate", ".")
    assert files[TARGET]["status"] == "skipped"
    assert files[TARGET]["reason"].endswith("and matches what the rules intended")
    assert "username: $QUAY_USERNAME" in (example / TARGET).read_text()
    again = migrate(example, "--config", "migrator.toml", "--write", "--regenerate", ".")
    assert again.returncode == 0
    assert "nothing to change" in again.stdout


def test_nothing_is_run_where_no_source_changed(example: Path) -> None:
    assert migrate(example, "--write", ".").returncode == 0
    (example / TARGET).unlink()
    migrate(example, "--config", "migrator.toml", "--write", "--regenerate", ".")
    assert not (example / TARGET).exists()


def test_a_result_that_lacks_what_the_rules_wanted_is_a_failure(example: Path) -> None:
    text = (example / SOURCE).read_text()
    (example / SOURCE).write_text(text.replace("sort_keys=False)", 'sort_keys=False).replace("auth:", "name:")'))
    files = report(example, "--config", "migrator.toml", "--write", "--regenerate", ".")
    assert files[TARGET]["status"] == "failed"
    assert "differs at /jobs/" in files[TARGET]["reason"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ('["false"]', "was not regenerated: `false` failed with exit code 1; run it by hand"),
        ('["sh", "-c", "kill -9 $$"]', "failed with signal 9; run it by hand"),
        ('["no-such-command"]', "`no-such-command` cannot be run: No such file or directory"),
        ('["true"]', "was not regenerated: `true` did not change it"),
        ('["rm", ".circleci/config.yml"]', "cannot be read: no such file or folder"),
        ('["sh", "-c", "echo [ > .circleci/config.yml"]', "cannot be read: line 2: is not valid YAML"),
    ],
)
def test_a_command_that_fails_is_told(example: Path, command: str, told: str) -> None:
    with_command(example, command)
    done = migrate(example, "--config", "migrator.toml", "--write", "--regenerate", ".")
    assert done.returncode == 3
    assert told in done.stdout


def with_command(folder: Path, command: str) -> None:
    policy = (folder / "migrator.toml").read_text()
    lines = [f"command = {command}" if line.startswith("command") else line for line in policy.splitlines()]
    (folder / "migrator.toml").write_text("\n".join(lines))


def test_a_command_that_does_not_end_is_ended_with_all_that_it_started(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_command(example, '["sh", "-c", "sleep 1000 & echo $! > child; wait"]')
    monkeypatch.setattr("migrator.engine.regenerate.TIMEOUT", 1)
    file = example / "migrator.toml"
    policy = parse_policy(file.read_text(), file)
    monkeypatch.chdir(example)
    pairs = Pairs(policy)
    source = Changed(str(example / SOURCE), "", "", (), (), (), frozenset())
    (outcome,) = pairs.regenerate([source], Plan(("unauthenticated-image",), (), policy))
    assert isinstance(outcome, Failed)
    assert outcome.reason.endswith("did not finish in 1 seconds")
    child = int((example / "child").read_text())
    end = monotonic() + 30
    while alive(child):  # a signal takes its time
        assert monotonic() < end
        sleep(0.01)


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended may wait for whoever asks how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_target_that_was_not_there_is_told_if_it_is_still_not_there(example: Path) -> None:
    (example / TARGET).unlink()
    assert report(example, "--config", "migrator.toml", "--write", "--regenerate", ".")[TARGET]["status"] == "skipped"
    (example / TARGET).unlink()
    shutil.copy(EXAMPLE / SOURCE, example / SOURCE)
    with_command(example, '["true"]')
    assert report(example, "--config", "migrator.toml", "--write", "--regenerate", ".")[TARGET]["status"] == "failed"


def test_regenerate_needs_write(example: Path) -> None:
    done = migrate(example, "--regenerate", ".")
    assert done.returncode == 2
    assert done.stderr.strip().endswith("pass --write as well")


def test_a_command_that_only_the_repository_names_is_not_run(example: Path) -> None:
    (example / "migrator.toml").unlink()
    (example / TARGET).write_text((example / TARGET).read_text().replace("# Written by", "# Made with"))
    before = (example / TARGET).read_bytes()
    files = report(example, "--write", "--regenerate", ".")
    assert files[TARGET]["status"] == "skipped"
    assert f"is generated from {SOURCE} (line 1 names it)" in files[TARGET]["reason"]
    assert (example / TARGET).read_bytes() == before


def test_a_source_that_the_policy_names_is_found_wherever_it_is(example: Path) -> None:
    (example / "scripts").mkdir()
    (example / SOURCE).rename(example / "scripts" / "ci.py")
    policy = (example / "migrator.toml").read_text().replace(SOURCE, "scripts/ci.py")
    (example / "migrator.toml").write_text(policy)
    assert report(example, ".")["scripts/ci.py"]["status"] == "changed"
    assert report(example, TARGET)["scripts/ci.py"]["status"] == "changed"


@pytest.mark.parametrize(
    ("source", "status", "reason"),
    [
        ("scripts/ci.go", "skipped", "is in a language that cannot be read"),
        ("scripts/none.py", "failed", "no such file; the policy says that .circleci/config.yml is generated from it"),
    ],
)
def test_a_source_that_cannot_be_edited_is_told(example: Path, source: str, status: str, reason: str) -> None:
    (example / "scripts").mkdir()
    (example / "scripts" / "ci.go").write_text("package main\n")
    policy = (example / "migrator.toml").read_text().replace(SOURCE, source)
    (example / "migrator.toml").write_text(policy)
    files = report(example, ".")
    assert files[source]["status"] == status
    assert reason in files[source]["reason"]


CONFIG = "version: 2.1\njobs: {}\n"
CHECKED = """version: 2.1
jobs:
  consistent:
    steps:
      - run: |
          python .circleci/make.py
          git diff --exit-code || (echo "config.yml is old"; exit 1)
"""
CONTINUED = """version: 2.1
setup: true
jobs:
  setup:
    steps:
      - run: python .circleci/make.py > .circleci/continue_config.yml
      - run: git diff --stat
"""


@pytest.mark.parametrize(
    ("config", "files", "says"),
    [
        (CONFIG, {}, None),
        (CONFIG, {"make.py": ""}, None),
        (CONTINUED, {"make.py": ""}, None),
        ("# see other-make.py\n" + CONFIG, {"make.py": ""}, None),
        (CONFIG + "# make.py\n", {"make.py": ""}, None),
        (CONFIG, {"make.py": "", "../Makefile": "test:\n\tpython .circleci/make.py --check\n"}, None),
        ("# from make.py\n" + CONFIG, {"make.py": ""}, "line 1 names it"),
        (CHECKED, {"make.py": ""}, "the step in line 6 compares what it writes"),
        (CONFIG, {"../Makefile": ".circleci/config.yml:\n\tpython .circleci/make.py\n", "make.py": ""}, "line 2 of"),
        (CONFIG, {"../Makefile": "ci:\n\tpython .circleci/make.py > config.yml\n", "make.py": ""}, "line 2 of"),
        (CONFIG, {"../Makefile": "A := x\n\tpython .circleci/make.py > config.yml\n", "make.py": ""}, None),
        (
            CONFIG,
            {"../Makefile": "A = b:c\nci  ::\n\tpython .circleci/make.py > config.yml\n", "make.py": ""},
            "line 3",
        ),
        (CONFIG, {"config.yml.j2": ""}, "config.yml.j2 is a template of that name"),
        (CONFIG, {"other.yml.j2": ""}, None),
    ],
)
def test_what_writes_a_config_is_told_by_what_names_it(
    tmp_path: Path, config: str, files: dict[str, str], says: str | None
) -> None:
    folder = tmp_path / ".circleci"
    folder.mkdir()
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    told = why_generated(str(folder / "config.yml"), config.encode(), Policy())
    assert (told is None) == (says is None)
    assert says is None or f" ({says}" in (told or "")


def test_a_makefile_of_long_lines_is_read_in_one_go(tmp_path: Path) -> None:
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci" / "make.py").write_text("")
    (tmp_path / "Makefile").write_text("a" + " " * 900_000 + "\n")
    ends(
        "from migrator.files.generated import why_generated\n"
        "from migrator.policy import Policy\n"
        f"config = {str(tmp_path / '.circleci' / 'config.yml')!r}\n"
        f"assert why_generated(config, {CONFIG.encode()!r}, Policy()) is None\n"
    )


def test_what_is_no_script_though_its_name_says_so_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / ".circleci"
    (folder / "folder.py").mkdir(parents=True)
    (folder / "gone.py").symlink_to("nowhere.py")
    os.mkfifo(folder / "pipe.py")  # reading it would never end
    (folder / "config.yml").write_text(CONFIG)
    (folder / "config.yml.j2").write_text(CONFIG)
    assert find_sources([str(tmp_path)]) == [str(folder / "config.yml"), str(folder / "config.yml.j2")]
    told = why_generated(str(folder / "config.yml"), CONFIG.encode(), Policy())
    assert told is not None
    assert "run what renders it" in told


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ("a: 1\nb: 2\n", "b: 2\na: 1\n", None),
        ("x: &x {a: 1}\ny: *x\n", "x: {a: 1}\ny: {a: 1}\n", None),
        ("x: &x {a: 1}\ny: {<<: *x, b: 2}\n", "x: {a: 1}\ny: {b: 2, a: 1}\n", None),
        ("a: 'x'\n", "a: x\n", None),
        ("a: '1'\n", "a: 1\n", "/a"),
        ("a: [1, 2]\n", "a: [1]\n", "/a"),
        ("a: [1, 2]\n", "a: [1, 3]\n", "/a/1"),
        ("a: {b: 1}\n", "a: {b: 1, c: 2}\n", "/a/c"),
        ("a: {b: 1}\n", "a: []\n", "/a"),
        ("context: [a, b]\n", "context: [b, a]\n", None),
        ("context: [a, b]\n", "context: [a, c]\n", "/context/1"),
    ],
)
def test_configs_differ_by_what_they_mean(one: str, other: str, place: str | None) -> None:
    roots = [open_document("config.yml", text.encode()).root for text in (one, other)]
    assert difference(*roots) == place


def test_a_folder_is_searched_for_scripts_and_templates(tmp_path: Path) -> None:
    folder = tmp_path / ".circleci"
    (folder / "bin").mkdir(parents=True)
    files = {
        "config.yml": CONFIG,
        "continue.yml.j2": CONFIG,
        "make.py": 'config = {"jobs": {}}\n',
        "bin/report.py": "print('no config here')\n",
        "bin/login.py": "import os\nos.system('docker login -u a -p b')\n",
        "slack.json.j2": "{}",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (tmp_path / "setup.py").write_text('jobs = {"jobs": {}}\n')
    names = [Path(str(file)).relative_to(folder).as_posix() for file in find_sources([str(tmp_path)])]
    assert names == ["bin/login.py", "config.yml", "continue.yml.j2", "make.py"]


def test_a_target_that_takes_too_long_to_compare_is_reported(tmp_path: Path) -> None:
    rules = slow_rule(tmp_path / "rules")
    (tmp_path / "source").write_text("x")
    (tmp_path / "config.yml").write_text("version: 2.1\njobs: {}\n")
    (tmp_path / "migrator.toml").write_text('[generated."config.yml"]\nsource = "source"\ncommand = ["true"]\n')
    policy = parse_policy((tmp_path / "migrator.toml").read_text(), tmp_path / "migrator.toml")
    plan = Plan((ID,), (rules,), policy, file_timeout=1)
    pairs = Pairs(policy)
    from_now_on(rules)
    changed = Changed(str(tmp_path / "source"), "", "", (), (), (), frozenset())
    (outcome,) = pairs.regenerate([changed], plan)
    assert isinstance(outcome, Failed)
    assert outcome.fault == TOO_SLOW
    assert "comparing it took longer than 1 seconds" in outcome.reason
