"""JUnit XML: a test suite for each file, a test case for each rule that ran on it.

There is no standard. Elements and attributes are those that Ant wrote first and Jenkins, GitLab and CircleCI read;
`file` is what CircleCI's Tests tab names (https://circleci.com/docs/guides/test/collect-test-data/). A finding that
makes the check fail is a failure, what failed is an error, and what a comment suppresses is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from migrator.engine.choice import ids_of_file
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.files.repository import path_in_repository
from migrator.reports.report import Report, full_message, policy_line
from migrator.results.masking import one_line
from migrator.results.prerequisites import HEADING, heading_of
from migrator.startup.patterns import lazy

_WHOLE = "migrate"
"""The name of a case that is about a file and about no rule."""
# Every other character that XML 1.0 does not have is visible as a symbol already.
_NO_CHARACTER = lazy("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Failure(NamedTuple):
    """`short` is what lists show, `whole` is read once the case is open."""

    short: str
    whole: str


class _Case(NamedTuple):
    """The elements below a test case: `errors` and `failures` make it fail, `skipped` does where there are none."""

    name: str
    errors: Sequence[_Failure] = ()
    failures: Sequence[_Failure] = ()
    skipped: str = ""
    said: Sequence[str] = ()

    @property
    def result(self) -> str:
        return "errors" if self.errors else "failures" if self.failures else "skipped" if self.skipped else ""


class _Suite(NamedTuple):
    """The cases of one file; an empty path stands for the run as a whole."""

    path: str
    cases: Sequence[_Case]

    def count(self, result: str) -> int:
        return sum(case.result == result for case in self.cases)


_RESULTS = ("errors", "failures", "skipped")


def render(report: Report) -> str:
    """The whole report as XML in ASCII: the text of a config is there as character references, and nothing else."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same bit by bit."""
    needs: dict[str, list[str]] = {}
    for needed in report.needs.demanded:
        for path in needed.paths:
            needs.setdefault(path, []).append(heading_of(needed))
    tests, totals = 0, dict.fromkeys(_RESULTS, 0)
    for suite in _suites(report):
        tests += len(suite.cases)
        for name in _RESULTS:
            totals[name] += suite.count(name)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield _tag("testsuites", {"name": _WHOLE, "tests": tests, **totals}) + "\n"
    policy = policy_line(report.policy)
    for suite in _suites(report):
        for line in _lines_of(report, suite, policy, "; ".join(needs.get(suite.path, ()))):
            yield f"{line}\n"
    yield "</testsuites>\n"


def _suites(report: Report) -> Iterator[_Suite]:
    yield from _compiling(report)
    for outcome in report.outcomes:
        yield _suite(report, outcome)


def _compiling(report: Report) -> Iterator[_Suite]:
    """What CircleCI's compiler stopped is about no single file."""
    if report.compiled is not None and report.compiled.stops:
        from migrator.results.compiled import sentence

        said = sentence(report.compiled)
        yield _Suite("", (_Case("compile", errors=(_Failure(said, said),)),))


def _suite(report: Report, outcome: Outcome) -> _Suite:
    path = outcome.path
    if isinstance(outcome, Skipped):
        return _Suite(path, (_Case(_WHOLE, skipped=outcome.reason),))
    found = _by_rule(report.findings(outcome))
    ignored = _by_rule(outcome.ignored if isinstance(outcome, Changed | Unchanged) else ())
    broken = ""
    if isinstance(outcome, Failed):
        # What the other rules would have found in a file that failed is not known.
        broken = outcome.rule or _WHOLE
        names = {*found, broken}
    else:
        names = {*ids_of_file(report.policy, report.rules, path), *found, *ignored}
    cases: list[_Case] = []
    for name in sorted(names):
        errors: tuple[_Failure, ...] = ()
        if isinstance(outcome, Failed) and name == broken:
            errors = (_Failure(outcome.reason, f"{path_in_repository(path)}: {outcome.reason}"),)
        cases += _cases(path, name, errors, found.get(name, ()), ignored.get(name, ()))
    return _Suite(path, cases or (_Case(_WHOLE),))


