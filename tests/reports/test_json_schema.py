"""The JSON Schema of the report takes every report, and describes every key that one has."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Failed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.formats.json import render
from migrator.reports.json_schema import report_schema
from migrator.reports.report import Report
from migrator.results.compiled import Compiled
from migrator.startup.records import replace
from tests.corpus import example_configs, needs_corpus, real_configs
from tests.places import DOCS


@cache
def validators() -> tuple[Any, Any]:
    """As it is published, and one that takes no key that it does not describe."""
    schema = report_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    closed = json.loads(json.dumps(schema), object_hook=_closed)
    return jsonschema.Draft7Validator(schema), jsonschema.Draft7Validator(closed)


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    own = part.get("type") == "object" and "properties" in part
    return {**part, "additionalProperties": False} if own else part


def errors(report: Any) -> list[str]:
    return [f"{e.json_path}: {e.message}" for each in validators() for e in each.iter_errors(report)]


def test_a_run_with_an_outcome_of_every_kind(report: Report) -> None:
    for each in (report, replace(report, written=True), replace(report, warnings=("x",), policy=Policy())):
        assert errors(json.loads(render(each))) == []


def test_what_only_some_runs_have() -> None:
    outcomes = (Failed("a.yml", "took too long", fault="too-slow"), Unchanged("b.yml", unnamed=2))
    for compiled in (Compiled(compared=1, refused=1), Compiled(reason="there is no token")):
        assert errors(json.loads(render(Report(outcomes, Policy(), compiled=compiled)))) == []


def test_the_example_of_the_page() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```$", (DOCS / "json.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert errors(json.loads(block)) == []


@pytest.mark.parametrize(
    "configs",
    [pytest.param(example_configs(), id="examples"), pytest.param(real_configs()[::4], id="real", marks=needs_corpus)],
)
def test_reports_of_configs(configs: list[Any]) -> None:
    rules = load_rules(tuple(rule_files(())))
    choose = choose_by_safety(review_too=True)
    outcomes = [run(str(config), config.read_bytes(), rules, Policy(), choose) for config in configs]
    assert errors(json.loads(render(Report(tuple(outcomes), Policy())))) == []


def test_what_is_no_report_is_refused(report: Report) -> None:
    good = json.loads(render(report))
    finding = {**good["files"][0]["findings"][0]}
    for wrong in (
        {**good, "version": 2},
        {key: value for key, value in good.items() if key != "summary"},
        {**good, "files": [{**good["files"][0], "status": "written"}]},
        {**good, "files": [{**good["files"][0], "findings": [{**finding, "line": 0}]}]},
        {**good, "files": [{**good["files"][0], "findings": [{**finding, "counts": True}]}]},
        {**good, "files": [{**good["files"][0], "reason": "x"}]},
        {**good, "requirements": [{**good["requirements"][0], "variables": ["$A"]}]},
    ):
        assert not validators()[0].is_valid(wrong)


def test_a_later_version_may_add_keys(report: Report) -> None:
    assert validators()[0].is_valid({**json.loads(render(report)), "more": 1})
