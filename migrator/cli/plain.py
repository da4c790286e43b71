"""Reading a plain command line, which is nearly every one, without the option parser: importing that takes longer than
looking at a config. What this does not understand, and whatever is wrong, is the parser's."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.cli.request import Request
from migrator.policy.globs import is_below
from migrator.reports.report import FORMATS

_KINDS = {f"--{name.replace('_', '-')}": (name, default) for name, default in Request._field_defaults.items()}
_DIGITS = 10
_LISTS = ("select", "ignore")


def read_plainly(arguments: Sequence[str]) -> Request | None:
    """The request, as the option parser would read it, or `None`."""
    given: dict[str, object] = {}
    many: dict[str, tuple[str, ...]] = {"paths": ()}
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "-" or not argument.startswith("-"):
            many["paths"] += (argument,)
            continue
        option, equals, value = argument.partition("=")
        name, default = _KINDS.get(option, ("paths", None))
        if name == "paths":
            return None
        if default is False:
            if equals:
                return None
            given[name] = True
            continue
        if not equals:
            value = next(waiting, "-")
            if value.startswith("-"):
                return None
        if value in ("", "-"):
            return None
        if default == ():
            values = [word.strip() for word in value.split(",") if word.strip()] if name in _LISTS else [value]
            if not values:
                return None
            if name == "exclude" and not is_below(value):
                return None
            many[name] = (*many.get(name, ()), *values)
        elif name == "jobs":
            if not (value.isascii() and value.isdecimal() and len(value) < _DIGITS and int(value) > 0):
                return None
            given[name] = int(value)
        elif name == "format" and value not in FORMATS:
            return None
        else:
            given[name] = value
    return Request(**many, **given)  # type: ignore[arg-type]
