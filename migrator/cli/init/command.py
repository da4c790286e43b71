"""`migrate init [PATH...]`: a `migrator.toml` from what configs do today."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from migrator.cli.options import named
from migrator.cli.talk import tell
from migrator.errors import UsageError
from migrator.policy import HUB, Policy
from migrator.policy.location import FILE_NAME
from migrator.policy.practice import Practice
from migrator.policy.proposal import Proposal, Wanted, is_accepted, propose
from migrator.policy.proposal_text import conflicts, proposal_toml
from migrator.startup.records import replace

if TYPE_CHECKING:
    from migrator.engine.outcomes import Outcome

F = TypeVar("F", bound=Callable[..., object])
STDOUT: Final = "-"
Values = dict[str, dict[str, str | tuple[str, ...]]]


def _option(name: str, what: str) -> Callable[[F], F]:
    """An option for a value of a registry."""
    return click.option(
        f"--{name}", f"{name}_", multiple=True, metavar="[HOST=]VALUE", help=f"{what}; HOST is docker.io by default."
    )


@click.command(epilog="Exit code: 0 written, 2 wrong usage, 3 a config could not be read.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--campaign", metavar="NAME", help="Read the repositories of this campaign, instead of a PATH.")
@click.option("--ledger", metavar="FILE", callback=named, help="Its ledger, instead of NAME.campaign.db here.")
@click.option("--output", metavar="FILE", default=FILE_NAME, show_default=True, help="Where to; - is standard output.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--yes", is_flag=True, help="Take what is proposed without a question.")
@click.option("--target", type=click.Choice(["cloud", "server"]), help="Which CircleCI; by default cloud.")
@click.option("--credentials", type=click.Choice(["context", "project"]), help="Where the variables come from.")
@_option("context", "The context")
@_option("username", "A variable such as '$HUB_USER', or the username itself")
@_option("password", "A variable such as '$HUB_PASS'")
@_option("images", "A pattern of images that get credentials, such as 'acme/*'; may be given several times")
def command(
    paths: tuple[str, ...],
    campaign: str | None,
    ledger: str | None,
    output: str,
    force: bool,
    yes: bool,
    target: str | None,
    credentials: str | None,
    **given: tuple[str, ...],
) -> int:
    """Write a migrator.toml that fits what the configs below PATH do today, by default those of this folder.

    What most repositories do becomes the policy, what the others do becomes its overrides, and comments say why. On a
    terminal you are asked before anything is written.
    """
    asks = not yes and output != STDOUT
    _check(output, force=force, asks=asks, paths=paths, campaign=campaign, ledger=ledger)
    wanted = Wanted(target or "", credentials or "", _values(given))
    practice = Practice()
    if campaign is not None:
        from migrator.cli.init.campaign import read_campaign

        failed = read_campaign(campaign, ledger, practice)
    else:
        failed = _read(paths or (".",), practice)
    if not practice.pulls:
        raise UsageError(f"{_shown(paths)}: has no CircleCI config to learn from; pass a folder with repositories")
    proposal = _checked(propose(practice, wanted), wanted)
    if asks:
        from migrator.cli.init.questions import asked

        proposal = asked(proposal, practice, wanted, output)
    text = proposal_toml(proposal)
    _put(text, output, force=force)
    for line in conflicts(proposal):
        tell(line)
    return 3 if failed else 0


def _check(
    output: str, *, force: bool, asks: bool, paths: tuple[str, ...], campaign: str | None, ledger: str | None
) -> None:
    if campaign is not None and paths:
        raise UsageError("--campaign takes the repositories of the campaign, so a PATH cannot be given with it")
    if ledger is not None and campaign is None:
        raise UsageError("--ledger needs --campaign NAME")
    if not output:
        raise UsageError("--output: the name is empty")
    if output != STDOUT and os.path.lexists(output) and not force:
        raise UsageError(f"{output}: already exists; --force replaces it, --output - prints what would be written")
    streams = (sys.stdin, sys.stdout)
    is_terminal = all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"
    if asks and not is_terminal:
        raise UsageError("there is no terminal to ask on; pass --yes to take what is proposed, or --output - to see it")


def _values(given: dict[str, tuple[str, ...]]) -> Values:
    """What options say of registries, by host and key of the policy."""
    from migrator.review.values import as_written

    values: Values = {}
    for name, texts in given.items():
        key = name.removesuffix("_")
        for text in texts:
            host, equals, value = text.partition("=")
            host, value = (host, value) if equals else (HUB, text)
            if not value and key != "images":
                raise UsageError(f"--{key}: the value is empty")
            of_host = values.setdefault(host, {})
            if key == "images":
                of_host[key] = (*_texts(of_host.get(key)), *filter(None, (value,)))
            else:
                of_host[key] = as_written(key if key != "context" else ".context", value)
    return values


def _texts(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _checked(proposal: Proposal, wanted: Wanted) -> Proposal:
    """The proposal, if it holds what options say; else the reason that a policy file with it would be refused for."""
    from migrator.policy.toml import parse_policy
    from migrator.policy.writing import policy_toml

    known = [registry.host for registry in proposal.policy.registries]
    for host, values in wanted.registries.items():
        if host in proposal.refused:
            part = {key: value for key, value in values.items() if key != "images" or value != ()}
            made = replace(Policy().registries[0], host=host, **part)
            parse_policy(policy_toml(Policy(registries=(made,))), Path("--" + "/--".join(part)))
        if host not in known:
            raise UsageError(f"no image of {host} has credentials in these configs; it is one of {', '.join(known)}")
    assert is_accepted(proposal.policy)
    return proposal


def _read(paths: Sequence[str], practice: Practice) -> bool:
    """Count what all files of the paths do. Returns whether one that matters could not be read."""
    from migrator.cli.every_file import examined
    from migrator.engine.batch import Plan, examine_by
    from migrator.engine.outcomes import Failed, Unchanged
    from migrator.errors import ReadError
    from migrator.review.scan import observe

    plan = Plan((), (), Policy(), named=frozenset(str(Path(path)) for path in paths))

    def look(path: str, data: bytes) -> Outcome:
        try:
            observe(path, data, plan.siblings(path), practice)
        except ReadError as error:
            return Failed(path, str(error), unread=True)
        return Unchanged(path)

    def examine(files: list[str]) -> Iterator[Outcome]:
        return (examine_by(look, file, plan) for file in files)

    failed = [each for each in examined(paths, plan, examine, "Reading") if isinstance(each, Failed)]
    for each in failed:
        tell(f"{each.path}: {each.reason}")
    return bool(failed)


def _put(text: str, output: str, *, force: bool) -> None:
    data = text.encode("utf-8")
    if output == STDOUT:
        if sys.stdout is not None:
            sys.stdout.write(text)
        return
    from migrator.files.writing import write_new, write_whole

    if force:
        write_whole(output, data)
    else:
        write_new(output, data)
    if sys.stdout is not None:
        print(output)


def _shown(paths: tuple[str, ...]) -> str:
    return ", ".join(paths) or "this folder"
