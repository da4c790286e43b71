"""The JUnit report is valid for any text, and a reader of JUnit XML finds every finding in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree
from pytest_snapshot.plugin import Snapshot

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Failed, Located, Outcome, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from migrator.reports.formats.junit import render
from migrator.reports.report import Report
from migrator.results.compiled import Compiled
from migrator.rule import Safety
from migrator.startup.records import replace
from tests.places import ROOT
from tests.reports import hostile
from tests.reports.conftest import located

RULES = ("broken-auth", "literal-secret", "unauthenticated-image")


@cache
def schema() -> Any:
    return etree.XMLSchema(etree.parse(ROOT / "tests" / "reports" / "junit.xsd"))


def read(report: Report) -> Any:
    """The report as `junitparser` reads it, after the schema has accepted it."""
    text = render(report)
    assert text.isascii()
    schema().assertValid(etree.fromstring(text.encode()))
    return JUnitXml.fromstring(text.encode())


def cases(report: Report) -> Iterator[tuple[str, Any]]:
    for suite in read(report):
        for case in suite:
            yield suite.name, case


def results(report: Report, kind: type[Error | Failure | Skipped]) -> list[tuple[str, str, str]]:
    """File, rule and message of each result of a kind."""
    return [(f, case.name, str(r.message)) for f, case in cases(report) for r in case.result if isinstance(r, kind)]


def examined(text: str, *, review_too: bool = False, policy: Policy | None = None) -> Outcome:
    choose = choose_by_safety(review_too=review_too)
    return run("c.yml", text.encode(), load_rules(RULES), policy or Policy(), choose, known=RULES)


def test_a_dry_run(report: Report, snapshot: Snapshot) -> None:
    snapshot.assert_match(render(replace(report, rules=("no-auth", "old-image"))), "dry_run.xml")


def test_the_schema_refuses_what_is_no_junit() -> None:
    text = render(Report((Unchanged("a.yml"),), Policy()))
    for old, new in (
        ("testcase", "case"),
        ('tests="1"', 'tests="x"'),
        ("name=", "n="),
        ("<properties>", "x<properties>"),
    ):
        assert not schema().validate(etree.fromstring(text.replace(old, new).encode()))


def test_each_finding_that_fails_the_check_is_a_failure_and_nothing_else_is(report: Report) -> None:
    left = [(o, f) for o in report.outcomes for f in report.findings(o) if f.counts and not f.applied]
    failures = results(report, Failure)
    assert len(failures) == len(left) > 3
    for outcome, finding in left:
        ours = [message for _, rule, message in failures if rule == finding.rule]
        assert any(f"{finding.line}:{finding.column} " in message for message in ours), outcome.path


def test_what_was_written_fails_nothing(report: Report) -> None:
    written = replace(report, written=True)
    assert len(results(written, Failure)) == len(results(report, Failure)) - 2
    (said, _) = (case.system_out for _, case in cases(written) if case.system_out)
    assert said.startswith("changed: 5:9 `acme/build:1` has no auth")


def test_what_failed_is_an_error_of_its_rule_or_of_the_file(report: Report) -> None:
    assert results(report, Error) == [
        ("bad\u241b[2J.yml", "migrate", "line 2: is not UTF-8"),
        ("broke.yml", "told", "the rule `told` broke"),
    ]


def test_a_file_skipped_on_purpose_is_skipped(report: Report) -> None:
    assert results(report, Skipped) == [("made.yml", "migrate", "line 1 says that it is generated")]


def test_circleci_could_not_be_asked_is_an_error() -> None:
    report = Report((Unchanged("a.yml"),), Policy(), compiled=Compiled(reason="there is no token"))
    ((suite, case, message),) = results(report, Error)
    assert (suite, case) == ("migrate", "compile")
    assert "there is no token" in message


IMAGES = (
    "version: 2.1\njobs:\n  build:\n    docker:\n      - image: acme/a:1{}\n      - image: acme/b:2{}\n    steps: []\n"
)
IGNORE = " # migrator: ignore[unauthenticated-image] a public mirror"


def test_what_is_suppressed_is_skipped() -> None:
    report = Report((examined(IMAGES.format(IGNORE, IGNORE)),), Policy(), rules=RULES)
    ((_, rule, message),) = results(report, Skipped)
    assert rule == "unauthenticated-image"
    assert message.startswith("suppressed: 5:16 `acme/a:1` in job `build`")
    assert "; 6:16 `acme/b:2` in job `build`" in message
    assert results(report, Failure) == []


def test_what_is_suppressed_beside_a_finding_that_is_not_hides_neither() -> None:
    report = Report((examined(IMAGES.format(IGNORE, "")),), Policy(), rules=RULES)
    assert [rule for _, rule, _ in results(report, Failure)] == ["unauthenticated-image"]
    assert [rule for _, rule, _ in results(report, Skipped)] == ["unauthenticated-image (suppressed)"]


def test_what_is_suppressed_stays_so_once_the_rest_is_written() -> None:
    report = Report((examined(IMAGES.format(IGNORE, "")),), Policy(), written=True, rules=RULES)
    assert results(report, Failure) == []
    assert [rule for _, rule, _ in results(report, Skipped)] == ["unauthenticated-image"]


def test_a_finding_for_information_is_said_and_fails_nothing() -> None:
    told = replace(located("foreign", 3, Safety.MANUAL, "an orb decides"), counts=False)
    ((_, case),) = cases(Report((Unchanged("a.yml", (told,)),), Policy()))
    assert (case.result, case.system_out) == ([], "3:9 an orb decides")


def test_each_rule_that_ran_is_a_case_of_each_file() -> None:
    report = Report((examined("version: 2.1\njobs: {}\n"),), Policy(), rules=RULES)
    assert [(suite, case.name, case.is_passed) for suite, case in cases(report)] == [
        ("c.yml", rule, True) for rule in RULES
    ]


def test_a_rule_that_the_policy_leaves_out_for_a_file_is_no_case_of_it() -> None:
    policy = parse_policy('[[overrides]]\npaths = ["c.yml"]\nrules.ignore = ["broken-auth"]\n', Path("migrator.toml"))
    report = Report((Unchanged("c.yml"), Unchanged("d.yml")), policy, rules=RULES)
    assert [(suite, case.name) for suite, case in cases(report)] == [
        *(("c.yml", rule) for rule in RULES[1:]),
        *(("d.yml", rule) for rule in RULES),
    ]


def test_every_case_names_its_file_as_the_host_knows_it(report: Report) -> None:
    for suite, case in cases(report):
        file = case._elem.get("file")
        assert (file, case.classname) == (suite, suite)
        assert not Path(file).is_absolute()


def test_the_counts_are_those_of_the_cases(report: Report) -> None:
    whole = read(report)
    counted = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for _, case in cases(report):
        kinds = {type(result) for result in case.result}
        counted["tests"] += 1
        counted["errors"] += Error in kinds
        counted["failures"] += Failure in kinds and Error not in kinds
        counted["skipped"] += Skipped in kinds
    assert {name: int(whole._elem.get(name)) for name in counted} == counted


def test_the_first_of_several_failures_says_how_many_there_are() -> None:
    report = Report((examined(IMAGES.format("", "")),), Policy())
    assert [re.search(r"\(.*\)$", message)[0] for _, _, message in results(report, Failure)] == [  # type: ignore[index]
        "(1 of 2 findings)",
        "(2 of 2 findings)",
    ]


def test_no_secret_is_in_it(report: Report) -> None:
    assert "hunter22" not in render(report)
    assert "the value **** must be rotated" in render(report)


def test_no_secret_of_a_suppressed_finding_is_in_it() -> None:
    job = "version: 2.1\njobs:\n  b:\n    docker:\n      - image: acme/a:1\n        auth: {username: bot, password: "
    text = job + "Xk7Qm2ZpLw9Vt4} # migrator: ignore[literal-secret] rotated\n    steps: []\n"
    report = Report((examined(text),), Policy(), rules=RULES)
    assert [rule for _, rule, _ in results(report, Skipped)] == ["literal-secret"]
    assert "Xk7Qm2ZpLw9Vt4" not in render(report)


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), min_size=1),
    st.sampled_from(
        [hostile.TAGS, hostile.BIDI, "]]>", "&#0;", "<![CDATA[", "\x00\x1b\ufffe\uffff\ud800", "a\r\n\tb", " "]
    ),
)


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_is_valid_and_read_back(path: str, message: str, reason: str) -> None:
    path = path.replace("\0", "") or "a"
    finding: Located = located("some-rule", 1, Safety.SAFE, message, warnings=(reason,), why_not=reason)
    report = Report((Unchanged(path, (finding,)), Failed(path, reason)), Policy(), rules=("some-rule",))
    ((_, _, shown),) = results(report, Failure)
    assert shown == f"1:9 {report.shown(message)}".replace("\ufffe", "<U+FFFE>").replace("\uffff", "<U+FFFF>")


def test_a_line_of_a_megabyte_is_cut() -> None:
    report = Report((Unchanged("a.yml", (located("a", 1, Safety.SAFE, "x" * 1_000_000),)),), Policy())
    assert len(render(report)) < 10_000
