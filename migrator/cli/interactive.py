"""`migrate --interactive` and `migrate --replay FILE`: deciding finding by finding, and applying what was decided."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from migrator.cli.every_file import examined, ready_to_write
from migrator.cli.output import check_targets, end_cleanly, put_report
from migrator.cli.own_policy import warnings_of
from migrator.cli.request import Request
from migrator.cli.talk import tell
from migrator.engine.batch import Plan, examine_by, write
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed, Outcome, Unchanged
from migrator.errors import UsageError
from migrator.files.reading import read_source
from migrator.files.state import OLD_FOLDER, answers_file, decisions_file
from migrator.files.state import shown as home
from migrator.files.writing import write_whole
from migrator.policy import Policy
from migrator.policy.location import FILE_NAME, read_policy
from migrator.policy.practice import Practice
from migrator.reports.report import Report
from migrator.results.compiled import Compiled, sentence
from migrator.results.decisions import DecisionLog, Decisions, read_decisions
from migrator.results.masking import Mask
from migrator.review.replay import left_open, replayed
from migrator.review.scan import proposed, scan
from migrator.review.session import End, Session
from migrator.rule import Rule

INTERRUPTED = 130

_OF_OLD_FOLDER = (
    f"{OLD_FOLDER}/ is not read: answers are kept in your own state folder now. If it is yours, read it, apply it with "
    f"`migrate --replay {OLD_FOLDER}/decisions.toml`, then delete the folder"
)


def decide(request: Request, plan: Plan) -> int:
    """Hold a session, or apply what was decided in one. Returns the exit code."""
    option = "--interactive" if request.interactive else "--replay"
    others = {
        "--write": request.write,
        "--patch": request.patch,
        "--review-too": request.review_too,
        "--jobs": request.jobs,
        "--ecr-plan": request.ecr_plan,
        "--regenerate": request.regenerate,
        "-": "-" in request.paths,
        "--replay": request.interactive and request.replay,
        "--output": request.interactive and request.output,
        "--format": request.interactive and request.format != "text",
    }
    for other, given in others.items():
        if given:
            raise UsageError(f"{option} cannot be used with {other}: it writes what was decided, file by file")
    end_cleanly()
    paths = request.paths or (".",)
    if request.replay is not None:
        return _replay(paths, plan, request.replay, request)
    return _interactive(paths, plan, request)


@contextmanager
def _writing(plan: Plan, request: Request) -> Iterator[tuple[Callable[[Outcome], Outcome], Compiled | None]]:
    """How a file is written, after a word from CircleCI's compiler where it is to be asked, and what it said."""
    if not request.compile:
        yield write, None
        return
    from migrator.cli.compiling import Compiling

    with closing(Compiling(plan, request.org, request.api_url)) as compiling:
        yield lambda outcome: write(compiling.before_writing(outcome)), compiling.compiled


def _interactive(paths: tuple[str, ...], plan: Plan, request: Request) -> int:
    _must_be_terminal()
    # prompt_toolkit asks terminals where the cursor is; those that do not answer cost two seconds and a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    # Read by prompt_toolkit, questionary and rich.
    if request.color == "never":
        os.environ["NO_COLOR"] = "1"
    elif request.color == "always":
        os.environ.pop("NO_COLOR", None)
    rules = load_rules(plan.rules, plan.directories)
    here = Path.cwd()
    log = DecisionLog(Path(request.decisions) if request.decisions is not None else decisions_file(here), here)
    kept_policy = answers_file(here)
    if plan.policy.source is None and kept_policy.is_file():
        plan = plan._replace(policy=read_policy(kept_policy))
        tell(f"{home(kept_policy)} has the answers of the last session; delete it to be asked again")
    if OLD_FOLDER.is_dir():
        tell(_OF_OLD_FOLDER)
    practice = Practice() if plan.policy.source is None else None

    def scan_all(practice: Practice | None) -> list[Outcome]:
        policy = plan.policy
        return _each(
            paths, plan, lambda path, data: scan(path, data, rules, policy, plan.siblings(path), practice, plan.known)
        )

    scanned = scan_all(practice)
    kept = False
    if practice is not None:
        policy = _asked(scanned, plan.policy, practice, kept_policy)
        if policy is not plan.policy:
            plan = plan._replace(policy=policy)
            scanned = scan_all(None)
            kept = policy.source == kept_policy
    with _writing(plan, request) as (writing, compiled):
        session = Session(
            scanned, rules, plan.policy, log, read_source, writing, plan.siblings, plan.known,
            file_timeout=plan.file_timeout,
        )  # fmt: skip
        _reviewed(session, plan)
    if session.end is End.DISCARDED:
        if kept:
            kept_policy.unlink(missing_ok=True)
        with suppress(OSError):  # it holds something
            kept_policy.parent.rmdir()
    for warning in warnings_of(plan.policy, session.outcomes, paths):
        tell(warning)
    code = _told(session)
    if compiled is not None:
        tell(sentence(compiled))
    return code


