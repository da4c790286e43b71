"""The report for scripts keeps its contract."""

from __future__ import annotations

import json

from pytest_snapshot.plugin import Snapshot

from migrator.engine.outcomes import Changed
from migrator.policy import Policy
from migrator.reports.formats.json import render
from migrator.reports.report import Report
from migrator.startup.records import replace


def test_a_dry_run(report: Report, snapshot: Snapshot) -> None:
    snapshot.assert_match(render(report), "dry_run.json")


def test_the_keys_are_those_of_the_contract(report: Report) -> None:
    content = json.loads(render(report))
    assert list(content) == ["version", "policy", "files", "requirements", "existing", "summary"]
    assert content["version"] == 1
    for file in content["files"]:
        assert list(file) == ["path", "status", "reason", "findings", "diff"]
        for finding in file["findings"]:
            assert list(finding) == ["rule", "line", "column", "message", "safety", "applied"]
    keys = ["kind", "name", "owner", "reason", "variables", "contexts", "paths"]
    assert [list(need) for need in content["requirements"]] == [keys] * 2
    assert content["summary"] == {"files": 7, "changed": 2, "failed": 2, "findings": 8}


def test_each_requirement_is_there_once_with_all_its_files(report: Report) -> None:
    context, project = json.loads(render(report))["requirements"]
    both = [".circleci/config.yml", "other/.circleci/config.yml"]
    assert context == {
        "kind": "context",
        "name": "hub creds",
        "owner": "",
        "reason": "",
        "variables": ["USER", "PASS"],
        "contexts": [],
        "paths": both,
    }
    assert project["paths"] == both[1:]


def test_a_finding_counts_as_applied_once_it_is_written(report: Report) -> None:
    def applied(report: Report) -> list[bool]:
        return [finding["applied"] for finding in json.loads(render(report))["files"][0]["findings"]]

    assert applied(report) == [False, False, False]
    assert applied(replace(report, written=True)) == [True, False, False]


def test_what_was_not_changed_says_why(report: Report) -> None:
    (finding,) = json.loads(render(report))["files"][3]["findings"]
    assert finding["message"] == "`x` has no auth; not changed: the list is aliased"


def test_no_secret_and_no_control_character_is_in_it(report: Report) -> None:
    text = render(report)
    assert "hunter22" not in text
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["files"][5]["path"] == "bad\x1b[2J.yml"


def test_exit_codes(report: Report) -> None:
    everything, clean = report.outcomes, report.outcomes[2:3]
    first = everything[0]
    assert isinstance(first, Changed)
    assert Report(clean, Policy()).exit_code == 0
    assert Report(everything[:1], Policy()).exit_code == 1
    assert Report(everything[:1], Policy(), written=True).exit_code == 1
    assert Report((replace(first, left=()),), Policy(), written=True).exit_code == 0
    assert Report(everything[4:5], Policy()).exit_code == 0
    assert Report(everything, Policy()).exit_code == 3
