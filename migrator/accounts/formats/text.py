"""Tables for people: by organisation, what is missing first. Everything that is there fits in a few lines."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from migrator.accounts.model import State
from migrator.accounts.wanted import Context, Organization, Project, Variable, wanted_variables
from migrator.results.counted import counted
from migrator.results.masking import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NO_TERMINAL = 10_000
"""Columns where nobody's terminal wraps: nothing is cut for a file or a pipe."""
_SINGLY = 25
"""So many things that are there are listed one by one; more are named in a paragraph."""
_NAMED = 3
"""So many names are enough to say which things a line is about."""
_STYLES = {"missing": "bold red", "incomplete": "bold red", "shut out": "bold red", "unknown": "yellow"}
_ORDER = ("missing", "incomplete", "shut out", "unknown", "needed", "named", "present")


class Row(NamedTuple):
    state: str
    name: str
    variables: str
    used: str


def show(organizations: Sequence[Organization], out: TextIO, *, asked: bool) -> None:
    """Print to a terminal, or to a file. `asked`: CircleCI was; else this is a plan."""
    from rich.console import Console

    console = Console(file=out, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console = Console(file=out, highlight=False, emoji=False, markup=False, width=_NO_TERMINAL, no_color=True)
    for organization in organizations:
        _show_one(console, organization, asked)
    console.print(_summary(organizations, asked))


def render(organizations: Sequence[Organization], *, asked: bool) -> str:
    out = io.StringIO()
    show(organizations, out, asked=asked)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _show_one(console: Console, organization: Organization, asked: bool) -> None:
    contexts = organization.contexts.values()
    projects = [each for each in organization.projects.values() if each.variables]
    if not contexts and not projects:
        return
    console.print(one_line(organization.slug or "organization unknown"), style="bold")
    if organization.why:
        _show_line(console, f"not asked: {organization.why}", "yellow")
    _show_rows(console, "context", [_context_row(each, asked) for each in contexts])
    _show_rows(console, "project", [_project_row(each, asked) for each in projects])
    notes = list(_notes(organization)) if asked and not organization.why else []
    for line in notes:
        _show_line(console, line, "dim")
    if notes:
        console.print()


def _show_line(console: Console, line: str, style: str = "") -> None:
    """A line that goes on below itself where the terminal ends."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(one_line(line), style), (0, 0, 0, 2), expand=False))


def _show_rows(console: Console, what: str, rows: Sequence[Row]) -> None:
    rows = sorted(rows, key=lambda row: (_ORDER.index(row.state), row.name))
    there = [row for row in rows if row.state == "present"]
    singly = rows if len(there) <= _SINGLY else [row for row in rows if row.state != "present"]
    if singly:
        console.print(_table(what, singly, console.width))
        console.print()
    if len(singly) < len(rows):
        _show_line(console, f"{len(there)} {what}s are present: {', '.join(row.name for row in there)}")
        console.print()


def _table(what: str, rows: Sequence[Row], width: int) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=True, header_style="dim")
    table.add_column("state", no_wrap=True)
    longest = max(len(one_line(row.name)) for row in rows)
    table.add_column(what, overflow="fold", width=min(longest, width // 3) if longest > width // 5 else None)
    table.add_column("variables", overflow="fold")
    table.add_column("used by" if what == "context" else "in", overflow="fold")
    for row in rows:
        state = Text(row.state, _STYLES.get(row.state, ""))
        table.add_row(state, *(Text(one_line(text)) for text in (row.name, row.variables, row.used)))
    return table


def _context_row(context: Context, asked: bool) -> Row:
    variables = list(context.variables.values())
    state = str(context.state)
    if not asked:
        state = "needed" if context.is_needed else "named"
    elif context.state is State.PRESENT:
        state = _worst(variables)
        if state == "present" and any(each.is_certain for each in context.troubles):
            state = "shut out"
    return Row(
        state, context.name, _listed(variables, asked and context.state is State.PRESENT), _used_by(context, asked)
    )


def _project_row(project: Project, asked: bool) -> Row:
    variables = list(project.variables.values())
    return Row(
        _worst(variables).replace("incomplete", "missing") if asked else _why(variables),
        project.name,
        _listed(variables, asked),
        _some(project.paths, 1, "files"),
    )


def _worst(variables: Iterable[Variable]) -> str:
    states = {each.state for each in variables}
    return "incomplete" if State.MISSING in states else "unknown" if State.UNKNOWN in states else "present"


def _why(variables: Iterable[Variable]) -> str:
    return "needed" if any(each.is_needed for each in variables) else "named"


def _listed(variables: Sequence[Variable], asked: bool) -> str:
    """The names, with the states where they differ, and the contexts that may provide them."""
    states = [str(each.state) if asked else _why([each]) for each in variables]
    differ = len(set(states)) > 1
    groups: dict[str, list[str]] = {}
    for each, state in zip(variables, states, strict=True):
        is_there = asked and each.state is State.PRESENT
        groups.setdefault("" if is_there else _homes(each), []).append(each.name + f" {state}" * differ)
    return "; ".join(", ".join(names) + (f" (in {homes})" if homes else "") for homes, names in groups.items())


def _homes(variable: Variable) -> str:
    """Where one of a project may be, if that is not the project alone."""
    names = list(variable.contexts)
    homes = names if len(names) <= _NAMED else [f"one of {len(names)} contexts"]
    homes += ["a context that an expression decides"] * variable.is_open
    return f"{', '.join(homes)} or the project" if homes else ""


def _used_by(context: Context, asked: bool) -> str:
    """The projects; in a plan the file, where there is one."""
    paths = [path for user in context.users.values() for path in user.paths]
    return paths[0] if len(paths) == 1 and not asked else _some(context.users, 2, "projects")


def _some(names: Iterable[str], most: int, what: str) -> str:
    names = list(names)
    return ", ".join(names) if len(names) <= most else f"{len(names)} {what}"


def _notes(organization: Organization) -> Iterator[str]:
    """What else is to be known, each thing once with the contexts and the projects that it is about."""
    words: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for context in organization.contexts.values():
        projects: dict[str, list[str]] = {}
        for trouble in context.troubles:
            projects.setdefault(trouble.words, []).append(trouble.project)
        if context.why:
            projects[context.why] = []
        for said, about in projects.items():
            words.setdefault((said, tuple(about)), []).append(context.name)
    for (said, kept), names in words.items():
        yield f"{_first(names)}: {said}" + (f" ({_first(kept)})" if kept else "")
    whys: dict[str, list[str]] = {}
    for project in organization.projects.values():
        if project.why:
            whys.setdefault(project.why, []).append(project.name)
    for why, named in whys.items():
        yield f"{_first(named)}: {why}"


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _summary(organizations: Sequence[Organization], asked: bool) -> str:
    contexts = [context for organization in organizations for context in organization.contexts.values()]
    variables = list(wanted_variables(organizations))
    if not contexts and not variables:
        return "No context and no variable is needed or named."
    if not asked:
        needed = sum(context.is_needed for context in contexts)
        return (
            f"{counted(len(contexts), 'context')}, {needed} needed by changes; {counted(len(variables), 'variable')}."
        )
    said = []
    for state in (State.MISSING, State.UNKNOWN, State.PRESENT):
        counts = [sum(each.state is state for each in wanted) for wanted in (contexts, variables)]
        if any(counts):
            some = [
                counted(number, what) for number, what in zip(counts, ("context", "variable"), strict=True) if number
            ]
            said.append(f"{' and '.join(some)} {state}")
    shut = sum(any(each.is_certain for each in context.troubles) for context in contexts)
    if shut:
        said.append(f"{counted(shut, 'context')} kept from projects that use {'it' if shut == 1 else 'them'}")
    return "; ".join(said) + "."