def _reviewed(session: Session, plan: Plan) -> None:
    """Ask until nothing is open, or nobody wants to go on."""
    if session.question is None:
        return
    from migrator.review.terminal import review

    try:
        review(session, {name: file.page for name, file in rule_files(plan.directories).items()})
    except Exception:
        session.fail()
        _told(session)  # what was written before is written
        raise


def _must_be_terminal() -> None:
    streams = (sys.stdin, sys.stdout)
    if not all(stream is not None and stream.isatty() for stream in streams) or os.environ.get("TERM") == "dumb":
        raise UsageError("--interactive needs a terminal; use --write, or --replay FILE to apply decisions made in one")


def _each(paths: tuple[str, ...], plan: Plan, examine: Callable[[str, bytes], Outcome]) -> list[Outcome]:
    """What becomes of every file that the paths mean, in their order."""

    def examine_all(files: list[str]) -> Iterator[Outcome]:
        ready_to_write(files, beside=files)
        return (examine_by(examine, file, plan) for file in files)

    return list(examined(paths, plan, examine_all, "Reading"))


def _asked(scanned: list[Outcome], policy: Policy, practice: Practice, otherwise: Path) -> Policy:
    """The policy that the person wants, saved as `migrator.toml` if they want that, otherwise in their own state."""
    from migrator.review.questions import ask_policy, needed

    registries = needed([finding for outcome in scanned for finding in proposed(outcome)], policy)
    if not registries:
        return policy
    from rich.console import Console

    from migrator.policy.writing import policy_toml
    from migrator.review.screens import prompts
    from migrator.review.screens.sequence import Prompts, in_sequence
    from migrator.review.screens.texts import toml

    console = Console(highlight=False)
    console.print(
        f"There is no {FILE_NAME}. A few questions first, because these fixes need credentials.", markup=False
    )

    def ask(asked: Prompts) -> tuple[str, bool]:
        text = policy_toml(ask_policy(registries, policy, practice, asked))
        console.print(toml(text))
        return text, asked.confirm(f"Save this as {FILE_NAME} in this folder?")

    try:
        text, save = in_sequence(prompts, ask)
    except prompts.Cancelled:
        raise KeyboardInterrupt from None
    target = Path(FILE_NAME) if save else otherwise
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(target, text.encode("utf-8"), private=not save)
    return read_policy(target)


def _told(session: Session) -> int:
    from rich.console import Console
    from rich.text import Text

    from migrator.review.summary import summary

    report = Report(tuple(session.outcomes), session.policy, written=True)
    console = Console(highlight=False, soft_wrap=True)
    for text, style in summary(session, report.needs):
        console.print(Text(text, style), end="")
    return INTERRUPTED if session.end is End.INTERRUPTED else report.exit_code


def _replay(paths: tuple[str, ...], plan: Plan, decided: str, request: Request) -> int:
    """Apply the decisions of a file and return the exit code: 1 where anything is open."""
    decisions = read_decisions(Path(decided))
    rules: tuple[Rule, ...] = load_rules(plan.rules, plan.directories)
    examined = _each(
        paths,
        plan,
        lambda path, data: replayed(path, data, rules, plan.policy, decisions, plan.siblings(path), plan.known),
    )
    check_targets({"--output": request.output}, (outcome.path for outcome in examined))
    with _writing(plan, request) as (writing, compiled):
        outcomes = tuple(writing(outcome) for outcome in examined)
    report = Report(
        outcomes,
        plan.policy,
        written=True,
        directories=plan.directories,
        file_timeout=plan.file_timeout,
        warnings=warnings_of(plan.policy, outcomes, paths),
        compiled=compiled,
        rules=plan.rules,
    )
    put_report(report, request)
    open_ = list(_open(outcomes, plan.policy, decisions, report.mask))
    for line in open_:
        tell(line)
    if unused := len(decisions.unused()):
        tell(f"{decided}: {unused} of {len(decisions.recorded)} decisions match nothing that was found")
    return 3 if report.tally.failed else int(bool(open_) and not request.exit_zero)


def _open(outcomes: tuple[Outcome, ...], policy: Policy, decisions: Decisions, mask: Mask) -> Iterator[str]:
    for outcome in outcomes:
        if isinstance(outcome, Changed | Unchanged):
            for finding, why in left_open(outcome, policy, decisions):
                yield mask.text(f"{outcome.path}:{finding.line}: open: {finding.rule}: {why}")
