"""Whatever is handed to it, the command answers with one clear line, the right exit code, and an untouched file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from migrator.cli.request import COMMAND_WORDS, COMMANDS
from tests.cli.conftest import CONFIG, Migrate
from tests.places import ROOT


def told(migrate: Migrate, *arguments: str, code: int = 3, **options: object) -> str:
    """The one line on standard error."""
    done = migrate(*arguments, **options)
    assert done.returncode == code, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    return line


def test_a_missing_path(migrate: Migrate) -> None:
    assert told(migrate, "nowhere.yml") == "migrate: nowhere.yml: no such file or folder"


def test_a_link_to_nothing(migrate: Migrate, repository: Path) -> None:
    (repository / "link.yml").symlink_to("gone.yml")
    assert "is a link to a file that does not exist" in told(migrate, "link.yml")


def test_a_folder_without_configs(migrate: Migrate, repository: Path) -> None:
    (repository / "empty").mkdir()
    assert "empty: no CircleCI config in this folder" in told(migrate, "empty")


def test_a_pipe_or_device(migrate: Migrate) -> None:
    assert "is not a regular file" in told(migrate, "/dev/null")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"version: 2.1\na: \xff\n", "line 2: is not UTF-8"),
        (b"jobs:\n  {{#each}}\n  - {{ x }\n", "line "),
        (b"a: 1\na: 2\n", "line 2"),
        (b"a: [", "line "),
        (b"a: *nothing\n", "line 1"),
        (b"- " * 20_000 + b"x", ""),
    ],
    ids=["not-utf8", "template", "duplicate-key", "cut-off", "undefined-alias", "deep"],
)
def test_a_file_that_is_no_yaml(migrate: Migrate, config: Path, data: bytes, words: str) -> None:
    config.write_bytes(data)
    line = told(migrate, "--write")
    assert line.startswith("migrate: .circleci/config.yml: ")
    assert words in line
    assert config.read_bytes() == data


def test_a_file_over_20_mb(migrate: Migrate, config: Path) -> None:
    with config.open("ab") as file:
        file.truncate(20_000_001)
    assert "20,000,001 bytes" in told(migrate)


def test_a_file_without_write_permission(migrate: Migrate, config: Path) -> None:
    config.chmod(0o444)
    assert ".circleci/config.yml: is write-protected" in told(migrate, "--write", bound=True)
    assert config.read_text() == CONFIG


def test_a_file_that_cannot_be_written_counts_as_failed_and_not_as_changed(migrate: Migrate, config: Path) -> None:
    config.chmod(0o444)
    report = json.loads(migrate("--write", "--format", "json", bound=True).stdout)
    assert report["summary"] == {"files": 1, "changed": 0, "failed": 1, "findings": 1}
    assert report["files"][0]["findings"][0]["applied"] is False


def test_one_bad_file_does_not_stop_the_others(migrate: Migrate, repository: Path, config: Path) -> None:
    bad = repository / ".circleci" / "bad.yml"
    bad.write_text("jobs: [")
    done = migrate("--write", ".", ".circleci/bad.yml")
    assert done.returncode == 3
    assert "new/image:1" in config.read_text()
    assert "1 changed, 1 failed" in done.stdout


def test_what_cannot_be_read_and_nobody_names_is_reported_and_fails_nothing(
    migrate: Migrate, repository: Path, config: Path
) -> None:
    (repository / ".circleci" / "parts.yml").write_text("jobs:\n  {{> build}}: [\n")
    (repository / ".circleci" / "test-suites.yml").write_text("name: a\n---\nname: b\n")
    done = migrate("--write")
    assert done.returncode == 0
    assert "new/image:1" in config.read_text()
    assert "skipped: cannot be read (" in done.stdout
    assert "skipped: is a configuration of CircleCI's test suites, not a CircleCI config" in done.stdout


def test_what_cannot_be_read_fails_where_another_file_names_it(
    migrate: Migrate, repository: Path, config: Path
) -> None:
    (repository / ".circleci" / "continue_config.yml").write_text("jobs: [")
    config.write_text(CONFIG + "# continues with .circleci/continue_config.yml\n")
    done = migrate()
    assert done.returncode == 3
    assert "config.yml names this file" in done.stdout


def test_a_config_that_cannot_be_read_fails_whatever_it_looks_like(migrate: Migrate, config: Path) -> None:
    config.write_text("apiVersion: v1\nkind: Pod\n---\n")
    assert migrate().returncode == 3


def test_what_is_another_programs_is_skipped_by_name(migrate: Migrate, repository: Path) -> None:
    (repository / "ci.yml").write_text("on: [push]\njobs:\n  a:\n    runs-on: ubuntu-latest\n")
    done = migrate("ci.yml")
    assert done.returncode == 0
    assert "skipped: is a GitHub workflow, not a CircleCI config" in done.stdout


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ('targt = "cloud"', "migrator.toml: targt: unknown key; did you mean `target`?"),
        (
            '[registries."docker.io"]\npassword = "hunter2!"',
            'registries."docker.io".password: a literal secret is not allowed',
        ),
        ("a = [", "is not valid TOML"),
        ('docker-orb = {version = "4.0.1"}', "docker-orb.version: 4.0.1 hides a failed login"),
    ],
)
def test_a_wrong_policy(migrate: Migrate, repository: Path, policy: str, words: str) -> None:
    (repository / "migrator.toml").write_text(policy)
    line = told(migrate, code=2)
    assert words in line
    assert "hunter2" not in line


def test_a_policy_that_is_not_there(migrate: Migrate) -> None:
    assert "nope.toml: cannot be read" in told(migrate, "--config", "nope.toml", code=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--wirte"], "--write"),
        (["--jobs", "0"], "--jobs"),
        (["--format", "xml"], "'json', 'junit', 'markdown', 'sarif'"),
        (["--select", "old-imag"], "there is no rule 'old-imag'; did you mean 'old-image'?"),
        (["--rules", "nowhere"], "nowhere: no such directory of rules"),
        (["-", "config.yml"], "- must be the only PATH"),
        (["-", "--regenerate"], "- must be the only PATH"),
        (["--ignore", "old-image,risky-image,told-image,secret-image"], "no rule is left to run"),
        (["--jobs", "9" * 5000], "--jobs"),
        (["--rules", ""], "'--rules': the name is empty"),
        (["--config="], "'--config': the name is empty"),
        (["--output", "-"], "'--output': - is not a file here; write ./- for a file of that name"),
        (["--patch", ""], "'--patch': the name is empty"),
        (["rules"], "`rules` is a command and must come first"),
        ([""], "an empty PATH"),
    ],
)
def test_wrong_usage(migrate: Migrate, arguments: list[str], words: str) -> None:
    assert words in told(migrate, *arguments, code=2)


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("value", ["", " ,"])
def test_a_list_of_no_rules(migrate: Migrate, config: Path, option: str, value: str) -> None:
    assert f"'{option}': does not name a rule" in told(migrate, "--write", option, value, plain=True, code=2)
    assert config.read_text() == CONFIG


def test_every_word_of_a_command_means_one() -> None:
    assert {words[0] for words in COMMANDS if words} == set(COMMAND_WORDS)


def test_a_file_that_cannot_be_written_keeps_its_secret(migrate: Migrate, config: Path) -> None:
    config.write_text(CONFIG.replace("old/image:1", "secret/image:hunter22"))
    config.chmod(0o444)
    (config.parent / "copy.yml").write_text(CONFIG + "# hunter22\n")
    done = migrate("--write", bound=True)
    assert done.returncode == 3
    assert "hunter22" not in done.stdout + done.stderr


@pytest.mark.parametrize("option", ["--output", "--patch", "--ecr-plan"])
def test_a_result_in_the_place_of_a_config(migrate: Migrate, config: Path, option: str) -> None:
    line = told(migrate, "--write", option, str(config), code=2)
    assert line == f"migrate: {option}: {config} is a config of this run; name another file"
    assert config.read_text() == CONFIG


def test_two_results_in_one_file(migrate: Migrate, repository: Path) -> None:
    line = told(migrate, "--patch", "result", "--output", "./result", code=2)
    assert line == "migrate: --output: result is what --patch writes; name another file"
    assert not (repository / "result").exists()


@pytest.mark.parametrize("target", ["nowhere/report.txt", ".circleci", "closed/report.txt"])
def test_a_report_that_cannot_be_written_stops_before_anything_is(
    migrate: Migrate, repository: Path, config: Path, target: str
) -> None:
    (repository / "closed").mkdir(mode=0o555)
    assert f"{target}: cannot be written: " in told(migrate, "--write", "--output", target, bound=True)
    assert config.read_text() == CONFIG


def test_a_rule_that_does_not_load_is_in_the_report(migrate: Migrate, rules: Path) -> None:
    (rules / "old_image.py").write_text("import nothing_of_that_name\n")
    done = migrate("--format", "json")
    assert done.returncode == 3
    (file,) = json.loads(done.stdout)["files"]
    assert file["path"].endswith("old_image.py")
    assert file["reason"] == "cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'"


def test_a_rule_that_breaks_is_named_and_its_file_left_alone(migrate: Migrate, rules: Path, config: Path) -> None:
    path = rules / "old_image.py"
    path.write_text(path.read_text().replace("text = image.text", "text = image.txet"))
    line = told(migrate, "--write")
    assert "old-image" in line
    assert "AttributeError" in line
    assert config.read_text() == CONFIG


def test_a_rule_that_yields_no_finding_is_named(migrate: Migrate, rules: Path, config: Path) -> None:
    path = rules / "old_image.py"
    path.write_text(path.read_text().replace("text = image.text", "text = image.text; yield text"))
    line = told(migrate, "--write", "--select", "old-image")
    assert line.endswith("the rule `old-image` yielded something that is not a Finding")
    assert config.read_text() == CONFIG


def test_an_error_of_the_system_is_not_laid_on_the_output(migrate: Migrate, repository: Path) -> None:
    patch = "import errno, migrator.cli.run as r\ndef f(*a): raise OSError(errno.EMFILE, 'Too many open files')\n"
    (repository / "sitecustomize.py").write_text(f"{patch}r.make_plan = f\n")
    env = {"PYTHONPATH": os.pathsep.join([str(repository), str(ROOT)])}
    assert told(migrate, env=env) == "migrate: this run: Too many open files"


def test_an_unforeseen_error_is_one_line_without_the_words_of_the_error(migrate: Migrate, repository: Path) -> None:
    # A site module breaks something deep inside, as a bug would.
    (repository / "usercustomize.py").write_text("")
    patch = "import migrator.cli.run as r\ndef f(*a): raise KeyError('hunter2')\nr.make_plan = f\n"
    (repository / "sitecustomize.py").write_text(patch)
    env = {"PYTHONPATH": os.pathsep.join([str(repository), str(ROOT)])}
    done = migrate(env=env)
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("migrate: internal error: KeyError in sitecustomize.py, line 2")
    assert "hunter2" not in line
    assert "Traceback" in migrate(env={**env, "MIGRATOR_DEBUG": "1"}).stderr
