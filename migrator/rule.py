"""What a rule is, what it finds, and what its finding needs outside the repository."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from migrator.circleci.shell.quoting import is_variable_name
from migrator.policy import Policy
from migrator.startup.records import field, record

if TYPE_CHECKING:
    from migrator.changes import Change, Reads
    from migrator.circleci.config import Config
    from migrator.tree import Node


class Safety(Enum):
    """Who may apply a fix: `--write`, only a person (or `--review-too`), or nobody but the owner by hand."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


@record
class Requirement:
    """What a changed config needs outside of the repository: a context, or variables of the project.

    `kind` is `"context"` or `"project-env"`; `name` is the context's name, or the reason why project variables are
    needed. `variables` are plain names without `$`; `ValueError` for what no variable can be called.
    `owner` is the slug of the organisation whose context it is (`gh/acme`), or of the project (`gh/acme/web`), empty
    where it is not known. A rule leaves it empty: who reports it fills it in.

    `new` says that the change needs it, so that it must exist before a merge; what was needed before the change in the
    same way is not new, and no demand. `today` names the contexts that provide the variables today, or may: those of
    the jobs, beside the project. A context that is in its own `today` is named by configs already. `reason` is why a
    context is needed.
    """

    kind: str
    name: str
    variables: tuple[str, ...]
    owner: str = ""
    new: bool = True
    today: tuple[str, ...] = ()
    reason: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        # The names go into commands that a person copies. The message does not repeat them: they may be anything.
        if not all(map(is_variable_name, self.variables)):
            raise ValueError("a requirement names what cannot be a variable")


@record(eq=False)
class Finding:
    """One thing that should change, with the changes that fix it completely.

    `subject` tells findings of one rule on one node apart and is part of the finding's fingerprint: it must
    survive line moves and never hold a secret. `secrets` are literal credentials that the finding met: nobody
    prints them.
    """

    rule: str
    node: Node
    message: str
    safety: Safety
    changes: tuple[Change, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[str, ...] = ()
    subject: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    data: tuple[tuple[str, str], ...] = ()
    """Facts for plans that span findings (such as the images that an ECR plan copies), as plain pairs."""

    reads: Reads | None = None
    """What the changes rely on besides what they change."""

    counts: bool = True
    """False for what is only good to know: it is shown, and is no work that remains for an exit code or a summary."""


def by_hand(message: str, reason: str, needs: str = "it must be fixed") -> str:
    """The message of a finding that only a person can fix, and why: "MESSAGE; it must be fixed by hand: REASON"."""
    return f"{message}; {needs} by hand: {reason}"


class Rule:
    """The base of every rule. A rule has no state; one instance serves many files and processes.

    The class names `id`, `title` (one line for `migrate rules`) and `safety` (what its fixes are unless a
    finding says otherwise), and implements `check`.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    safety: ClassVar[Safety]

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        """Find what should change. Must find nothing more once its own changes are made."""
        raise NotImplementedError

    def finding(
        self,
        node: Node,
        message: str,
        *changes: Change,
        safety: Safety | None = None,
        requirements: tuple[Requirement, ...] = (),
        warnings: tuple[str, ...] = (),
        subject: str = "",
        secrets: tuple[str, ...] = (),
        data: tuple[tuple[str, str], ...] = (),
        reads: Reads | None = None,
        counts: bool = True,
    ) -> Finding:
        """A finding of this rule at `node`; without changes it is manual, whatever its safety."""
        if not changes:
            safety = Safety.MANUAL
        return Finding(
            self.id,
            node,
            message,
            safety or self.safety,
            changes,
            requirements,
            warnings,
            subject,
            secrets,
            data,
            reads if changes else None,
            counts,
        )
