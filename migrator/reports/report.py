"""What a run found and did: the input of every report."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.engine.limits import FILE_TIMEOUT
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped
from migrator.policy import Policy
from migrator.reports.tally import Tally
from migrator.results.masking import Mask, one_line, visible
from migrator.results.needs import Needs
from migrator.startup.records import cached_property, record, replace

if TYPE_CHECKING:
    from migrator.results.compiled import Compiled
    from migrator.results.ecr_plan import EcrPlan
    from migrator.results.inventory.counting import InventoryOfFiles

_FOLDER = Path(__file__).parent / "formats"
FORMATS = {
    file.removesuffix(".py"): f"migrator.reports.formats.{file.removesuffix('.py')}"
    for file in sorted(os.listdir(_FOLDER))  # noqa: PTH208 - at every start
    if file.endswith(".py") and not file.startswith("_")
}
"""Each format and the module whose `render(report)` gives it; imported only when it is asked for.

One with `pieces(report)` gives the same text bit by bit, for reports that are longer than what fits into memory.
"""


@record(slots=False)
class Report:
    """The outcomes of one run, in order, as often as they are asked for. `written` is true if changes were written.

    `directories` contain further rules: some reports show the pages of rules. A report that examines a file once more
    may take `file_timeout` seconds for it, 0 for no limit. `warnings` are about the policy file; `compiled` is what
    CircleCI's compiler said, if it was asked. `rules` are the ids of those that ran, where that is known. `inventory`
    is that of the files as they were, where one was asked for.
    """

    outcomes: Sequence[Outcome]
    policy: Policy
    written: bool = False
    directories: tuple[Path, ...] = ()
    file_timeout: float = FILE_TIMEOUT
    warnings: tuple[str, ...] = ()
    compiled: Compiled | None = None
    rules: tuple[str, ...] = ()
    inventory: InventoryOfFiles | None = None

    @cached_property
    def tally(self) -> Tally:
        """What is said of all files together."""
        return Tally(self.policy, self.outcomes)

    @cached_property
    def mask(self) -> Mask:
        """Hides the secrets of every file of the run: one secret is often in several files."""
        return Mask(self.tally.secrets)

    def shown(self, text: str, most: int = 2000) -> str:
        """A text that anybody may read: secrets hidden, no control characters, not too long."""
        clean = visible(self.mask.text(text))
        return clean if len(clean) <= most else f"{clean[:most]}… ({len(clean) - most} more characters)"

    @property
    def changed(self) -> Iterator[Changed]:
        return (outcome for outcome in self.outcomes if isinstance(outcome, Changed))

    @property
    def failed(self) -> Iterator[Failed]:
        return (outcome for outcome in self.outcomes if isinstance(outcome, Failed))

    @property
    def exit_code(self) -> int:
        """0 for nothing left to do, 1 for findings that remain, 3 for anything that failed."""
        tally = self.tally
        if tally.failed or (self.compiled is not None and self.compiled.stops):
            return 3
        return int(bool(tally.open if self.written else tally.findings))

    def findings(self, outcome: Outcome) -> tuple[Located, ...]:
        """All findings of one file in the order of its lines. Only what was written counts as applied."""
        if isinstance(outcome, Skipped):
            return ()
        done = outcome.applied if isinstance(outcome, Changed) else ()
        found = [*(replace(finding, applied=self.written) for finding in done), *_not_applied(outcome.left)]
        return tuple(sorted(found, key=lambda finding: (finding.line, finding.column, finding.rule, finding.message)))

    @cached_property
    def ecr_plan(self) -> EcrPlan | None:
        """The plan that copies the distant ECR images of the whole run; `None` if there are none."""
        if not self.tally.has_data:
            return None
        from migrator.results.ecr_plan import ecr_plan

        return ecr_plan(self.outcomes, self.policy.ecr_home_region, lambda text: self.mask.text(text) != text)

    @cached_property
    def needs(self) -> Needs:
        """What the changes need outside the files, new and as before."""
        return self.tally.needs


def _not_applied(findings: tuple[Located, ...]) -> Iterator[Located]:
    for finding in findings:
        yield replace(finding, applied=False) if finding.applied else finding


def full_message(finding: Located) -> str:
    """A finding on one line: its message, its warnings, and why its fix was not made."""
    parts = [finding.message, *(f"warning: {warning}" for warning in finding.warnings)]
    return "; ".join([*parts, f"not changed: {finding.why_not}"] if finding.why_not else parts)


def policy_path(policy: Policy) -> str:
    """The file of the policy, from the working directory; empty for the built-in one."""
    return os.path.relpath(policy.source) if policy.source is not None else ""


def policy_line(policy: Policy) -> str:
    """Which policy was used and where it came from, in words."""
    path = one_line(policy_path(policy))
    how = {"flag": "named by --config", "upwards": "the nearest one"}.get(policy.found, "answers of a session")
    return f"{path} ({how})" if path else "built-in; no migrator.toml was found"
