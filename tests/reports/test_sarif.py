"""The SARIF report is valid, stays within GitHub's limits and shows no secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Outcome, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.formats.sarif import MOST_RESULTS, render, semantic
from migrator.reports.report import Report
from migrator.rule import Safety
from migrator.startup.records import replace
from tests.places import ROOT
from tests.reports.conftest import BEFORE, located
from tests.slow import ID, from_now_on, slow_rule

SCHEMA = ROOT.parent / "shared" / "schemas" / "sarif-2.1.0.json"
ALL = ("unauthenticated-image", "literal-secret", "docker-login-step")


def sarif(report: Report) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(render(report))
    return content


def outcome(text: str, path: str = ".circleci/config.yml") -> Outcome:
    return run(path, text.encode(), load_rules(ALL), Policy(), choose_by_safety(review_too=False))


def results(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sarif(Report((outcome(text),), Policy()))["runs"][0]["results"]
    return found


CONFIG = """\
version: 2.1
jobs:
  build:
    docker:
      - image: acme/app:1
        auth: {username: me, password: s3cr3t-and-long}
      - {name: é, image: acme/two:2}
    steps: [checkout, {run: docker login -u me -p s3cr3t-and-long}]
workflows:
  main:
    jobs: [build]
"""


@pytest.mark.parametrize(
    ("version", "written"), [("1.2.3", "1.2.3"), ("1.2.3.dev0", "1.2.3-dev0"), ("1.2.3rc1", "1.2.3-rc1")]
)
def test_the_version_is_a_semantic_one(version: str, written: str) -> None:
    assert semantic(version) == written


def test_it_is_valid(report: Report) -> None:
    if not SCHEMA.is_file():
        pytest.skip(f"{SCHEMA} is not there: the schema of OASIS is no part of this project")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    for each in (report, replace(report, written=True), Report((outcome(CONFIG),), Policy()), Report((), Policy())):
        assert [error.message for error in validator.iter_errors(sarif(each))] == []


def test_every_finding_is_a_result_with_its_place_and_rule(report: Report) -> None:
    found = sarif(report)["runs"][0]
    assert [(r["ruleId"], r["level"]) for r in found["results"][:3]] == [
        ("no-auth", "warning"),
        ("told", "note"),
        ("old-image", "warning"),
    ]
    assert len(found["results"]) == 8
    place = found["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 5, "startColumn": 9}
    for result in found["results"]:
        assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_paths_count_from_the_top_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/sub").mkdir()
    monkeypatch.chdir(tmp_path / "repo/sub")
    paths = ["my configs/a#1.yml", str(tmp_path / "repo/.circleci/config.yml"), str(tmp_path / "other.yml")]
    outcomes = tuple(Unchanged(path, (located("told", 1, Safety.MANUAL, "told"),)) for path in paths)
    found = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]
        for result in sarif(Report(outcomes, Policy()))["runs"][0]["results"]
    ]
    assert found == [
        {"uri": "sub/my%20configs/a%231.yml", "uriBaseId": "%SRCROOT%"},
        {"uri": ".circleci/config.yml", "uriBaseId": "%SRCROOT%"},
        {"uri": f"file://{tmp_path}/other.yml"},
    ]


def test_what_failed_and_what_was_skipped_is_told(report: Report) -> None:
    (invocation,) = sarif(report)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    *told, demanded = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert told == ["line 1 says that it is generated", "line 2: is not UTF-8", "the rule `told` broke"]
    assert demanded.startswith("Must exist before these changes are merged: context hub creds with USER and PASS; ")


def test_what_was_written_is_no_result_any_more(report: Report) -> None:
    assert len(sarif(replace(report, written=True))["runs"][0]["results"]) == 6


def test_fingerprints_stay_when_lines_are_inserted_above() -> None:
    moved = CONFIG.replace(
        "jobs:\n  build", "# a comment\n\njobs:\n  lint: {docker: [{image: cimg/go:1.22}], steps: []}\n  build"
    )
    before, after = results(CONFIG), results(moved)
    prints = [result["partialFingerprints"] for result in before]
    assert len(prints) >= 4
    assert len({each["primaryLocationLineHash"] for each in prints}) == len(prints)
    later = [result["partialFingerprints"] for result in after]
    assert [each for each in prints if each not in later] == []
    assert len(later) == len(prints) + 1
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in before]
    assert (
        lines != [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in after][: len(lines)]
    )


def test_each_fix_mends_its_finding_alone() -> None:
    fixed = {result["ruleId"]: result for result in results(CONFIG) if "fixes" in result}
    assert fixed.keys() >= {"unauthenticated-image", "literal-secret"}
    (change,) = fixed["unauthenticated-image"]["fixes"][0]["artifactChanges"]
    starts = [0]
    for line in CONFIG.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    edits = []
    for each in change["replacements"]:
        region = each["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        edits.append(TextEdit(start, end, each["insertedContent"]["text"]))
    after = apply_edits(CONFIG, edits)
    left = [(result["ruleId"], result["message"]["text"]) for result in results(after)]
    assert len(left) == len(results(CONFIG)) - 1
    assert "unauthenticated-image" not in [rule for rule, _ in left]


def test_no_secret_is_in_it(report: Report) -> None:
    text = render(Report((outcome(CONFIG),), Policy()))
    assert "s3cr3t" not in text
    assert '"fixes"' in text
    assert "hunter22" not in render(report)
    assert text.isascii()


def test_a_fix_that_would_write_a_secret_is_left_out() -> None:
    outcome_ = outcome(CONFIG)
    assert isinstance(outcome_, Changed)
    report = Report((replace(outcome_, secrets=frozenset({"$DOCKERHUB_USERNAME"})),), Policy())
    text = render(report)
    assert "$DOCKERHUB_USERNAME" not in text
    assert '"fixes"' in text


def test_rules_bring_the_text_of_their_page() -> None:
    rules = sarif(Report((outcome(CONFIG),), Policy()))["runs"][0]["tool"]["driver"]["rules"]
    by_id = {rule["id"]: rule for rule in rules}
    rule = by_id["unauthenticated-image"]
    assert rule["shortDescription"]["text"] == "Image pulled without credentials"
    assert "## Why" in rule["help"]["text"]
    assert rule["help"]["markdown"].startswith("# Image pulled without credentials\n")
    assert "```yaml before" not in rule["help"]["text"]
    assert len(rule["properties"]["tags"]) <= 20


def test_github_gets_no_more_results_than_it_takes_and_is_told_so() -> None:
    safe = tuple(located("a", line, Safety.SAFE, "m") for line in range(1, MOST_RESULTS))
    manual = tuple(located("b", line, Safety.MANUAL, "m") for line in range(1, 11))
    content = sarif(Report((Unchanged("a.yml", manual), Unchanged("b.yml", safe)), Policy()))["runs"][0]
    assert len(content["results"]) == MOST_RESULTS
    assert sum(result["ruleId"] == "a" for result in content["results"]) == MOST_RESULTS - 1
    (note,) = content["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "9 of 25009 findings are left out: GitHub accepts 25,000 per run"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("see [this](https://evil.example)", r"see \[this\](https://evil.example)"),
        ("[a] list", "[a] list"),
        ("`{0}` and {name}", "`{{0}}` and {name}"),
        ("\x1b[31mred\u202e", "␛[31mred<U+202E>"),
    ],
)
def test_a_message_is_text_and_nothing_else(message: str, expected: str) -> None:
    report = Report((Unchanged("a.yml", (located("a", 1, Safety.SAFE, message),)),), Policy())
    assert sarif(report)["runs"][0]["results"][0]["message"]["text"] == expected


def test_nothing_found_is_an_empty_run() -> None:
    run_ = sarif(Report((Unchanged("a.yml"),), Policy()))["runs"][0]
    assert run_["results"] == []
    assert run_["invocations"][0]["executionSuccessful"] is True


def test_columns_count_code_points() -> None:
    assert BEFORE.isascii()
    assert sarif(Report((), Policy()))["runs"][0]["columnKind"] == "unicodeCodePoints"
    (fix,) = [r for r in results(CONFIG.replace("build", "b😀d")) if r["ruleId"] == "unauthenticated-image"]
    assert fix["fixes"]


def test_fixes_that_take_too_long_are_left_out_with_a_notification(tmp_path: Path) -> None:
    rules = slow_rule(tmp_path / "rules")
    text = BEFORE.replace("acme/build", "old/build")
    made = run("a.yml", text.encode(), load_rules((ID,), [rules]), Policy(), choose_by_safety(review_too=False))
    report = Report((made,), Policy(), directories=(rules,), file_timeout=1)
    assert "fixes" in sarif(report)["runs"][0]["results"][0]
    from_now_on(rules)
    (only,) = sarif(report)["runs"]
    assert "fixes" not in only["results"][0]
    (notification,) = only["invocations"][0]["toolExecutionNotifications"]
    assert "took longer than 1 seconds" in notification["message"]["text"]
