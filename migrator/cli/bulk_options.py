"""Groups of options of `migrate bulk`, and the campaign that they open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from migrator.bulk.budgets import Budgets
from migrator.bulk.engines.limits import REPOSITORY_TIMEOUT
from migrator.bulk.git import find_identity
from migrator.bulk.host import Kind, Terms
from migrator.bulk.kinds import Hosts, api_urls, kinds, with_requests
from migrator.bulk.ledger import Ledger, ledger_path, store_folder
from migrator.bulk.needs.answers import Answers
from migrator.bulk.needs.collecting import around_of
from migrator.bulk.requests.texts import Wording
from migrator.bulk.signing import find_signing
from migrator.bulk.world import World
from migrator.cli.bulk_progress import Watcher
from migrator.cli.request import Request
from migrator.cli.run import make_plan
from migrator.cli.talk import tell
from migrator.engine.batch import Plan
from migrator.engine.limits import FILE_TIMEOUT
from migrator.errors import UsageError
from migrator.services.budget import HaltedError
from migrator.startup.records import record

F = TypeVar("F", bound=Callable[..., object])
STOPPED, INTERRUPTED = 3, 130


def campaign_options(function: F) -> F:
    """Which campaign."""
    function = click.option("--ledger", metavar="FILE", help="The ledger, instead of NAME.campaign.db here.")(function)
    return click.argument("name", metavar="NAME")(function)


def _limits(limit: Callable[[Kind], int]) -> str:
    """The limits of all kinds of host, for the help: the number alone where one kind has any."""
    limits = {kind.title: limit(kind) for kind in kinds().values() if limit(kind)}
    return ", ".join(f"{title} {number}" if len(limits) > 1 else str(number) for title, number in limits.items())


def work_options(function: F) -> F:
    """How it is worked through."""
    for option in reversed(
        (
            click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="How many at once."),
            click.option("--timeout", type=click.FloatRange(0.1), default=60.0, show_default=True, metavar="SECONDS",
                         help="How long a host may take to answer."),
            click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
            click.option("--per-minute", type=click.IntRange(0), metavar="N",
                         show_default=_limits(lambda kind: kind.per_minute),
                         help="Content created on the host a minute; 0 lifts the limit."),
            click.option("--content-per-hour", type=click.IntRange(0), metavar="N",
                         show_default=_limits(lambda kind: kind.per_hour),
                         help="Content created on the host an hour; 0 lifts the limit."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def repository_timeout_option(function: F) -> F:
    """How long all files of one repository may take."""
    return click.option(
        "--repository-timeout",
        type=click.IntRange(0),
        default=REPOSITORY_TIMEOUT,
        show_default=True,
        metavar="SECONDS",
        help="Stop a repository whose files take longer in all, and report it as failed; 0 for no limit.",
    )(function)


def pull_request_options(function: F) -> F:
    """What a branch and its pull request are like."""
    for option in reversed(
        (
            click.option("--title", metavar="TEMPLATE", help="A Jinja template for titles."),
            click.option("--body", metavar="FILE", help="A Jinja template for bodies."),
            click.option("--contact", metavar="TEXT", help="Who creates contexts: pull requests say to ask them."),
            click.option("--draft/--no-draft", default=None, help="Open pull requests as drafts."),
            click.option("--ready", is_flag=True, help="Mark the drafts that are open already as ready for review."),
            click.option("--label", "labels", multiple=True, metavar="NAME", help="Give pull requests a label."),
            click.option(
                "--reviewer",
                "reviewers",
                multiple=True,
                metavar="LOGIN",
                help="Ask LOGIN or ORG/TEAM; KIND=LOGIN on one kind of host alone.",
            ),
            click.option(
                "--assignee", "assignees", multiple=True, metavar="LOGIN", help="Assign LOGIN, or KIND=LOGIN."
            ),
        )
    ):
        function = option(function)
    return function


@record(frozen=False, slots=False)
class Campaign:
    """An open campaign, and what every phase needs."""

    ledger: Ledger
    hosts: Hosts
    watch: Watcher
    file_timeout: float

    def plan(self) -> Plan:
        """The rules and the policy that it was planned by."""
        stored = self.ledger.setting("plan")
        if stored is None:
            raise UsageError(
                f"{self.ledger.name}: nothing was planned yet: `migrate bulk plan {self.ledger.name} --source ...`"
            )
        # A policy of a repository of the campaign says nothing of where a token goes.
        here = (entry.source for entry in self.ledger.entries() if Path(entry.source).is_dir())
        return make_plan(as_request(stored), here)._replace(file_timeout=self.file_timeout)

    def keep_terms(self, **given: Any) -> None:
        """Keep how it is pushed, so that later runs need not be given again."""
        self.ledger.set_settings(terms=self._told(given))

    def _told(self, given: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = self.ledger.setting("terms") or {}
        return {**kept, **{name: value for name, value in given.items() if value not in (None, ())}}

    def terms(self, *, commits: bool = True, **given: Any) -> Terms:
        """How it is pushed: as told now, else as told last time. `commits`: git makes some, and needs an identity."""
        from migrator.bulk.git import Identity

        kept = self._told(given)
        by_git = commits and bool(kept.get("commit", True))
        plan = self.plan()
        return Terms(
            self.ledger.name,
            f"migrator/{self.ledger.name}",
            plan,
            find_identity()._replace(signing=find_signing()) if by_git else Identity("", ""),
            Wording(kept.get("title") or "", kept.get("body") or ""),
            bool(kept.get("commit", True)),
            bool(kept.get("draft")),
            tuple(kept.get("labels") or ()),
            tuple(kept.get("reviewers") or ()),
            tuple(kept.get("assignees") or ()),
            self.hosts.world.base_branch,
            around_of(self.ledger, plan.policy, kept.get("contact") or ""),
        )

    def ask_circleci(self) -> Answers:
        """Ask about everything that the changes need, and keep what is said."""
        from migrator.bulk.needs.asking import ask

        return ask(self.ledger, self.plan().policy, tell, self.watch.stop)

    def what_is_missing(self) -> Iterator[str]:
        """Lines on what CircleCI does not have and what it did not say, as far as it was asked."""
        from migrator.bulk.needs.waiting import told

        yield from (f"{line}\n" for line in told(self.ledger, self.plan().policy))

    def what_each_lacks(self) -> dict[int, tuple[str, ...]]:
        """What CircleCI does not have, as far as it was asked, by the number of the repository that waits for it."""
        from migrator.bulk.needs.answers import stored
        from migrator.bulk.needs.waiting import all_waiting

        if not stored(self.ledger).asked:
            return {}
        return {number: each.missing for number, each in all_waiting(self.ledger, self.plan().policy).items()}

    def end(self, phase: str) -> int:
        """The exit code, after a word on how to go on where the run was ended early."""
        if self.watch.stop.is_set():
            tell(f"interrupted; what was finished is kept: `migrate bulk {phase} {self.ledger.name}` goes on")
            return INTERRUPTED
        return STOPPED if say_down(self.hosts) else self.ledger.exit_code()


def say_down(hosts: Hosts) -> bool:
    """Say which hosts the run had to leave, and why. Returns whether there are any."""
    for name, error in hosts.down.items():
        tell(f"{hosts.kind(name).title}: {error}; this run left its repositories as they were")
    return bool(hosts.down)


def as_request(options: dict[str, Any]) -> Request:
    """Options of a plan as they are kept, which has no tuples."""
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}
    return Request(**fields)


@contextmanager
def campaign(
    name: str,
    ledger: str | None,
    what: str,
    *,
    create: bool = False,
    write: bool = True,
    per_minute: int | None = None,
    content_per_hour: int | None = None,
    per_hour: int = 0,
    timeout: float = 60.0,
    file_timeout: float = FILE_TIMEOUT,
) -> Iterator[Campaign]:
    """Open a campaign. One process at a time may write to it."""
    path = ledger_path(name, ledger)
    with Ledger(path, name, with_requests=with_requests(), create=create, write=write) as opened:
        stop = threading.Event()
        budgets = Budgets(
            stop,
            per_minute=per_minute,
            per_hour=content_per_hour,
            pushes_per_hour=per_hour,
            past=opened.writes(),
            say=tell,
        )
        watch = Watcher(what, lambda: budgets.waiting_for, budgets.eta, stop)
        sources = opened.setting("sources", [])
        world = World(store_folder(path, name), kept_api_urls(opened), opened.setting("base", ""), timeout, budgets)
        hosts = Hosts(world, sources)
        if write:
            world.prepare()
        try:
            with watch:
                yield Campaign(opened, hosts, watch, file_timeout)
        except (HaltedError, KeyboardInterrupt):
            tell("what was finished is kept; the same command goes on")
            raise KeyboardInterrupt from None
        finally:
            if write:
                opened.note_writes(budgets.fresh_writes())
            hosts.close()


def kept_api_urls(ledger: Ledger) -> dict[str, str]:
    """The API URLs of a campaign by kind; earlier releases kept one for all of it."""
    url: str = ledger.setting("api_url", "")
    sources: list[str] = ledger.setting("sources", [])
    kept: dict[str, str] = ledger.setting("api_urls", api_urls([url], sources) if url and sources else {})
    return kept


def refuse_another_server(ledger: Ledger, urls: dict[str, str]) -> None:
    """What a ledger has of a kind of host is of one server: numbers of repositories and of pull requests mean others on
    another one. Raises `UsageError`."""
    known, kept = kinds(), kept_api_urls(ledger)
    for name, url in urls.items():
        tokens = known[name].tokens
        last = kept.get(name) or (tokens.api_url if tokens else "")
        if url != last and any(entry.kind == name and entry.host_id for entry in ledger.entries()):
            ours = f"the repositories of {known[name].title} in this campaign are on {last}"
            raise UsageError(f"--api-url: {ours}; begin another campaign")


def absolute(path: str | None) -> str | None:
    """Options are kept for later runs, which may be started elsewhere."""
    return None if path is None else str(Path(path).resolve())
