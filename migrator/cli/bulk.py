"""`migrate bulk PHASE NAME`: a campaign over many repositories. Each phase can be run again at any time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrator.bulk.kinds import absolute as absolute_source
from migrator.bulk.kinds import api_urls, forms, kinds
from migrator.bulk.states import State
from migrator.cli.bulk_options import (
    STOPPED,
    absolute,
    as_request,
    campaign,
    campaign_options,
    kept_api_urls,
    pull_request_options,
    refuse_another_server,
    repository_timeout_option,
    say_down,
    work_options,
)
from migrator.cli.options import file_timeout_option, named, no_cache_option, rule_options
from migrator.cli.talk import tell
from migrator.errors import UsageError
from migrator.results.masking import visible

if TYPE_CHECKING:
    from migrator.bulk.ledger import Ledger
    from migrator.policy import Policy

_EXITS = "Exit code: 0 all is done, 1 work is open, 2 wrong usage or policy, 3 a repository failed."

_LIMITS = ("per_minute", "content_per_hour", "timeout", "file_timeout")
_API_URLS = "; ".join(kind.api_url for kind in kinds().values() if kind.api_url) + "."


@click.group(epilog=_EXITS)
def command() -> None:
    """Rewrite every repository of an organisation, phase by phase: plan, review, push, status, retry, merge, close."""


def _say(text: str) -> None:
    if sys.stdout is not None:
        sys.stdout.write(visible(text))


@command.command(epilog=_EXITS)
@campaign_options
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="KIND:PLACE",
    help=f"{forms()}.",
)
@click.option("--match", metavar="REGEX", default="", help="Only repositories whose name it matches.")
@click.option("--exclude", metavar="REGEX", default="", help="No repositories whose name it matches.")
@click.option("--topic", "topics", multiple=True, metavar="NAME", help="Only repositories with this topic.")
@click.option("--limit", type=click.IntRange(0), default=0, metavar="N", help="Only so many repositories.")
@click.option("--base", metavar="BRANCH", help="The branch to change, instead of each default branch.")
@click.option("--api-url", "api_urls", multiple=True, metavar="[KIND=]URL", help=_API_URLS)
@click.option("--engine", type=click.Choice(["processes", "dask"]), default="processes", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="The dask scheduler; without it, one on this machine.")
@rule_options
@work_options
@file_timeout_option
@repository_timeout_option
@no_cache_option
@click.option("--compile", is_flag=True, help="Let CircleCI compile each change, and plan none that it refuses.")
def plan(
    name: str, ledger: str | None, jobs: int, dry_run: bool, engine: str, scheduler: str | None, **given: Any
) -> int:
    """Find the repositories and work out what each needs. Nothing is sent to any host."""
    from migrator.bulk.engines.limits import Limits
    from migrator.bulk.engines.opening import open_engine, proving
    from migrator.bulk.kinds import split
    from migrator.bulk.planning import Planner, note_discovered, refuse_when_empty
    from migrator.bulk.sources import Selection, discover
    from migrator.bulk.status import summary
    from migrator.cache.results import result_cache
    from migrator.cli.own_policy import warnings_of
    from migrator.cli.run import make_plan

    for spec in given["sources"]:
        split(spec)
    if given["sources"]:
        api_urls(given["api_urls"], given["sources"])
    options = {
        "select": given["select"], "ignore": given["ignore"], "rules": [absolute(rules) for rules in given["rules"]],
        "config": absolute(given["config"]), "review_too": given["review_too"], "compile": given["compile"],
    }  # fmt: skip
    # A fault of rules or policy is reported before anything is created.
    for warning in warnings_of(make_plan(as_request(options)).policy):
        tell(warning)
    from migrator.bulk.ledger import ledger_path

    if not given["sources"] and not ledger_path(name, ledger).is_file():
        raise UsageError(f"--source is missing: {forms()}")
    if dry_run:
        return _list_sources(name, ledger, given)
    limits = {key: given[key] for key in _LIMITS}
    with campaign(name, ledger, "Planning", create=True, **limits) as opened:
        opened.watch.at_once = True
        _keep(opened.ledger, options, given)
        hosts, watch = opened.hosts, opened.watch
        hosts.world.api_urls = kept_api_urls(opened.ledger)
        hosts.world.base_branch = opened.ledger.setting("base", "")
        selection = Selection(*(opened.ledger.setting("selection")))
        chosen = Selection(selection.match, selection.exclude, tuple(selection.topics), selection.limit)
        found = discover(opened.ledger.setting("sources"), hosts, chosen)
        numbers = note_discovered(opened.ledger, found, watch)
        if not watch.stop.is_set():
            refuse_when_empty(opened.ledger)
        bounds = Limits(given["file_timeout"], given["repository_timeout"])
        with (
            open_engine(engine, jobs, scheduler, len(numbers), bounds) as working,
            proving(working, chosen_plan := opened.plan(), opened.ledger, watch, tell) as proven,
        ):
            kept = None if given["no_cache"] else result_cache(chosen_plan)
            Planner(opened.ledger, hosts, chosen_plan, proven, jobs, watch, kept=kept).run(numbers)
        if not any(chosen):  # a selection leaves out what the policy may be for
            for warning in _warnings(opened.ledger, chosen_plan.policy):
                tell(warning)
        if not watch.stop.is_set():
            opened.ask_circleci()
            _say("".join(opened.what_is_missing()))
        _say(f"{summary(opened.ledger)}\n")
        return opened.end("plan")


def _warnings(ledger: Ledger, policy: Policy) -> tuple[str, ...]:
    """What in the policy means nothing in the whole campaign."""
    from migrator.bulk.work import Result
    from migrator.circleci.credentials.named import UNKNOWN
    from migrator.results.policy_lint import campaign_warnings

    names, images = [], set[tuple[str, str]]()
    for entry in ledger.entries():
        names.append(entry.name)
        text = ledger.result(entry.result) if policy.has_patterns and entry.result else None
        if text is not None:
            known = Result.from_json(entry.id, text).pulled
            images.update((UNKNOWN,) if known is None else known)
    return campaign_warnings(policy, names, frozenset(images))


def _keep(ledger: Any, options: dict[str, Any], given: dict[str, Any]) -> None:
    """Keep what was asked for, so that later runs need not be given again."""
    urls = api_urls(given["api_urls"], given["sources"] or ledger.setting("sources") or ())
    refuse_another_server(ledger, urls)
    if given["sources"]:
        ledger.set_settings(
            sources=[absolute_source(spec) for spec in given["sources"]],
            selection=[given["match"], given["exclude"], list(given["topics"]), given["limit"]],
        )
    elif ledger.setting("sources") is None:
        raise UsageError(f"--source is missing: {forms()}")
    asked = any(options.values())
    if asked or given["sources"] or ledger.setting("plan") is None:
        ledger.set_settings(plan=options)
    if urls:
        ledger.set_settings(api_urls={**kept_api_urls(ledger), **urls})
    if given["base"]:
        ledger.set_settings(base=given["base"])


def _list_sources(name: str, ledger: str | None, given: dict[str, Any]) -> int:
    """What a plan would read. Writes nothing."""
    import tempfile
    from contextlib import closing

    from migrator.bulk.kinds import Hosts
    from migrator.bulk.sources import Selection, discover
    from migrator.bulk.world import World

    with tempfile.TemporaryDirectory() as folder:
        selection = Selection(given["match"], given["exclude"], given["topics"], given["limit"])
        if not given["sources"]:
            raise UsageError("--dry-run needs --source: it reads no ledger")
        urls = api_urls(given["api_urls"], given["sources"])
        world = World(Path(folder), urls, given["base"] or "", given["timeout"])
        with closing(Hosts(world)) as hosts:
            names: dict[str, str] = {}
            for each in discover(given["sources"], hosts, selection):
                why = each.error or each.skip
                label = each.name if names.setdefault(each.name, each.kind) == each.kind else f"{each.kind}:{each.name}"
                _say(f"{label}{f': {why}' if why else ''}\n")
            return STOPPED if say_down(hosts) else 0


@command.command(epilog=_EXITS)
@campaign_options
@click.option("--approve", multiple=True, metavar="all|KIND|REPOSITORY", help="Approve what is planned.")
@click.option("--reject", multiple=True, metavar="all|KIND|REPOSITORY", help="Reject what is planned.")
@click.option("--reason", default="", metavar="TEXT", help="Why --reject does; `status` shows it.")
@click.option("--decisions", metavar="FILE", help="Take the decisions of a file.")
@click.option("--show", metavar="REPOSITORY", help="Show the diff of one repository; the end of its name will do.")
@click.option("--html", metavar="FILE", help="Write a page to review everything in, and to decide in.")
@click.option("--list", "listed", is_flag=True, help="List the kinds, also on a terminal, where they are asked about.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--dry-run", is_flag=True, help="Show what would be decided, and decide nothing.")
def review(name: str, ledger: str | None, **given: Any) -> int:
    """Decide about the planned changes by kind: one by one on a terminal, elsewhere by name; or list the kinds."""
    from migrator.cli.bulk_review.command import Asked, review_campaign

    asked = Asked(**given)
    if asked.reason and not asked.reject:
        raise UsageError("--reason is for --reject")
    with campaign(name, ledger, "Reviewing", write=asked.deciding or asked.interactive) as opened:
        return review_campaign(opened, asked)


@command.command(epilog=_EXITS)
@campaign_options
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Push only so many repositories.")
@click.option("--per-hour", type=click.IntRange(0), default=0, metavar="N", help="Push so many repositories an hour.")
@click.option(
    "--wave", type=click.IntRange(1), metavar="N", help="Push N at a time, and the next N when checks are green."
)
@click.option(
    "--wave-wait",
    type=click.IntRange(0),
    default=1800,
    show_default=True,
    metavar="SECONDS",
    help="How long the checks of a wave are waited for.",
)
@click.option("--when-ready", is_flag=True, help="Only where everything exists at CircleCI; the others wait.")
@click.option("--commit/--no-commit", default=None, help="For dir: write the files only and make no branch.")
@pull_request_options
@work_options
@file_timeout_option
def push(name: str, ledger: str | None, limit: int | None, per_hour: int, **given: Any) -> int:
    """Bring approved changes to their hosts: one branch, one commit, one pull request a repository."""
    from migrator.cli.bulk_push import push_campaign

    limits = {key: given.pop(key) for key in _LIMITS}
    with campaign(name, ledger, "Pushing", per_hour=per_hour, **limits) as opened:
        return push_campaign(opened, limit, **given)


@command.command(epilog=_EXITS)
@campaign_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--refresh/--no-refresh", default=True, help="Ask the host about open pull requests first.")
@click.option("--inventory", is_flag=True, help="Also count images, credentials, contexts, secrets and logins.")
@click.option("--html", metavar="FILE", callback=named, help="Write a page of progress over time and the inventory.")
def status(name: str, ledger: str | None, form: str, refresh: bool, inventory: bool, html: str | None) -> int:
    """Show the state of every repository."""
    from migrator.bulk.status import as_json, as_text
    from migrator.cli.bulk_push import refresh_open

    with campaign(name, ledger, "Asking", write=False) as reading:
        is_stale = refresh and next(reading.ledger.entries(State.OPEN), None) is not None
    if is_stale:
        refresh_open(name, ledger)
    with campaign(name, ledger, "Status", write=False) as opened:
        missing = opened.what_each_lacks()
        if inventory or html is not None:
            from migrator.cli.status_page import inventory_in_json, inventory_in_text, put_status_page

            if html is not None:
                put_status_page(opened.ledger, html)
        more = inventory_in_json(opened.ledger) if inventory and form == "json" else {}
        for piece in as_json(opened.ledger, missing, more) if form == "json" else as_text(opened.ledger, missing):
            _say(piece)
        for piece in inventory_in_text(opened.ledger) if inventory and form == "text" else ():
            _say(piece)
        return opened.ledger.exit_code()


@command.command(epilog=_EXITS)
@campaign_options
@click.option("--commit/--no-commit", default=None, help="As for push.")
@work_options
@file_timeout_option
@repository_timeout_option
def retry(name: str, ledger: str | None, **given: Any) -> int:
    """Do again what failed, in the phase where it failed, and nothing else."""
    from migrator.cli.bulk_push import retry_campaign

    limits = {key: given.pop(key) for key in _LIMITS}
    with campaign(name, ledger, "Trying again", **limits) as opened:
        return retry_campaign(opened, **given)


@command.command(epilog=_EXITS)
@campaign_options
@click.option("--confirm", "confirmed", multiple=True, metavar="CONTEXT", help="This context exists; `all` for all.")
@click.option("--method", type=click.Choice(["merge", "squash", "rebase"]), default="squash", show_default=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Merge only so many.")
@work_options
def merge(name: str, ledger: str | None, **given: Any) -> int:
    """Merge pull requests whose head is ours, whose checks are green and whose prerequisites are confirmed."""
    from migrator.cli.bulk_push import merge_campaign

    limits = {key: given.pop(key) for key in ("per_minute", "content_per_hour", "timeout")}
    with campaign(name, ledger, "Merging", **limits) as opened:
        return merge_campaign(opened, **given)


@command.command(epilog=_EXITS)
@campaign_options
@work_options
def close(name: str, ledger: str | None, jobs: int, dry_run: bool, **limits: Any) -> int:
    """Close what is open, delete our branches without commits of a person, and remove the stored objects."""
    from migrator.cli.bulk_push import close_campaign

    with campaign(name, ledger, "Closing", **limits) as opened:
        code = close_campaign(opened, jobs, dry_run=dry_run)
        if not dry_run:
            opened.ledger.remove_lock()
    return code
