"""What the rules find in the configs of one document, and the wall around a rule that breaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from migrator.circleci.config import Config
from migrator.policy import Policy
from migrator.rule import Finding, Rule, Safety
from migrator.startup.records import replace

_VARIES = "this template has conditional lines: check every case"


class BrokenError(Exception):
    """A file that is left alone: the message says why, `rule` because of which rule."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def check_all(rules: Sequence[Rule], configs: Sequence[Config], policy: Policy, *, varies: bool) -> list[Finding]:
    """All findings, rule by rule. `varies`: the document is a template, and the configs are one of what it may become.

    Raises `BrokenError` for whatever a rule does wrong.
    """
    findings: list[Finding] = []
    for rule in rules:
        told: set[tuple[int, str]] = set()
        try:
            for config in configs:
                found = list(rule.check(config, policy))
                if not all(isinstance(f, Finding) for f in found):
                    raise BrokenError(rule.id, f"the rule `{rule.id}` yielded something that is not a Finding")
                if varies:
                    found = [_in_doubt(finding) for finding in found]
                # A part that stands alone may share what a config has told of.
                findings += [f for f in found if not config.part.section or (id(f.node), f.subject) not in told]
                if len(configs) > 1:
                    told.update((id(f.node), f.subject) for f in found)
        except BrokenError:
            raise
        except Exception as error:  # a wall: one rule on one file
            raise BrokenError(rule.id, f"the rule `{rule.id}` failed: {where(error)}") from error
    return findings


def _in_doubt(finding: Finding) -> Finding:
    """A finding in a template with conditions: the rule has seen one of the configs that it may become."""
    if not finding.changes or finding.safety is not Safety.SAFE:
        return finding
    return replace(finding, safety=Safety.REVIEW, warnings=(*finding.warnings, _VARIES))


def where(error: Exception) -> str:
    """The exception and where it came from, without its message, which could quote the config."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    frame = frames[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}; please report it"
