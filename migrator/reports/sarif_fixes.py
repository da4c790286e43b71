"""The fix of each single finding, as replacements in the file as it was read."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from migrator.documents import Document, open_document
from migrator.documents.edits import TextEdit
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed, Decision
from migrator.engine.passes import migrate
from migrator.engine.views import read_siblings
from migrator.errors import EditError, MigratorError
from migrator.files.generated import siblings_of
from migrator.reports.report import Report


def replacements(changed: Changed, rules: Collection[str], report: Report) -> dict[str, list[dict[str, Any]]]:
    """Replacements by fingerprint. A fix that would put a secret into the report is left out.

    An outcome has all edits together, so the file is read again and each finding is asked for its own.
    """
    try:
        known = rule_files(report.directories)
        loaded = load_rules(tuple(sorted(rule for rule in rules if rule in known)), report.directories)
        document = open_document(changed.path, changed.before.encode("utf-8", "surrogatepass"))
    except MigratorError:
        return {}
    others = read_siblings(siblings_of(changed.path, report.policy)) if Path(changed.path).exists() else []
    found: dict[str, list[dict[str, Any]]] = {}
    steps = migrate(document, changed.path, loaded, report.policy, siblings=others)
    try:
        proposal = next(steps)
        while True:
            if proposal.located.fix and proposal.document is document:
                try:
                    edits = proposal.edits()
                except EditError:
                    edits = []
                if edits and not any(report.mask.ranges(edit.text) for edit in edits):
                    found[proposal.located.fingerprint] = [_replacement(document, edit) for edit in edits]
            proposal = steps.send(Decision.SKIP)
    except StopIteration:
        return found


def _replacement(document: Document, edit: TextEdit) -> dict[str, Any]:
    line, column = document.position(edit.start)
    end_line, end_column = document.position(edit.end)
    return {
        "deletedRegion": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
        "insertedContent": {"text": edit.text},
    }
