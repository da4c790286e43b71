"""The report for scripts: one JSON object, whose shape `docs/json.md` promises."""

from __future__ import annotations

import json
from collections.abc import Iterator

from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.reports.report import Report, full_message, policy_path
from migrator.results.diffs import masked_diff
from migrator.results.needs import Needed

VERSION = 1


def render(report: Report) -> str:
    """The whole report as indented JSON in ASCII, without control characters."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same bit by bit."""
    head, tail = _around(report)
    before = json.dumps(head, indent=2).removesuffix("\n}")
    yield f'{before},\n  "files": ['
    between = "\n"
    for outcome in report.outcomes:
        # No text in JSON has a line feed of its own: each is one of the layout.
        yield between + "    " + json.dumps(_file(report, outcome), indent=2).replace("\n", "\n    ")
        between = ",\n"
    yield "]" if between == "\n" else "\n  ]"
    yield json.dumps(tail, indent=2).replace("{", ",", 1) + "\n"


def _around(report: Report) -> tuple[dict[str, object], dict[str, object]]:
    """What comes before the files, and after them."""
    tally = report.tally
    return {"version": VERSION, "policy": _policy(report)}, {
        "requirements": [_need(needed) for needed in report.needs.demanded],
        "existing": [_need(needed) for needed in report.needs.existing],
        **_ecr_plan(report),
        **_compiled(report),
        **_inventory(report),
        "summary": {
            "files": tally.files,
            "changed": tally.changed,
            "failed": tally.failed,
            "findings": tally.findings,
        },
    }


def _policy(report: Report) -> dict[str, object]:
    told = {"warnings": list(report.warnings)} if report.warnings else {}
    return {"path": policy_path(report.policy) or None, "found": report.policy.found, **told}


def _need(needed: Needed) -> dict[str, object]:
    need = needed.need
    return {
        "kind": need.kind,
        "name": need.name,
        "owner": need.owner,
        "reason": need.reason if need.kind == "context" else need.name,
        "variables": list(need.variables),
        "contexts": list(need.today),
        "paths": list(needed.paths),
    }


def _ecr_plan(report: Report) -> dict[str, object]:
    plan = report.ecr_plan
    return {"ecr_plan": {"script": plan.script, "replication": plan.replication}} if plan else {}


def _compiled(report: Report) -> dict[str, object]:
    found = report.compiled
    if found is None:
        return {}
    counts = {name: getattr(found, name) for name in ("compared", "broken", "partial", "refused")}
    return {"compiled": {**counts, "reason": report.mask.text(found.reason) or None}}


def _inventory(report: Report) -> dict[str, object]:
    if report.inventory is None:
        return {}
    from migrator.results.inventory.plain import plain

    return {"inventory": plain(report.inventory.named(), report.mask.text)}


def _file(report: Report, outcome: Outcome) -> dict[str, object]:
    return {
        "path": outcome.path,
        "status": type(outcome).__name__.lower(),
        "reason": report.mask.text(outcome.reason) if isinstance(outcome, Skipped | Failed) else "",
        "findings": [_finding(report, finding) for finding in report.findings(outcome)],
        "diff": masked_diff(outcome, report.mask) if isinstance(outcome, Changed) else "",
        **({"hidden": outcome.unnamed} if isinstance(outcome, Changed | Unchanged) and outcome.unnamed else {}),
        **({"fault": outcome.fault} if isinstance(outcome, Failed) and outcome.fault else {}),
    }


def _finding(report: Report, finding: Located) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "line": finding.line,
        "column": finding.column,
        "message": report.mask.text(full_message(finding)),
        "safety": finding.safety.value,
        "applied": finding.applied,
        **({} if finding.counts else {"counts": False}),
    }
