"""Give each image of a registry in the policy its credentials, and the jobs that pull it the context they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from migrator.changes import Change, place
from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import Attachment, ContextPlan
from migrator.circleci.credentials.entries import AuthWriter
from migrator.circleci.credentials.placing import (
    Placement,
    has_loose_credentials,
    has_unclear_credentials,
    place_credentials,
)
from migrator.circleci.credentials.server import NO_ROLES, SecondContexts
from migrator.circleci.credentials.table import UNDECIDED, Answer, Credentials, CredentialTable
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import Image
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety
from migrator.startup.records import record
from migrator.tree import Node

_ROUNDS = 5
"""How often contexts are planned anew because some fix has no clean edit and its jobs therefore need none."""


@record(eq=False, frozen=False)
class _Draft:
    """A fix in the making: `needs` are invocations of this file with the contexts that they get by it."""

    placement: Placement
    needs: Sequence[tuple[Invocation, tuple[str, ...]]] = ()
    attachments: Sequence[Attachment] = ()
    warnings: tuple[str, ...] = ()
    running: bool = False
    problem: str = ""
    left: bool = False
    """A comment has it left alone, so that nothing needs a context because of it."""

    @property
    def is_made(self) -> bool:
        return not self.problem and not self.left

    @property
    def waits_for_its_author(self) -> bool:
        return any(attachment.expression for attachment in self.attachments)


@record(eq=False)
class _Lacking:
    """An invocation of this file that lacks the context of an image of another file."""

    invocation: Invocation
    image: Image
    credentials: Credentials
    warnings: tuple[str, ...]
    problem: str


class UnauthenticatedImage(Rule):
    id = "unauthenticated-image"
    title = "Image of a registry in the policy that is pulled without credentials"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        table = CredentialTable(policy)
        wanted: list[tuple[Image, Credentials]] = []
        for image in config.images:
            answer = _answer(config, table, image) if image.auth is None else None
            if answer is None or has_loose_credentials(config, image):
                continue  # loose credentials are for the rule `broken-auth`
            if has_unclear_credentials(config, image):
                yield self._by_hand(image, "has merge keys that disagree on its credentials: write out its `auth`")
            elif answer is UNDECIDED:
                yield self._by_hand(image, _undecided(image))
            else:
                wanted.append((image, answer))
        for unclear in config.unclear_images:
            runner, name = unclear.runner, unclear.name
            message = f"{_named(runner)} has merge keys that disagree on `{name}`: write out the one it means"
            yield self.finding(unclear.node, message, subject=f"{runner.name} {name}")
        for hidden in config.hidden_images:
            message = f"{hidden.what} cannot be read, {hidden.why}: look there for images that need credentials"
            yield self.finding(hidden.node, message, subject=hidden.what)
        planner = _Planner(config, policy, table)
        drafts = [planner.draft(placement) for placement in place_credentials(config, wanted)]
        for draft in drafts:
            draft.left = config.leaves_alone(self.id, _node_of(draft.placement))
        lacking = planner.lacking() if config.siblings and config.invocations else []
        plan = planner.settle(drafts, lacking)
        writer = AuthWriter(config, policy.auth_style)
        for draft in drafts:
            yield self._report(draft, planner, writer)
        for lack in lacking:
            yield from self._report_lacking(lack, plan, planner)

    def _by_hand(self, image: Image, what: str) -> Finding:
        runners = _together(image.runners)
        return self.finding(image.node, f"`{_shown(image)}` of {runners} {what}", subject=image.reference.repository)

    def _report(self, draft: _Draft, planner: _Planner, writer: AuthWriter) -> Finding:
        placement = draft.placement
        image, credentials = placement.image, placement.credentials
        node = _node_of(placement)
        subject = image.reference.repository
        runners = _together(placement.runners)
        message = f"`{_shown(image)}` of {runners} is pulled from {credentials.host} without `{credentials.key}`"
        if draft.problem:
            return self.finding(node, f"{message}, which has to be added by hand: {draft.problem}", subject=subject)
        changes = writer.changes(placement)
        _add_new(changes, draft.attachments)
        return self.finding(
            node,
            message,
            *changes,
            safety=Safety.REVIEW if draft.waits_for_its_author else self.safety,
            requirements=planner.requirements(draft),
            warnings=tuple(dict.fromkeys(draft.warnings)) if draft.warnings else (),
            subject=subject,
        )

    def _report_lacking(self, lack: _Lacking, plan: ContextPlan, planner: _Planner) -> Iterator[Finding]:
        invocation, credentials = lack.invocation, lack.credentials
        context = credentials.context or ""
        attachment = plan.attach(invocation, (context,))
        problem = lack.problem or attachment.problem
        changes = () if problem else attachment.changes
        if not changes and not problem:
            return
        message = f"`{invocation.name}` pulls `{_shown(lack.image)}` with credentials and lacks the context `{context}`"
        if problem:
            message += f", which has to be added by hand: {problem}"
        yield self.finding(
            invocation.item,
            message,
            *changes,
            requirements=planner.requirements_of(credentials),
            warnings=(*lack.warnings, *(planner.doubts(invocation, attachment, credentials) if changes else ())),
            subject=f"{invocation.name} {context}",
        )


class _Planner:
    """Who needs which context because of which image."""

    def __init__(self, config: Config, policy: Policy, table: CredentialTable) -> None:
        self._config = config
        self._policy = policy
        self._table = table
        self._seconds = SecondContexts(config)
        self._variables = {c.context: c.variables for c in table.all}
        self._schedules = any(workflow.scheduled for workflow in config.all_workflows())
        self._is_orb_source = config.is_orb_source
        self._requirements: dict[tuple[Credentials, bool], tuple[Requirement, ...]] = {}

    def draft(self, placement: Placement) -> _Draft:
        draft = _Draft(placement, problem=placement.problem)
        if self._policy.target == "server" and any(c.key == "aws_auth" and not c.variables for _, c in placement.gains):
            draft.warnings += (NO_ROLES,)
        config, calls = self._config, self._config.calls
        needs: dict[int, tuple[Invocation, tuple[str, ...]]] = {}
        for image, credentials in placement.gains:
            context = credentials.context
            for runner in image.runners:
                for invocation in calls.invocations_on(runner):
                    if context is None or not config.holds(invocation):
                        draft.running = True
                        continue
                    if (self._schedules or invocation.body is not None) and self._is_left(draft, invocation):
                        continue
                    draft.running = True
                    before = needs.get(id(invocation))
                    if before is None:
                        needs[id(invocation)] = (invocation, (context,))
                    elif context not in before[1]:
                        needs[id(invocation)] = (invocation, (*before[1], context))
                for invoker in self._config.unseen_invocations(runner) if context is not None else ():
                    draft.running = True
                    told = f"{invoker}: where that invokes {_named(runner)}, give it the context `{context}`"
                    draft.warnings += (told,)
                if context is not None and (self._is_orb_source or runner.kind == "executor"):
                    self._warn_of(draft, runner, context)
        draft.needs = list(needs.values())
        return draft

    def _is_left(self, draft: _Draft, invocation: Invocation) -> bool:
        """Whether the policy keeps contexts from an invocation, as its workflow runs on a schedule."""
        if invocation.overridden_with:
            draft.warnings += (f"`{invocation.overridden_with}` runs in place of `{invocation.name}`",)
        if not self._schedules:
            return False
        workflows = self._config.workflows_of(invocation)
        scheduled = [workflow.name for workflow in workflows if workflow.scheduled]
        for name in scheduled:
            if self._policy.scheduled == "skip":
                draft.warnings += (f"`{name}` runs on a schedule and gets no context, as the policy says",)
            else:
                draft.warnings += (f"`{name}` runs on a schedule: it fails if the context is restricted",)
        if not scheduled or self._policy.scheduled != "skip":
            return False
        if len(scheduled) < len(workflows):
            draft.problem = f"`{scheduled[0]}` runs on a schedule and shares its jobs with a workflow that does not"
        return True

    def _warn_of(self, draft: _Draft, runner: Job | Executor, context: str) -> None:
        if self._is_orb_source:
            draft.warnings += (f"an orb owns {_named(runner)}: who uses it has to give the context `{context}`",)
        if not isinstance(runner, Executor):
            return
        for job in self._config.calls.undecided:
            where = f"where that is `{runner.name}` it needs the context `{context}`"
            draft.warnings += (f"an expression chooses the executor of {_named(job)}: {where}",)
            draft.running = True
        for invocation, parameter in self._config.calls.handed.get(runner.name, ()):
            told = f"`{invocation.name}` gets `{runner.name}` as `{parameter}`, of which only its orb knows the type"
            draft.warnings += (f"{told}: if it runs on that executor, give it the context `{context}`",)
            draft.running = True

    def lacking(self) -> list[_Lacking]:
        """Invocations of this file whose jobs other files of its tree define, with credentials or soon with them."""
        found: dict[tuple[int, str], _Lacking] = {}
        for image in chain.from_iterable(map(_kept_images, self._config.siblings)):
            credentials = _credentials_of(self._config, self._table, image)
            if credentials is None or credentials.context is None:
                continue
            for runner in image.runners:
                for invocation in self._config.calls.invocations_on(runner):
                    if not self._config.holds(invocation):
                        continue
                    draft = _Draft(Placement(image, credentials, image.item, image.after, []))
                    if not self._is_left(draft, invocation) or draft.problem:
                        lack = _Lacking(invocation, image, credentials, draft.warnings, draft.problem)
                        found.setdefault((id(invocation), credentials.context), lack)
        return list(found.values())

    def settle(self, drafts: list[_Draft], lacking: list[_Lacking]) -> ContextPlan:
        """Find the changes that attach contexts; a fix that cannot attach one is not made, so its jobs need none."""
        plan = self._attach_all(drafts, lacking)
        certain = [draft for draft in drafts if not draft.waits_for_its_author]
        # A fix for review may never be made: what the others share with it is not theirs to edit.
        return plan if len(certain) == len(drafts) else self._attach_all(certain, lacking)

    def _attach_all(self, drafts: list[_Draft], lacking: list[_Lacking]) -> ContextPlan:
        for _ in range(_ROUNDS):
            needs: dict[str, list[Invocation]] = {}
            for draft in drafts:
                for invocation, names in draft.needs if draft.is_made else ():
                    for name in names:
                        needs.setdefault(name, []).append(invocation)
            for lack in lacking:
                if not lack.problem and not self._config.leaves_alone(UnauthenticatedImage.id, lack.invocation.item):
                    needs.setdefault(lack.credentials.context or "", []).append(lack.invocation)
            plan = ContextPlan(self._config, needs)
            attempts = [self._attach(draft, plan) for draft in drafts if draft.needs and draft.is_made]
            if all(attempts):
                break
        return plan

    def _attach(self, draft: _Draft, plan: ContextPlan) -> bool:
        draft.attachments = [plan.attach(invocation, names) for invocation, names in draft.needs]
        for (invocation, names), attachment in zip(draft.needs, draft.attachments, strict=True):
            if attachment.expression:
                wanted = "`, `".join(names)
                draft.warnings += (
                    f"an expression stands in place of the contexts of `{invocation.name}`: add `{wanted}` to it",
                )
            elif attachment.problem:
                draft.problem = f"`{invocation.name}` cannot be given the context `{names[0]}`, {attachment.problem}"
                return False
            elif attachment.changes:
                draft.warnings += tuple(self.doubts(invocation, attachment, draft.placement.credentials))
        return True

    def doubts(self, invocation: Invocation, attachment: Attachment, credentials: Credentials) -> Iterator[str]:
        """What to look at where an invocation is given the context of credentials."""
        context = credentials.context or ""
        own = credentials.variables
        if any(not set(self._variables.get(name, own)).isdisjoint(own) for name in attachment.had):
            names = "`, `".join(own)
            yield f"`{context}` comes last among the contexts of a job: its `{names}` win over those of the others"
        if self._policy.target == "server":
            yield from self._seconds.told(invocation, context)

    def requirements(self, draft: _Draft) -> tuple[Requirement, ...]:
        found = self.requirements_of(draft.placement.credentials, running=draft.running)
        for _, credentials in draft.placement.shields:
            found += tuple(r for r in self.requirements_of(credentials, running=draft.running) if r not in found)
        return found

    def requirements_of(self, credentials: Credentials, *, running: bool = True) -> tuple[Requirement, ...]:
        found = self._requirements.get((credentials, running))
        if found is None:
            found = self._requirements[credentials, running] = tuple(self._required(credentials, running=running))
        return found

    def _required(self, credentials: Credentials, *, running: bool) -> Iterator[Requirement]:
        if not credentials.variables:
            return
        if credentials.context is None:
            reason = "the policy takes credentials from project variables"
        elif self._is_orb_source:
            reason = "the projects that use this orb provide them"
        elif self._config.has_workflows:
            if running:
                yield Requirement("context", credentials.context, credentials.variables)
            return
        elif self._config.lacks_workflows:
            reason = f"the workflows are in another file, where the context {credentials.context} would do as well"
        else:
            reason = "there are no workflows in which a job could be given a context"
        yield Requirement("project-env", reason, credentials.variables)


def _undecided(image: Image) -> str:
    """What is said of an image of which nobody can tell whether the policy has credentials for it."""
    variable = image.reference.has_variable
    decides = "as a variable decides" if variable else "as parameters decide"
    if image.reference.registry is not None:
        return f"may be one of those that the policy names, {decides}: write it out, or add `auth` if it is private"
    written = "write the image out, or add the credentials that it needs"
    remedy = written if variable else "write the registry before the parameter, or add `auth` where it is known"
    return f"may come from a registry that needs credentials, {decides}: {remedy}"


def _answer(config: Config, table: CredentialTable, image: Image) -> Answer:
    answer = table.of(image.reference)
    if answer is not UNDECIDED:
        return answer
    references = config.calls.references(image)
    return UNDECIDED if references is None else table.of_any(references)


def _credentials_of(config: Config, table: CredentialTable, image: Image) -> Credentials | None:
    """What an image of another file has of the policy's credentials, or will be given."""
    if image.auth is not None:
        value = image.auth.value
        return next((known for known in table.all if known.are(config.lookup, value)), None)
    answer = None if has_loose_credentials(config, image) else _answer(config, table, image)
    return answer if isinstance(answer, Credentials) else None


