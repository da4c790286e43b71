"""Put credentials of images where CircleCI reads them.

That is `auth` of an image, and `context` of a job in a workflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from migrator.changes import Reads
from migrator.circleci.config import Config
from migrator.circleci.credentials.broken import Fault, image_faults, of_environments, stray_items
from migrator.circleci.credentials.misplaced import MisplacedContext, misplaced_contexts
from migrator.circleci.credentials.planner import ContextPlanner, Need
from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.orb_logins.checks import BrokenCheck, broken_checks
from migrator.circleci.secrets.meant import meant_variable
from migrator.circleci.shell.quoting import is_variable_name
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety, by_hand
from migrator.startup.records import record

_EFFECT = "`auth` that was ignored takes effect"
_MENTIONED = ("auth", "username", "Auth", "AUTH", "aws_access_key_id", "context", "Context", "circleci/docker")


@record(eq=False, frozen=False)
class _Draft:
    """A fault of an image before it is reported. `need` is the context of credentials that the policy knows."""

    fault: Fault
    known: Credentials | None = None
    need: Need | None = None


class BrokenAuth(Rule):
    id = "broken-auth"
    title = "Image credentials that CircleCI ignores"
    safety = Safety.REVIEW  # nobody knows whether the credentials work: they were never used

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if not config.may_mention(*_MENTIONED):
            return
        table = CredentialTable(policy)
        planner = ContextPlanner(self.id, config, policy, table)
        drafts = [_Draft(f) for f in chain(image_faults(config), stray_items(config), of_environments(config))]
        for draft in drafts:
            _plan(draft, table, planner)
        misplaced = [(found, _need(found, planner)) for found in misplaced_contexts(config)]
        planner.settle([d.need for d in drafts if d.need] + [need for _, need in misplaced])
        for draft in drafts:
            yield self._of_image(config, draft)
        for found, need in misplaced:
            yield self._of_context(found, need)
        for check in broken_checks(config):
            yield self._of_check(check)

    def _of_image(self, config: Config, draft: _Draft) -> Finding:
        fault, need = draft.fault, draft.need
        message = fault.message
        changes = () if need and need.problem else fault.changes
        if not fault.changes:
            message += f": {fault.remedy}"
        elif not changes and need:
            message = by_hand(message, need.problem)
        variables = tuple(text[1:] for _, text in fault.found if text.startswith("$") and is_variable_name(text[1:]))
        requirements: tuple[Requirement, ...] = ()
        warnings: tuple[str, ...] = ()
        if changes and need and draft.known and config.has_workflows:
            changes += tuple(need.changes)
            warnings = tuple(dict.fromkeys(need.warnings))
            if need.running:
                requirements = (Requirement("context", draft.known.context or "", draft.known.variables),)
        elif changes and variables:
            requirements = (Requirement("project-env", _EFFECT, variables),)
            named = "`, `".join(variables)
            warnings = (f"the image will be pulled with `{named}`, which must be set in its jobs",)
        return self.finding(
            fault.node,
            message,
            *(changes or ()),
            requirements=requirements,
            warnings=warnings,
            subject=fault.subject,
            reads=need.reads if need else None,
            secrets=tuple(text for key, text in fault.found if _is_secret(key, text)),
        )

    def _of_context(self, found: MisplacedContext, need: Need) -> Finding:
        problem = found.problem or need.obstacle
        if problem:
            return self.finding(found.node, by_hand(found.message, problem), subject=found.subject)
        return self.finding(
            found.node,
            found.message,
            *found.changes,
            *need.changes,
            requirements=tuple(Requirement("context", name, ()) for name in found.names),
            warnings=tuple(dict.fromkeys(need.warnings)),
            subject=found.subject,
            reads=_reads(found, need),
        )

    def _of_check(self, check: BrokenCheck) -> Finding:
        needs: tuple[Requirement, ...] = ()
        if check.variable:
            needs = (Requirement("project-env", "the docker orb logs in with them", (check.variable,)),)
        return self.finding(
            check.node,
            check.message,
            *check.changes,
            requirements=needs,
            subject=check.subject,
            secrets=(check.secret,) if check.secret else (),
        )


def _plan(draft: _Draft, table: CredentialTable, planner: ContextPlanner) -> None:
    """Find whose credentials these are, and what the jobs of their images need."""
    fault = draft.fault
    known = next((c for c in table.all if fault.found and dict(fault.found) == dict(c.pairs)), None)
    draft.known = known
    # With the credentials of another registry a job fails that can pull a public image without any.
    hosts = (i.reference.registry for i in fault.images if known is not None and not i.reference.is_ecr)
    other = next((host for host in hosts if known is not None and host not in (None, known.host)), None)
    if known is not None and other is not None:
        fault.changes = None
        fault.remedy = f"they are the credentials for {known.host}, but `{other}` needs others or none"
    if fault.changes and known and known.context:
        draft.need = Need(fault.node, fault.subject, waits=True)
        for runner in {id(runner): runner for image in fault.images for runner in image.environments}.values():
            planner.give_runner(draft.need, runner, known.context, elsewhere=True)


def _need(found: MisplacedContext, planner: ContextPlanner) -> Need:
    need = Need(found.node, found.subject, waits=True)
    for invocation in found.invocations if not found.problem else ():
        for name in found.names:
            planner.give(need, invocation, name)
    return need


def _reads(found: MisplacedContext, need: Need) -> Reads | None:
    """What the changes count on: that nobody else gives contexts to the body whose key is renamed."""
    if found.body is None:
        return need.reads
    others = need.reads.nodes if need.reads is not None else ()
    return Reads((*others, found.body), need.plan if need.reads is not None else None)


def _is_secret(key: str, text: str) -> bool:
    if key not in ("password", "aws_secret_access_key", "aws_access_key_id"):
        return False
    return not text.startswith(("$", "<<")) and meant_variable(key, text) is None
