"""Where the values of new variables come from: a file, the environment, or a person at a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import click

from migrator.accounts.applying import Slot
from migrator.accounts.values import ask_for, checked, is_readable_by_others, read_env_file, values_for
from migrator.cli.talk import tell
from migrator.errors import UsageError
from migrator.results.masking import one_line


class Sources(NamedTuple):
    """`given` are the values of a file by name, `None` where there is no file."""

    given: dict[str, str] | None
    from_env: bool

    @classmethod
    def of(cls, env_file: str | None, *, from_env: bool) -> Sources:
        """Read what the command line names, before anything else is done."""
        if env_file is None:
            return cls(None, from_env)
        given = read_env_file(env_file)
        if is_readable_by_others(env_file):
            tell(f"{env_file}: others on this machine can read it: chmod 600, and delete it after use")
        return cls(given, from_env)


def collect_values(
    slots: Sequence[Slot], sources: Sources, allowed: Collection[str], *, asks: bool
) -> dict[tuple[int, str], str]:
    """The values for as many slots as there are any for. Without a terminal nobody is asked."""
    environment = os.environ if sources.from_env else {}
    values = values_for(slots, sources.given or {}, environment, allowed)
    names = {slot.variable.name for slot in slots}
    if unused := [name for name in sources.given or {} if name not in names]:
        tell(f"--env-file: {len(unused)} of its names {'is' if len(unused) == 1 else 'are'} not missing, and not used")
    left = [slot for slot in slots if (id(slot.home), slot.variable.name) not in values]
    if not left:
        return values
    if asks and sources.given is None and not sources.from_env and _is_terminal():
        ask_for(slots, values, _ask, _same)
    else:
        _tell_without_value(left, sources, environment, allowed)
    return values


def _tell_without_value(
    left: Sequence[Slot], sources: Sources, environment: Mapping[str, str], allowed: Collection[str]
) -> None:
    """Why variables stay missing, by their names."""
    if sources.given is None and not sources.from_env:
        is_one = len(left) == 1
        count = "1 value is" if is_one else f"{len(left)} values are"
        tell(f"{count} needed: run this on a terminal, or pass --env-file FILE or --from-env")
        return
    for name in dict.fromkeys(slot.variable.name for slot in left):
        if name in environment and name not in allowed:
            tell(f"{name}: is not taken from the environment, because the policy does not name it; use --env-file")
        else:
            tell(f"{name}: has no value in {'the environment' if sources.given is None else '--env-file'}")


def _is_terminal() -> bool:
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())


def _ask(slot: Slot) -> str:
    name = slot.variable.name
    while True:
        value: str = click.prompt(
            one_line(f"{name} in {slot.where} (nothing: leave it out)"),
            default="", hide_input=True, show_default=False, err=True,
        )  # fmt: skip
        try:
            return checked(value, name)
        except UsageError as error:
            tell(str(error))


def _same(slot: Slot, others: int) -> bool:
    places = "the other place" if others == 1 else f"the other {others} places"
    return click.confirm(f"The same value for {slot.variable.name} in {places}?", default=False, err=True)
