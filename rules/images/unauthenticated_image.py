"""Pull images with the credentials of their registry.

Each image of a registry in the policy gets them, and the jobs that pull it the context they come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from migrator.circleci.config import Config
from migrator.circleci.credentials.entries import AuthWriter
from migrator.circleci.credentials.identity import AwsUsers
from migrator.circleci.credentials.own import OwnCredentials
from migrator.circleci.credentials.placing import (
    Placement,
    has_misplaced_credentials,
    has_unclear_credentials,
    place_credentials,
)
from migrator.circleci.credentials.planner import ContextPlanner, Need, named
from migrator.circleci.credentials.server import NO_ROLES, NO_ROLES_ON_RUNNERS
from migrator.circleci.credentials.table import UNDECIDED, Answer, Credentials, CredentialTable
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import Image
from migrator.circleci.machines import OWN, UNKNOWN, machines_of_image
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety, by_hand
from migrator.startup.records import record
from migrator.tree import Node

_ADDED = "it must be added"


@record(eq=False)
class _Lacking:
    """An invocation of this file that lacks the context of an image of another file."""

    invocation: Invocation
    image: Image
    credentials: Credentials
    need: Need


class UnauthenticatedImage(Rule):
    id = "unauthenticated-image"
    title = "Image from a registry in the policy that is pulled without credentials"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        table = CredentialTable(policy)
        own = OwnCredentials(config, table, decided=policy.found == "flag")
        wanted: list[tuple[Image, Credentials]] = []
        beside: dict[int, str] = {}
        for image in config.images:
            answer = _answer(config, table, image) if image.auth is None else None
            if answer is None or has_misplaced_credentials(config, image):
                continue
            if has_unclear_credentials(config, image):
                yield self._by_hand(image, "has merge keys that disagree on its credentials: write out its `auth`")
            elif answer is UNDECIDED:
                yield self._by_hand(image, _undecided(image))
            else:
                beside[id(image)] = own.beside(answer, image)
                wanted.append((image, own.choice(answer, image)))
        for unclear in config.unclear_images:
            runner, name = unclear.runner, unclear.name
            message = f"{named(runner)} has merge keys that disagree on `{name}`: write out the right one"
            yield self.finding(unclear.node, message, subject=f"{runner.name} {name}")
        for hidden in config.hidden_images:
            message = f"{hidden.what} cannot be read because {hidden.why}: check whether images there need credentials"
            yield self.finding(hidden.node, message, subject=hidden.what)
        planner = ContextPlanner(self.id, config, policy, table)
        users = AwsUsers(config)
        drafts = [
            (placement, _need(config, policy, planner, users, own, placement))
            for placement in place_credentials(config, wanted)
        ]
        lacking = _lacking(config, table, own, planner) if config.siblings and config.invocations else []
        planner.settle([need for _, need in drafts] + [lack.need for lack in lacking])
        writer = AuthWriter(config, policy.auth_style)
        for placement, need in drafts:
            yield self._report(placement, need, planner, writer, beside[id(placement.image)])
        for lack in lacking:
            yield from self._report_lacking(lack, planner)

    def _by_hand(self, image: Image, what: str) -> Finding:
        environments = _together(image.environments)
        return self.finding(
            image.node, f"`{_shown(image)}` in {environments} {what}", subject=image.reference.repository
        )

    def _report(
        self, placement: Placement, need: Need, planner: ContextPlanner, writer: AuthWriter, beside: str
    ) -> Finding:
        image, credentials = placement.image, placement.credentials
        environments = _together(placement.environments)
        message = f"`{_shown(image)}` in {environments} is pulled from {credentials.host} without `{credentials.key}`"
        message += beside
        if need.problem:
            message = by_hand(message, need.problem, _ADDED)
            return self.finding(need.node, message, subject=need.subject)
        requirements: dict[Requirement, None] = {}
        for each in (credentials, *(shield for _, shield in placement.shields)):
            known = each in planner.of_policy
            found = _requirements(planner, each, running=need.running) if known else _as_before(each)
            requirements.update(dict.fromkeys(found))
        return self.finding(
            need.node,
            message,
            *writer.changes(placement),
            *need.changes,
            safety=Safety.REVIEW if need.waits else self.safety,
            requirements=tuple(requirements),
            warnings=tuple(dict.fromkeys(need.warnings)),
            subject=need.subject,
            reads=need.reads,
        )

    def _report_lacking(self, lack: _Lacking, planner: ContextPlanner) -> Iterator[Finding]:
        invocation, credentials, need = lack.invocation, lack.credentials, lack.need
        problem = need.obstacle
        changes = () if problem else need.changes
        if not changes and not problem:
            return
        context = credentials.context or ""
        message = f"`{invocation.name}` pulls `{_shown(lack.image)}` with credentials but lacks the context `{context}`"
        if problem:
            message = by_hand(message, problem, _ADDED)
        yield self.finding(
            need.node,
            message,
            *changes,
            requirements=tuple(_requirements(planner, credentials)),
            warnings=tuple(need.warnings),
            subject=need.subject,
            reads=need.reads,
        )


def _need(
    config: Config, policy: Policy, planner: ContextPlanner, users: AwsUsers, own: OwnCredentials, placement: Placement
) -> Need:
    """What the jobs of all images that get credentials need."""
    need = Need(_node_of(placement), placement.image.reference.repository, problem=placement.problem)
    # Whoever uses an orb runs what its source defines; credentials that the policy does not name are a guess.
    need.waits = config.is_orb_source or any(c not in planner.of_policy for _, c in placement.gains)
    need.warnings += dict.fromkeys(own.doubts[id(c)] for _, c in placement.gains if id(c) in own.doubts)
    with_role = [image for image, c in placement.gains if c.key == "aws_auth" and not c.variables]
    if with_role and policy.target == "server":
        need.warnings.append(NO_ROLES)
    machines = set(chain.from_iterable(machines_of_image(config, image) for image in with_role))
    if OWN in machines:
        need.problem = need.problem or NO_ROLES_ON_RUNNERS
    elif UNKNOWN in machines:
        need.waits = True
        need.warnings.append(f"an expression chooses its resource class: {NO_ROLES_ON_RUNNERS}")
    for image, credentials in placement.gains:
        for runner in image.environments:
            if credentials.context is not None:
                planner.give_runner(need, runner, credentials.context)
            elif config.calls.invocations_on(runner):
                need.running = True
    for credentials in {id(c): c for _, c in placement.gains}.values():
        told = [why for i, _ in need.wanted.values() if (why := users.why_not_safe(i, credentials, planner.harmless))]
        need.waits = need.waits or bool(told)
        need.warnings += told
    return need


def _lacking(config: Config, table: CredentialTable, own: OwnCredentials, planner: ContextPlanner) -> list[_Lacking]:
    """Invocations of this file whose jobs other files of its tree define, soon with credentials."""
    found: dict[tuple[int, str], _Lacking] = {}
    for image in chain.from_iterable(map(_kept_images, config.siblings)):
        credentials = _credentials_of(config, table, own, image)
        if credentials is None or credentials.context is None:
            continue
        for runner in image.environments:
            for invocation in config.calls.invocations_on(runner):
                key = (id(invocation), credentials.context)
                if key in found or not config.holds(invocation):
                    continue
                need = Need(invocation.item, f"{invocation.name} {credentials.context}")
                planner.give(need, invocation, credentials.context)
                if need.wanted or need.problem:
                    found[key] = _Lacking(invocation, image, credentials, need)
    return list(found.values())


def _as_before(credentials: Credentials) -> Iterator[Requirement]:
    """What other images here are pulled with, which is there already."""
    if credentials.variables and credentials.context is not None:
        name = credentials.context
        yield Requirement("context", name, credentials.variables, new=False, today=(name,), reason=_why(credentials))
    elif credentials.variables:
        yield Requirement("project-env", "other images are pulled with them", credentials.variables, new=False)


def _why(credentials: Credentials) -> str:
    return f"images of {credentials.host} are pulled with them"


def _requirements(planner: ContextPlanner, credentials: Credentials, *, running: bool = True) -> Iterator[Requirement]:
    if not credentials.variables:
        return
    if credentials.context is None:
        kind, name = "project-env", "the policy takes credentials from project variables"
    else:
        kind, name = planner.provider(credentials.context)
    if kind != "context" or running:
        yield Requirement(kind, name, credentials.variables, reason=_why(credentials) if kind == "context" else "")


def _undecided(image: Image) -> str:
    """The problem of an image for which the policy may or may not have credentials."""
    if not image.reference.is_valid:
        unknown = "is not a valid image name, so its registry is unknown"
        return f"{unknown}: write the image out, or add `auth` if it needs credentials"
    variable = image.reference.has_variable
    decides = "depending on a variable" if variable else "depending on a parameter"
    if image.reference.registry is not None:
        return f"may match the policy, {decides}: write it out, or add `auth` if it is private"
    written = "write the image out, or add the credentials that it needs"
    remedy = written if variable else "write the registry before the parameter, or add `auth` where it is known"
    return f"may come from a registry that needs credentials, {decides}: {remedy}"


def _answer(config: Config, table: CredentialTable, image: Image) -> Answer:
    answer = table.of(image.reference)
    if answer is not UNDECIDED:
        return answer
    references = config.calls.references(image)
    return UNDECIDED if references is None else table.of_any(references)


def _credentials_of(config: Config, table: CredentialTable, own: OwnCredentials, image: Image) -> Credentials | None:
    """What an image of another file will be given; one that has credentials is for the rule `missing-context`."""
    if image.auth is not None or has_misplaced_credentials(config, image):
        return None
    answer = _answer(config, table, image)
    return own.choice(answer, image) if isinstance(answer, Credentials) else None


def _kept_images(config: Config) -> Iterator[Image]:
    """The images of another file that no comment keeps from getting `auth`."""
    rule = UnauthenticatedImage.id
    for image in config.images:
        if not any(config.leaves_alone(rule, node) for node in (image.node, image.item)):
            yield image


def _node_of(placement: Placement) -> Node:
    """The node that a finding on the image is reported at."""
    image = placement.image
    return image.entry.value if image.owner is placement.target else image.item


def _shown(image: Image) -> str:
    return image.text.value.strip()


def _together(environments: list[Job | Executor]) -> str:
    """The first of them by name, and how many others there are."""
    first = environments[0]
    if len(environments) == 1:
        return f"{first.kind} `{first.name}`"
    return f"{named(first)} and {len(environments) - 1} other{'s' if len(environments) > 2 else ''}"
