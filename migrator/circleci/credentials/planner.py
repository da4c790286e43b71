"""Who gets which contexts: one planner for every rule that attaches them.

A rule drafts its fixes with what each of them needs, has them settled together, and reports them. An edit in a place
that an anchor shares is right only if all who see it need the context. So contexts are planned for the fixes that are
made: those of which the config says so (`Config.is_made`), unless they have no clean edit. Any other fix is planned as
if it were made beside those, so that it lacks no context of its own, and nobody gets one where it is not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from migrator.changes import Change, Reads, place
from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import Attachment, ContextPlan, has_expression
from migrator.circleci.credentials.server import SecondContexts
from migrator.circleci.credentials.sharing import Sharing
from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.workflows import Invocation
from migrator.policy import AMBIENT, Policy
from migrator.startup.records import field, record
from migrator.tree import Node

_ROUNDS: Final = 20
"""How often contexts are planned anew because some fix has no clean edit, so that its invocations need none."""


@record(eq=False, frozen=False)
class Need:
    """The contexts that one fix needs. The rule fills in who needs them, `ContextPlanner.settle` the rest.

    `node` and `subject` are those of the finding; `waits` says that a person has to accept the fix, which is so at the
    latest where an expression is in place of somebody's contexts. `problem` says why one of the invocations cannot
    be given its contexts, and then none is. `skips`: one of them is left out, as it runs on a schedule. `running`:
    something runs that needs them, here or where nobody can see it.
    """

    node: Node
    subject: str = ""
    waits: bool = False
    warnings: list[str] = field(default_factory=list)
    problem: str = ""
    skips: bool = False
    running: bool = False
    wanted: dict[int, tuple[Invocation, tuple[str, ...]]] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    plan: ContextPlan | None = None
    """What it was planned in together with others, all of which are made."""

    @property
    def changes(self) -> list[Change]:
        """What attaches the contexts, changes that several invocations share only once."""
        if len(self.attachments) == 1:
            return list(self.attachments[0].changes)
        changes: list[Change] = []
        made: dict[int, list[Change]] = {}
        for attachment in self.attachments:
            for change in attachment.changes:
                others = made.setdefault(id(place(change)), [])
                if change not in others:
                    others.append(change)
                    changes.append(change)
        return changes

    @property
    def obstacle(self) -> str:
        """Why one of the invocations is not given its contexts, an expression in place of those it has included."""
        return self.problem or next((a.problem for a in self.attachments if a.expression), "")

    @property
    def reads(self) -> Reads | None:
        """What the changes count on, for the finding."""
        nodes = {id(node): node for attachment in self.attachments for node in attachment.reads}
        return Reads(tuple(nodes.values()), self.plan) if nodes else None


class ContextPlanner:
    """Plans the contexts of one rule's fixes in one config. Built for one `check`, as findings are not kept."""

    def __init__(self, rule: str, config: Config, policy: Policy, table: CredentialTable | None = None) -> None:
        self._rule = rule
        self._config = config
        self._policy = policy
        self._is_orb_source = config.is_orb_source
        self._table = table

    @cached_property
    def of_policy(self) -> list[Credentials]:
        """The credentials that the policy names."""
        return (self._table or CredentialTable(self._policy)).all

    # Most configs need no context, and what only they ask for is not asked.

    @cached_property
    def _schedules(self) -> bool:
        return any(workflow.scheduled for workflow in self._config.all_workflows())

    @cached_property
    def _seconds(self) -> SecondContexts:
        return SecondContexts(self._config)

    @cached_property
    def _variables(self) -> dict[str, tuple[str, ...]]:
        """The variables that each context of the policy provides."""
        variables: dict[str, tuple[str, ...]] = {}
        for credentials in self.of_policy:
            if credentials.context is not None:
                known = variables.get(credentials.context, ())
                variables[credentials.context] = tuple(dict.fromkeys((*known, *credentials.variables)))
        return variables

    @property
    def harmless(self) -> frozenset[str]:
        """Contexts of which the policy says that they have no variables that programs read by themselves."""
        return frozenset(c for c, names in self._variables.items() if not any(n.startswith(AMBIENT) for n in names))

    def hold(self, contexts: Iterable[str], variables: Iterable[str]) -> bool:
        """Whether the policy says that these contexts have all of these variables."""
        return set(variables) <= {name for context in contexts for name in self._variables.get(context, ())}

    def give_runner(self, need: Need, runner: Job | Executor, context: str, *, elsewhere: bool = False) -> None:
        """Have whatever runs in the environment of a job or an executor need a context, as far as that can be seen."""
        for invocation in self._config.calls.invocations_on(runner):
            self.give(need, invocation, context, elsewhere=elsewhere)
        self.warn_of_unseen(need, runner, context)

    def give(self, need: Need, invocation: Invocation, context: str, *, elsewhere: bool = False) -> None:
        """Have an invocation need a context. One that the policy leaves out is noted only, and so is one of another
        file: with a warning, `elsewhere`, where no run over that file gives it the context."""
        if not self._config.holds(invocation):
            need.running = True
            if elsewhere:
                told = f"`{invocation.name}` is a job in a workflow of another file: add the context `{context}` there"
                need.warnings.append(told)
            return
        if (self._schedules or invocation.body is not None) and self._is_left(need, invocation):
            return
        need.running = True
        _, names = need.wanted.get(id(invocation), (invocation, ()))
        if context not in names:
            need.wanted[id(invocation)] = (invocation, (*names, context))

    def _is_left(self, need: Need, invocation: Invocation) -> bool:
        """Whether the policy keeps contexts from an invocation, as its workflow runs on a schedule."""
        if invocation.overridden_with:
            need.warnings.append(f"`{invocation.overridden_with}` runs instead of `{invocation.name}`")
        if not self._schedules:
            return False
        workflows = self._config.workflows_of(invocation)
        scheduled = [workflow.name for workflow in workflows if workflow.scheduled]
        skip = self._policy.scheduled == "skip"
        for name in scheduled:
            told = " and gets no context, because of the policy" if skip else ": it fails if the context is restricted"
            need.warnings.append(f"`{name}` runs on a schedule{told}")
        if not scheduled or not skip:
            return False
        need.skips = True
        if len(scheduled) < len(workflows):
            need.problem = f"`{scheduled[0]}` runs on a schedule and shares its jobs with a workflow that does not"
        return True

    def warn_of_unseen(self, need: Need, runner: Job | Executor, context: str) -> None:
        """Note what may run a job, or on an executor, where no context can be attached: code, orbs, expressions."""
        for invoker in self._config.unseen_invocations(runner):
            need.running = True
            need.waits = need.waits or not self._config.part.computed  # a script beside this file invokes it
            need.warnings.append(f"{invoker}: each use of {named(runner)} needs the context `{context}`")
        if self._is_orb_source:
            where = f"{named(runner)} is part of an orb"
            need.warnings.append(f"{where}: projects that use it must add the context `{context}`")
        if not isinstance(runner, Executor):
            return
        for job in self._config.calls.undecided:
            where = f"if that is `{runner.name}`, add the context `{context}`"
            need.warnings.append(f"an expression chooses the executor of {named(job)}: {where}")
            need.running = True
        for invocation, parameter in self._config.calls.handed.get(runner.name, ()):
            told = f"`{invocation.name}` passes `{runner.name}` to `{parameter}`, whose type only the orb knows"
            need.warnings.append(f"{told}: if it runs on that executor, add the context `{context}`")
            need.running = True

    def settle(self, needs: Iterable[Need]) -> None:
        """Find the changes that attach contexts: of each fix to all that it gives one, or a problem and none."""
        needs = [need for need in needs if need.wanted and not need.problem]
        if not needs:
            return
        for need in needs:
            need.waits = need.waits or any(has_expression(self._config, i) for i, _ in need.wanted.values())
        sharing = Sharing(self._config)
        plan, together = self._settled([need for need in needs if self._is_made(need)], sharing)
        for need in needs:
            if not need.problem and need not in together:
                self._attach(need, ContextPlan(self._config, _wanted([need]), sharing, plan))
            if not need.problem:
                need.warnings += self._doubts(need)

    def _is_made(self, need: Need) -> bool:
        return self._config.is_made(self._rule, need.node, need.subject, waits=need.waits)

    def _settled(self, needs: list[Need], sharing: Sharing) -> tuple[ContextPlan, set[Need]]:
        """The plan for fixes that are made, and those of them that have no problem in it."""
        for _ in range(_ROUNDS):
            plan = ContextPlan(self._config, _wanted(needs), sharing)
            for need in needs:
                self._attach(need, plan)
            left = [need for need in needs if not need.problem]
            if len(left) == len(needs):
                for need in needs:
                    need.plan = plan
                return plan, set(needs)
            needs = left
        return ContextPlan(self._config, {}, sharing), set()  # each alone is right as well

    def _attach(self, need: Need, plan: ContextPlan) -> None:
        need.attachments = []
        for invocation, names in need.wanted.values():
            attachment = plan.attach(invocation, names)
            if attachment.problem and not attachment.expression:
                need.problem = f"the context `{names[0]}` cannot be added to `{invocation.name}`: {attachment.problem}"
                need.attachments = []
                return
            need.attachments.append(attachment)

    def _doubts(self, need: Need) -> Iterator[str]:
        """What to look at where invocations are given contexts."""
        for (invocation, names), attachment in zip(need.wanted.values(), need.attachments, strict=True):
            if attachment.expression:
                wanted = "`, `".join(names)
                yield f"the contexts of `{invocation.name}` are an expression: add `{wanted}` to it"
            for name in names if attachment.changes else ():
                if name not in attachment.had:
                    yield from self._doubts_of(invocation, name, attachment.had)

    def _doubts_of(self, invocation: Invocation, context: str, had: tuple[str, ...]) -> Iterator[str]:
        own = self._variables.get(context, ())
        if any(not set(self._variables.get(name, own)).isdisjoint(own) for name in had):
            names = "`, `".join(own)
            yield f"`{context}` is added last, so it overrides variables of the same name: `{names}`"
        if self._policy.target == "server":
            yield from self._seconds.told(invocation, context)

    def provider(self, context: str) -> tuple[str, str]:
        """What provides the variables of a context's jobs: kind and name of a requirement."""
        if self._is_orb_source:
            return "project-env", "the projects that use this orb provide them"
        if self._config.has_workflows:
            return "context", context
        if self._config.lacks_workflows:
            reason = f"the workflows are in another file, where the context {context} can provide them too"
        else:
            reason = "no workflow is here in which a job could have a context"
        return "project-env", reason


def _wanted(needs: Iterable[Need]) -> dict[str, list[Invocation]]:
    wanted: dict[str, list[Invocation]] = {}
    for need in needs:
        for invocation, names in need.wanted.values():
            for name in names:
                wanted.setdefault(name, []).append(invocation)
    return wanted


def named(runner: Job | Executor) -> str:
    """A job or an executor in the words of a message."""
    return f"{runner.kind} `{runner.name}`"
