"""One plan for all distant images of a run: what it holds, and how it is asked for."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from pytest_snapshot.plugin import Snapshot

from migrator.cli.app import run
from migrator.engine.outcomes import Located, Outcome, Unchanged
from migrator.results.ecr_plan import EcrPlan, ecr_plan
from migrator.rule import Safety
from migrator.startup.records import replace

EU = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = "sha256:" + "0123456789abcdef" * 4
CONFIG = f"version: 2.1\njobs:\n  build:\n    docker:\n      - image: {EU}/team/app:1\n    steps: [checkout]\n"


def outcome(path: str, *images: str) -> Outcome:
    found = Located("distant-ecr-image", 1, 1, "", Safety.MANUAL, "f", False)
    return Unchanged(path, tuple(replace(found, data=(("ecr-image", image),)) for image in images))


def plan_of(*images: str) -> EcrPlan:
    plan = ecr_plan([outcome("config.yml", *images)], "us-east-1")
    assert plan is not None
    return plan


def calls(plan: EcrPlan) -> str:
    """The part of the script that a plan makes."""
    return plan.script.partition("\naccounts() {")[2]


def test_without_images_there_is_no_plan() -> None:
    assert ecr_plan([outcome("config.yml")], "us-east-1") is None
    other = Located("x", 1, 1, "", Safety.MANUAL, "f", False, data=(("something", "else"),))
    assert ecr_plan([Unchanged("config.yml", (other,))], "us-east-1") is None


def test_the_whole_plan(snapshot: Snapshot) -> None:
    found = [
        outcome("a/.circleci/config.yml", f"{EU}/team/app:1", f"{EU}/team/app", f"{EU}/team/db:x@{DIGEST}"),
        outcome("b/.circleci/config.yml", f"{EU}/team/app:1", f"{EU}/team/app:<< parameters.tag >>"),
        outcome("c/.circleci/config.yml", EU.replace("eu-west-1", "us-west-2") + "/team/app:1"),
        outcome("d/.circleci/config.yml", "${AWS_ACCOUNT_ID}.dkr.ecr.us-west-2.amazonaws.com/tools:1"),
    ]
    plan = ecr_plan(found, "us-east-1")
    assert plan is not None
    snapshot.assert_match(plan.script, "plan.sh")
    snapshot.assert_match(json.dumps(plan.replication, indent=2) + "\n", "replication.json")


def test_an_image_is_in_it_once_however_often_it_is_seen_and_however_it_is_spelt() -> None:
    spellings = (f"{EU}/team/app:1", "123456789012.dkr-ecr.eu-west-1.on.aws/team/app:1", f" {EU}/team/app:1 ")
    assert calls(plan_of(*spellings)).count("  image ") == 1
    assert plan_of(*spellings).replication == plan_of(spellings[0]).replication


def test_the_order_of_files_does_not_matter() -> None:
    files = [outcome("a.yml", f"{EU}/b:1"), outcome("b.yml", f"{EU}/a:1")]
    assert ecr_plan(files, "us-east-1") == ecr_plan(files[::-1], "us-east-1")


def test_two_spellings_of_one_variable_are_one_account() -> None:
    host = ".dkr.ecr.eu-west-1.amazonaws.com/team/app:1"
    plan = plan_of(f"$AWS_ACCOUNT_ID{host}", f"${{AWS_ACCOUNT_ID}}{host}")
    assert calls(plan).count("  account ") == 1
    assert set(plan.replication) == {"$AWS_ACCOUNT_ID"}


@pytest.mark.parametrize("placeholder", ["$PATH", "${work}", "$HOME_REGION", "<< parameters.path >>", "9x"])
def test_a_placeholder_never_takes_the_name_of_another_variable(placeholder: str) -> None:
    plan = ecr_plan([outcome("c.yml", f"{placeholder}.dkr.ecr.eu-west-1.amazonaws.com/team/app:1")], "us-east-1")
    for name in plan.replication if plan else ():
        assert name.startswith("$ACCOUNT_")


@pytest.mark.parametrize(
    "name",
    [
        "$(touch x)",
        "`touch x`",
        "a'b",
        'a"b',
        "a;b",
        "A/B",
        "a\nJSON\nb",
        "x" * 257,
        "x",
        "a/../b",
        "<< parameters.a >>",
    ],
)
def test_what_is_no_repository_never_gets_near_a_command(name: str) -> None:
    plan = ecr_plan([outcome("c.yml", f"{EU}/{name}:1")], "us-east-1")
    if plan is None:
        return
    assert plan.replication == {}
    lines = [line for line in calls(plan).splitlines() if line.startswith("  ") and line != "  :"]
    assert all(line.startswith("  by_hand ") for line in lines)


def test_a_name_with_line_ends_cannot_leave_its_comment() -> None:
    plan = ecr_plan([outcome("a\ntouch x\n/config.yml", f"{EU}/team/app:1")], "us-east-1")
    assert plan is not None
    assert "\ntouch" not in plan.script


@pytest.mark.skipif(not shutil.which("bash"), reason="not installed: bash")
def test_hostile_texts_are_only_printed(tmp_path: Path) -> None:
    texts = [f"{EU}/a:$(touch${{IFS}}{tmp_path}/x)", f"{EU}/`touch`:1", f"{EU}/a'$(id)'b:1", f"{EU}/a\\'b:1"]
    plan = plan_of(*texts)
    body = plan.script.rpartition('main "$@"')[0] + 'by_hand() { printf "%s\\n" "$1"; }\nreplication() { :; }\n'
    body += "repository() { :; }\naccounts\nplan\n"
    done = subprocess.run(["bash", "-c", body], capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == sorted(texts)
    assert list(tmp_path.iterdir()) == []


def test_more_repositories_than_a_rule_takes_make_several_rules() -> None:
    rules = plan_of(*(f"{EU}/team/app{number}:1" for number in range(101))).replication["123456789012"]["eu-west-1"]
    assert isinstance(rules, dict)
    assert isinstance(rules["rules"], list)
    filters = [rule["repositoryFilters"] for rule in rules["rules"] if isinstance(rule, dict)]
    assert [len(names) for names in filters if isinstance(names, list)] == [100, 1]


def test_names_that_hold_a_secret_are_left_out_and_counted() -> None:
    found = [outcome("c.yml", f"{EU}/team/app:1", f"{EU}/hunter22/app:1")]
    plan = ecr_plan(found, "us-east-1", lambda text: "hunter22" in text)
    assert plan is not None
    assert "hunter22" not in plan.script + json.dumps(plan.replication)
    assert "# 1 left out" in plan.script


def test_another_partition_has_its_own_hosts() -> None:
    plan = ecr_plan([outcome("c.yml", "1" * 12 + ".dkr.ecr.cn-north-1.amazonaws.com.cn/app:1")], "cn-northwest-1")
    assert plan is not None
    assert "\nSUFFIX=amazonaws.com.cn\nPARTITION=aws-cn\n" in plan.script


def test_a_plan_crosses_processes() -> None:
    plan = plan_of(f"{EU}/team/app:1")
    assert pickle.loads(pickle.dumps(plan)) == plan


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="not installed: shellcheck")
def test_the_script_is_what_shellcheck_likes(tmp_path: Path) -> None:
    script = tmp_path / "plan.sh"
    images = (f"{EU}/team/app:1", "$ID.dkr.ecr.eu-west-1.amazonaws.com/team/app:1", f"{EU}/a:<< x >>")
    script.write_text(plan_of(*images).script)
    done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


class TestCommand:
    @pytest.fixture(autouse=True)
    def _repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path(".circleci").mkdir()
        Path(".circleci/config.yml").write_text(CONFIG)

    def run(self, *arguments: str) -> int:
        return run(["--select", "distant-ecr-image", *arguments])

    def test_json_has_the_plan_only_where_there_is_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("--format", "json") == 1
        plan = json.loads(capsys.readouterr().out)["ecr_plan"]
        assert set(plan) == {"script", "replication"}
        assert "  image 123456789012 eu-west-1 team/app :1" in plan["script"]
        wanted = {"filter": "team/app", "filterType": "PREFIX_MATCH"}
        assert plan["replication"]["123456789012"]["eu-west-1"]["rules"][0]["repositoryFilters"] == [wanted]
        Path(".circleci/config.yml").write_text(CONFIG.replace("eu-west-1", "us-east-1"))
        assert self.run("--format", "json") == 0
        assert "ecr_plan" not in json.loads(capsys.readouterr().out)

    def test_the_script_is_written_and_can_be_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("--format", "json", "--ecr-plan", "plan.sh") == 1
        captured = capsys.readouterr()
        assert Path("plan.sh").read_text() == json.loads(captured.out)["ecr_plan"]["script"]
        assert "plan.sh: read it" in captured.err
        mask = os.umask(0)
        os.umask(mask)
        assert stat.S_IMODE(Path("plan.sh").stat().st_mode) == 0o777 & ~mask
        assert sorted(path.name for path in Path().iterdir()) == [".circleci", "plan.sh"]

    def test_a_file_that_is_there_is_replaced_and_keeps_its_mode(self) -> None:
        Path("plan.sh").write_text("old")
        Path("plan.sh").chmod(0o640)
        self.run("--ecr-plan", "plan.sh")
        assert Path("plan.sh").read_text().startswith("#!/usr/bin/env bash\n")
        assert stat.S_IMODE(Path("plan.sh").stat().st_mode) == 0o640

    def test_without_images_an_old_plan_does_not_stay(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("plan.sh").write_text("old")
        Path(".circleci/config.yml").write_text(CONFIG.replace("eu-west-1", "us-east-1"))
        assert self.run("--ecr-plan", "plan.sh") == 0
        assert "there are no images to copy" in capsys.readouterr().err
        assert subprocess.run(["sh", "plan.sh"], check=False).returncode == 0

    def test_a_place_that_cannot_be_written_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("--ecr-plan", "missing/plan.sh") == 3
        assert "migrate: missing/plan.sh: cannot be written" in capsys.readouterr().err

    def test_several_processes_give_the_same_plan(self, capsys: pytest.CaptureFixture[str]) -> None:
        paths = []
        for number in range(6):
            path = Path(f"repo{number}/.circleci/config.yml")
            path.parent.mkdir(parents=True)
            path.write_text(CONFIG.replace("team/app", f"team/app{number % 3}"))
            paths.append(str(path))
        self.run("--format", "json", "--jobs", "1", *paths)
        one = json.loads(capsys.readouterr().out)["ecr_plan"]
        self.run("--format", "json", "--jobs", "2", *paths)
        assert json.loads(capsys.readouterr().out)["ecr_plan"] == one
        assert one["script"].count("\n  image ") == 3

    def test_it_needs_files(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("-", "--ecr-plan", "plan.sh") == 2
        assert "--ecr-plan" in capsys.readouterr().err