def _kept_images(config: Config) -> Iterator[Image]:
    """The images of another file that have `auth`, or that no comment keeps from getting it."""
    rule = UnauthenticatedImage.id
    for image in config.images:
        if image.auth is not None or not any(config.leaves_alone(rule, node) for node in (image.node, image.item)):
            yield image


def _add_new(changes: list[Change], attachments: Sequence[Attachment]) -> None:
    """Add the changes that attach contexts, those that several invocations share only once."""
    if len(attachments) == 1:
        changes += attachments[0].changes
        return
    made: dict[int, list[Change]] = {}
    for attachment in attachments:
        for change in attachment.changes:
            others = made.setdefault(id(place(change)), [])
            if change not in others:
                others.append(change)
                changes.append(change)


def _node_of(placement: Placement) -> Node:
    """Where a finding on the image stands."""
    image = placement.image
    return image.entry.value if image.owner is placement.target else image.item


def _shown(image: Image) -> str:
    return image.text.value.strip()


def _named(runner: Job | Executor) -> str:
    return f"{runner.kind} `{runner.name}`"


def _together(runners: list[Job | Executor]) -> str:
    """The first of them by name, and how many others there are."""
    first = runners[0]
    if len(runners) == 1:
        return f"{first.kind} `{first.name}`"
    return f"{_named(first)} and {len(runners) - 1} other{'s' if len(runners) > 2 else ''}"
