"""`migrate contexts plan|check|apply`: what must exist at CircleCI, what of it is there, and creating what is not."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from migrator.accounts.wanted import Organization, is_missing, is_unknown
from migrator.cli.contexts.options import apply_options, scope_options, service_options
from migrator.cli.progress import shown
from migrator.cli.request import Request
from migrator.cli.talk import tell
from migrator.errors import UsageError

if TYPE_CHECKING:
    from migrator.accounts.api import Api
    from migrator.engine.batch import Plan

ALL_THERE, MISSING, UNKNOWN = 0, 1, 3


@click.group(
    epilog="`migrate contexts check` tells what is missing; `docs/contexts.md` goes from a token to all there."
)
def command() -> None:
    """Contexts and variables at CircleCI: what is needed, what is there, and creating what is not."""


@command.command(epilog="Exit code: 0, or 2 for wrong usage or policy, 3 for a config that cannot be read.")
@scope_options
def plan(form: str, **given: Any) -> int:
    """List the contexts and variables that the changes need, and those that the configs name. Asks nobody."""
    wanted, _, failed = _wanted(**given)
    _put(wanted, form, asked=False)
    return UNKNOWN if failed else ALL_THERE


@command.command(
    epilog="Exit code: 0 all is there, 1 something is missing, 2 wrong usage or policy, 3 CircleCI could not be asked."
)
@scope_options
@service_options
def check(form: str, api_url: str, timeout: float, **given: Any) -> int:
    """Ask CircleCI which of them are there. Changes nothing."""
    wanted, used, failed = _wanted(**given)
    with _asking(used, api_url, timeout) as api:
        failed = not _checked(wanted, api, used) or failed
    _put(wanted, form, asked=True)
    return _code(wanted, failed=failed)


@command.command(
    epilog="Exit code: 0 all is there now, 1 something is still missing, 2 wrong usage or policy, 3 a request failed."
)
@scope_options
@service_options
@apply_options
def apply(
    form: str, api_url: str, timeout: float, named_too: bool, env_file: str | None, from_env: bool,
    restrict: bool, overwrite: bool, dry_run: bool, **given: Any,
) -> int:  # fmt: skip
    """Create what is missing, and nothing else. Asks for values on a terminal."""
    from migrator.accounts.applying import Applier, slots_of
    from migrator.accounts.turns import own_turn
    from migrator.cli.contexts.values import Sources, collect_values

    sources = Sources.of(env_file, from_env=from_env)
    wanted, used, failed = _wanted(**given)
    allowed = _allowed(used, wanted, given["paths"]) if from_env else frozenset()
    with _asking(used, api_url, timeout) as api:
        if not _checked(wanted, api, used, every_project=restrict):
            _put(wanted, form, asked=True)
            return UNKNOWN
        slots = list(slots_of(wanted, named_too=named_too, overwrite=overwrite))
        values = collect_values(slots, sources, allowed, asks=not dry_run)
        say = (lambda line: tell(f"would {line}")) if dry_run else tell
        applier = Applier(
            api, say, named_too=named_too, overwrite=overwrite, restrict=restrict, dry_run=dry_run
        )  # fmt: skip
        with own_turn(api.url, tell):
            failed = not _made(applier, wanted, values) or failed
    _put(wanted, form, asked=True, made=[each._asdict() for each in applier.made], failed=applier.failed)
    return _code(wanted, failed=failed or bool(applier.failed), needed_only=not named_too)


def _made(applier: Any, wanted: Sequence[Organization], values: Any) -> bool:
    """Make it. Whatever ends this early, what was made by then is told."""
    from migrator.accounts.checking import conclude
    from migrator.services.faults import RunError

    try:
        applier.apply(wanted, values)
        conclude(wanted)
    except RunError as error:
        tell(str(error))
        return False
    finally:
        if applier.made:
            kinds = [each.kind for each in applier.made]
            counts = [(kinds.count(kind), kind) for kind in ("context", "restriction", "variable") if kind in kinds]
            tell("made: " + ", ".join(f"{number} {kind}{'s' * (number > 1)}" for number, kind in counts))
    return True


def _wanted(
    paths: tuple[str, ...], campaign: str | None, ledger: str | None, org: str, **options: Any
) -> tuple[list[Organization], Plan, bool]:
    """Everything that is wanted, the plan that says so, and whether something could not be read."""
    from migrator.accounts.checking import organization_given
    from migrator.cli.contexts.wanted import of_paths
    from migrator.cli.run import make_plan

    if campaign is not None:
        if paths:
            raise UsageError("--campaign takes the place of PATHs: give one of them")
        if given := [f"--{name.replace('_', '-')}" for name, value in options.items() if value]:
            raise UsageError(f"{', '.join(given)}: the campaign keeps these; `migrate bulk plan` changes them")
        from migrator.cli.contexts.campaign import of_campaign

        return *of_campaign(campaign, ledger, organization_given(org)), False
    if ledger is not None:
        raise UsageError("--ledger is that of a campaign: pass --campaign NAME as well")
    paths = paths or (".",)
    used = make_plan(Request(paths=paths, **options))
    wanted, report = of_paths(paths, used, organization_given(org))
    for each in report.failed:
        tell(report.mask.text(f"{each.path}: {each.reason}"))
    return wanted, used, bool(report.tally.failed)


def _allowed(used: Plan, wanted: Sequence[Organization], paths: Sequence[str]) -> frozenset[str]:
    """The variables whose values may be taken from the environment."""
    from migrator.cli.contexts.wanted import variables_of_policies
    from migrator.files.trust import is_own

    if not is_own(used.policy, paths or (".",)):
        raise UsageError("--from-env: the policy is in the repository, so it cannot choose them: pass it with --config")
    return variables_of_policies(used, wanted)


@contextmanager
def _asking(used: Plan, api_url: str, timeout: float) -> Iterator[Api]:
    """The CircleCI of the command line, else of the policy, with a token for it."""
    from migrator.accounts.connecting import connect

    stop = threading.Event()
    api = connect(api_url or used.policy.api_url, "--api-url", stop, tell, timeout)
    try:
        yield api
    finally:
        stop.set()
        api.close()


def _checked(wanted: Sequence[Organization], api: Api, used: Plan, *, every_project: bool = True) -> bool:
    """Ask for everything; false where the token was rejected, after a word about it."""
    from migrator.accounts.checking import Checker, conclude
    from migrator.services.faults import RunError

    if wanted and not any(each.slug for each in wanted):
        raise UsageError("the organization is not known: there is no remote of GitHub or Bitbucket; pass --org gh/NAME")
    checker = Checker(api, is_server=used.policy.target == "server", every_project=every_project)
    try:
        for ask, about in ((checker.list_contexts, "contexts"), (checker.list_projects, "projects")):
            steps = ask(wanted)
            for _ in shown(checker.work(steps), len(steps), f"Asking for {about}"):
                pass
    except RunError as error:
        tell(str(error))
        return False
    conclude(wanted)
    return True


def _put(wanted: Sequence[Organization], form: str, *, asked: bool, **more: Any) -> None:
    if sys.stdout is None:
        return
    if form == "json":
        from migrator.accounts.formats.json import render

        sys.stdout.write(render(wanted, **more))
    elif sys.stdout.isatty():
        from migrator.accounts.formats.text import show

        show(wanted, sys.stdout, asked=asked)
    else:
        from migrator.accounts.formats import text

        sys.stdout.write(text.render(wanted, asked=asked))


def _code(wanted: Sequence[Organization], *, failed: bool, needed_only: bool = False) -> int:
    if failed or is_unknown(wanted, needed_only=needed_only):
        return UNKNOWN
    return MISSING if is_missing(wanted, needed_only=needed_only) else ALL_THERE
