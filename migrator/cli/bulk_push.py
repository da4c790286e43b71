"""The phases of `migrate bulk` that act on hosts, between their options and `migrator.bulk`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from migrator.bulk.entry import Entry
from migrator.bulk.phases.publishing import Waiting, close_all, next_wave, push_all, settle_closed, to_close, to_push
from migrator.bulk.phases.retiring import obsolete, retire
from migrator.bulk.signing import check_signing
from migrator.bulk.states import State
from migrator.bulk.stores import remove_stores
from migrator.bulk.work import Result
from migrator.cli.bulk_options import Campaign, absolute, campaign
from migrator.cli.talk import tell
from migrator.errors import UsageError
from migrator.results.counted import counted
from migrator.results.masking import visible
from migrator.services.faults import Fault

if TYPE_CHECKING:
    from migrator.bulk.host import Terms
    from migrator.bulk.requests.texts import Texts


def _say(text: str) -> None:
    if sys.stdout is not None:
        sys.stdout.write(visible(text))


def push_campaign(
    opened: Campaign, limit: int | None, *, jobs: int, dry_run: bool, wave: int | None, wave_wait: int,
    when_ready: bool, ready: bool, **given: Any,
) -> int:  # fmt: skip
    """Push what is approved, in waves where they are asked for."""
    given["body"] = absolute(given["body"]) or given["body"]
    found = _ready(opened, dry_run=dry_run) if when_ready else to_push(opened.ledger)
    entries = [Waiting(entry.id, entry.kind) for entry in itertools.islice(found, limit)]
    terms = opened.terms(commits=_git_commits(opened, entries), **given)
    old = list(obsolete(opened.ledger))
    if ready:
        _make_ready(opened, jobs, limit, dry_run=dry_run)
    if dry_run:
        if terms.identity.signing:
            tell("commits will be signed, as commit.gpgSign says")
        for entry, reason in old:
            _say(f"== {entry.label}: close {entry.pull_request}: {reason}\n")
        return _show_pushes(opened, terms, entries)
    check_signing(terms.identity)
    for _, texts in _texts(opened, terms, entries[:1]) if any(terms.wording) else ():
        _ = texts.body  # A template with a fault is reported before it is kept.
    opened.keep_terms(**given)
    if old:
        for entry, why in retire(opened.ledger, opened.hosts, terms, jobs, opened.watch, old):
            tell(f"{entry.label}: {why}")
    size = wave or max(len(entries), 1)
    for start in range(0, len(entries), size):
        if wave and not _last_wave_is_green(opened, wave_wait):
            break
        part = entries[start : start + size]
        number = next_wave(opened.ledger)
        push_all(opened.ledger, opened.hosts, terms, part, jobs, opened.watch, number)
        if opened.watch.stop.is_set():
            break
    from migrator.bulk.status import summary

    _say(f"{summary(opened.ledger)}\n")
    return opened.end("push")


def _make_ready(opened: Campaign, jobs: int, limit: int | None, *, dry_run: bool) -> None:
    """Let the drafts be ready that are open before anything else is pushed."""
    from migrator.bulk.phases.drafts import drafts, make_ready

    found: list[Entry] = []
    for entry, error in drafts(opened.ledger, opened.hosts):
        if error is not None:
            tell(f"{entry.label}: {error}")
        elif limit is None or len(found) < limit:
            found.append(entry)
    if dry_run:
        for entry in found:
            _say(f"== {entry.label}: ready for review: {entry.pull_request}\n")
        return
    done = 0
    for entry, error in make_ready(opened.ledger, opened.hosts, jobs, opened.watch, found):
        done += error is None
        if error is not None:
            tell(f"{entry.label}: is still a draft: {error}")
    tell(f"{counted(done, 'draft is', 'drafts are')} ready for review now")


def _ready(opened: Campaign, *, dry_run: bool) -> list[Entry]:
    """What `push` takes, but for what CircleCI does not have everything for: that waits, and says for what."""
    from migrator.bulk.needs.waiting import all_waiting
    from migrator.bulk.status import WAITS

    entries = list(to_push(opened.ledger))
    answers = opened.ask_circleci()
    waiting = all_waiting(opened.ledger, opened.plan().policy, entries)
    if waiting and not answers.asked:
        raise UsageError(f"--when-ready: {answers.why}")
    ready = []
    for entry in entries:
        # What is pushed already only lacks its pull request.
        why = waiting[entry.id].words if entry.id in waiting and entry.state is State.APPROVED else ""
        if not why:
            ready.append(entry)
        elif dry_run:
            _say(f"== {entry.label}: waits: {why}\n")
        else:
            opened.ledger.update(entry.id, message=f"{WAITS}{why}")
    opened.ledger.commit()
    return ready


def _last_wave_is_green(opened: Campaign, wait: int) -> bool:
    last = [entry for entry in opened.ledger.entries(State.OPEN) if entry.wave == next_wave(opened.ledger) - 1]
    if not last:
        return True
    from migrator.bulk.phases.following import wait_for_checks

    if wait:
        tell(f"waiting for the checks of the last {counted(len(last), 'pull request')}, for up to {wait} s")
    told = wait_for_checks(opened.ledger, opened.hosts, last, wait, opened.watch)
    if told:
        tell(f"the next wave waits: {told}; `migrate bulk push {opened.ledger.name}` goes on when checks are green")
    return not told


def _show_pushes(opened: Campaign, terms: Terms, entries: Sequence[Waiting]) -> int:
    from migrator.bulk.deciding.showing import diff_of

    for entry, texts in _texts(opened, terms, entries):
        kind = opened.hosts.kind(entry.kind)
        if kind.files_only and not terms.commit:
            _say(f"== {entry.label}: files only\n")
        else:
            _say(f"== {entry.label}: branch {terms.branch}\n{texts.message}\n")
        if kind.has_requests:
            _say(f"-- pull request{' (draft)' if terms.draft else ''}: {texts.title}\n{texts.body}\n")
        _say(diff_of(entry, opened.ledger, opened.hosts, terms.plan))
    return opened.ledger.exit_code()


def _git_commits(opened: Campaign, entries: Sequence[Entry | Waiting]) -> bool:
    """Whether git makes a commit of one; else the owner of the token is who commits."""
    return any(opened.hosts.kind(entry.kind).git_commits for entry in entries)


def _texts(opened: Campaign, terms: Terms, entries: Sequence[Waiting]) -> Iterator[tuple[Entry, Texts]]:
    for entry in (opened.ledger.by_id(each.id) for each in entries):
        text = opened.ledger.result(entry.result)
        if text is not None:
            result = Result.from_json(entry.id, text)
            yield entry, opened.hosts.of(entry.kind).texts(entry, result, terms)


def retry_campaign(
    opened: Campaign, *, jobs: int, dry_run: bool, commit: bool | None, repository_timeout: float
) -> int:
    """Each failed repository goes through the phase that failed; one whose files changed is planned again."""
    ledger = opened.ledger
    failed = list(ledger.entries(State.FAILED))
    stale = [e for e in failed if e.phase == "plan" or e.fault == Fault.STALE]
    if dry_run:
        for entry in failed:
            _say(f"{entry.label}: {'plan' if entry in stale else entry.phase}\n")
        return ledger.exit_code()
    if stale:
        from migrator.bulk.engines.limits import Limits
        from migrator.bulk.engines.opening import open_engine, proving
        from migrator.bulk.planning import Planner

        opened.watch.at_once = True
        plan, limits = opened.plan(), Limits(opened.file_timeout, repository_timeout)
        with (
            open_engine("processes", jobs, None, len(stale), limits) as working,
            proving(working, plan, ledger, opened.watch, tell) as proven,
        ):
            Planner(ledger, opened.hosts, plan, proven, jobs, opened.watch).run([e.id for e in stale])
        opened.watch.at_once = False
    # What was planned again and is the same change goes on as well: only its branch had moved.
    others = [now for now in (ledger.by_id(e.id) for e in failed) if now.state is State.FAILED and now.phase != "plan"]
    if pushes := [entry for entry in others if entry.phase == "push"]:
        terms = opened.terms(commits=_git_commits(opened, pushes), commit=commit)
        check_signing(terms.identity)
        push_all(ledger, opened.hosts, terms, pushes, jobs, opened.watch)
    if closes := [entry for entry in others if entry.phase == "close"]:
        close_all(ledger, opened.hosts, opened.terms(commits=False), jobs, opened.watch, closes)
    if merges := [entry for entry in others if entry.phase == "merge"]:
        for entry in merges:
            ledger.update(entry.id, state=State.OPEN, fault="", message="", phase="")
        are, them = ("is", "it") if len(merges) == 1 else ("are", "them")
        which = counted(len(merges), "pull request")
        tell(f"{which} {are} open again: `migrate bulk merge {ledger.name}` merges {them}")
    from migrator.bulk.status import summary

    _say(f"{summary(ledger)}\n")
    return opened.end("retry")


def refresh_open(name: str, ledger: str | None) -> None:
    """Ask the host about open pull requests. Without an answer, what is known is shown."""
    from migrator.bulk.states import CampaignError, RepositoryError
    from migrator.errors import UsageError

    try:
        with campaign(name, ledger, "Asking") as opened:
            from migrator.bulk.phases.following import refresh

            for entry, why in refresh(opened.ledger, opened.hosts, list(opened.ledger.entries(State.OPEN))):
                if entry.kind not in opened.hosts.down:
                    tell(f"{entry.label}: is shown as it was when last asked about: {why}")
            for kind, error in opened.hosts.down.items():
                whose = opened.hosts.kind(kind).title
                tell(f"pull requests on {whose} are shown as they were when last asked about: {error}")
    except (CampaignError, RepositoryError, UsageError) as error:
        tell(f"pull requests are shown as they were when last asked about: {error}")


def merge_campaign(
    opened: Campaign, *, jobs: int, dry_run: bool, confirmed: tuple[str, ...], method: str, limit: int | None
) -> int:
    """Merge what is ready; the others are reported with what they wait for."""
    from migrator.bulk.phases.merging import merge_all
    from migrator.bulk.status import summary

    policy, names = opened.plan().policy, frozenset(confirmed)
    if next(opened.ledger.entries(State.OPEN), None) is not None:
        opened.ask_circleci()
    for name, why in merge_all(
        opened.ledger, opened.hosts, jobs, opened.watch, policy, names, method, limit, dry_run=dry_run
    ):
        _say(f"{name}: {why}\n")
    _say(f"{summary(opened.ledger)}\n")
    return opened.end("merge")


def close_campaign(opened: Campaign, jobs: int, *, dry_run: bool) -> int:
    """Close the campaign. The objects stay as long as something could not be closed."""
    entries = to_close(opened.ledger)
    if dry_run:
        for entry in entries:
            pull = f"close {entry.pull_request}, " if entry.pull_request and entry.state is not State.MERGED else ""
            branch = f"migrator/{opened.ledger.name}{'' if entry.head else ', if it is there'}"
            _say(f"{entry.label}: {pull}delete the branch {branch}\n")
        return opened.ledger.exit_code()
    close_all(opened.ledger, opened.hosts, opened.terms(commits=False), jobs, opened.watch, entries)
    if not opened.watch.stop.is_set() and not opened.hosts.down:
        settle_closed(opened.ledger)
        if not any(True for _ in opened.ledger.entries(State.FAILED, phase="close")):
            opened.hosts.world.stores.close()
            remove_stores(opened.hosts.world.folder)
    from migrator.bulk.status import summary

    _say(f"{summary(opened.ledger)}\n")
    return opened.end("close")