def _by_rule(findings: Iterable[Located]) -> dict[str, list[Located]]:
    by_rule: dict[str, list[Located]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return by_rule


def _cases(
    path: str, rule: str, errors: Sequence[_Failure], found: Sequence[Located], ignored: Sequence[Located]
) -> Iterator[_Case]:
    """The case of a rule. What is suppressed beside findings that are not is a case of its own."""
    left = [finding for finding in found if finding.counts and not finding.applied]
    said = [f"changed: {_placed(f)}" if f.applied else _placed(f) for f in found if f.applied or not f.counts]
    skipped = f"suppressed: {'; '.join(map(_placed, ignored))}" if ignored else ""
    if not errors and not left:
        yield _Case(rule, skipped=skipped, said=said)
        return
    yield _Case(rule, errors, _failures(path, left), said=said)
    if skipped:
        yield _Case(f"{rule} (suppressed)", skipped=skipped)


def _placed(finding: Located) -> str:
    return f"{finding.line}:{finding.column} {full_message(finding)}"


def _failures(path: str, left: Sequence[Located]) -> list[_Failure]:
    """Many readers show the first failure of a case and no other, so each says how many there are."""
    failures = []
    for number, finding in enumerate(left, 1):
        place = f"{finding.line}:{finding.column}"
        of = f" ({number} of {len(left)} findings)" if len(left) > 1 else ""
        more = [f"warning: {warning}" for warning in finding.warnings]
        more += [f"not changed: {finding.why_not}"] if finding.why_not else []
        whole = f"{path_in_repository(path)}:{place}: {finding.safety.value}: {finding.message}"
        failures.append(_Failure(f"{place} {finding.message}{of}", "\n".join((whole, *more))))
    return failures


def _lines_of(report: Report, suite: _Suite, policy: str, needs: str) -> Iterator[str]:
    path = one_line(report.shown(path_in_repository(suite.path))) if suite.path else ""
    file = {"file": path} if path else {}
    counts = {name: suite.count(name) for name in _RESULTS}
    yield "  " + _tag("testsuite", {"name": path or _WHOLE, **file, "tests": len(suite.cases), **counts})
    yield "    <properties>"
    yield "      " + _tag("property", {"name": "policy", "value": report.shown(policy)}, close=True)
    yield "    </properties>"
    for case in suite.cases:
        inner = [*_results(report, case)]
        names = {"name": one_line(report.shown(case.name)), "classname": path or _WHOLE}
        yield "    " + _tag("testcase", {**names, **file, "time": 0}, close=not inner)
        yield from (f"      {line}" for line in inner)
        if inner:
            yield "    </testcase>"
    if needs:
        yield f"    <system-out>{_text(report.shown(f'{HEADING}: {needs}'))}</system-out>"
    yield "  </testsuite>"


def _results(report: Report, case: _Case) -> Iterator[str]:
    if case.result == "skipped":
        yield _tag("skipped", {"message": report.shown(case.skipped)}, close=True)
    for element, messages in (("error", case.errors), ("failure", case.failures)):
        for short, whole in messages:
            opened = _tag(element, {"message": report.shown(short), "type": case.name})
            yield f"{opened}{_text(report.shown(whole))}</{element}>"
    if case.said:
        yield f"<system-out>{_text(report.shown(chr(10).join(case.said)))}</system-out>"


def _tag(element: str, attributes: Mapping[str, object], *, close: bool = False) -> str:
    given = "".join(f' {key}="{_text(str(value))}"' for key, value in attributes.items())
    return f"<{element}{given}{'/' if close else ''}>"


_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_SPECIAL = lazy('[&<>"\t\n\r]')


def _text(text: str) -> str:
    """For an attribute, where plain line ends would become blanks, and between tags."""
    known = _NO_CHARACTER.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)
    escaped = _SPECIAL.sub(lambda found: _REFERENCES[found[0]], known)
    return escaped.encode("ascii", "xmlcharrefreplace").decode("ascii")
