"""Logins that a script makes only where variables are set: `if [ -n "$X" ]; then docker login ...; fi`."""

from __future__ import annotations

from typing import Final

from migrator.circleci.shell.scripts import Statement
from migrator.startup.patterns import lazy
from migrator.startup.records import record

_IF: Final = lazy(r"if[ \t]++([^;\n]++)[;\n]\s*+then\b")
_OPENERS: Final = ("[[ ", "[ ", "test ")
_CLOSERS: Final = (" ]]", " ]")
_ASKS: Final = lazy(
    r"""(?:(-[nz])[ \t]+)?(["']?)\$(?:\{([A-Za-z_]\w*)(?::?-)?\}|([A-Za-z_]\w*))\2(?:[ \t]*(!=)[ \t]*(?:""|''))?"""
)
_LONGEST: Final = 300


@record
class Guard:
    """What has to be set, or empty, and where in the text what is guarded begins and ends."""

    names: tuple[str, ...]
    empty: tuple[str, ...]
    start: int = 0
    end: int = 0

    @property
    def doubt(self) -> str:
        """For a login that the guard is no longer before."""
        asked = [f"`${name}` is set" for name in self.names] + [f"`${name}` is empty" for name in self.empty]
        return (
            f"until now the login ran only if {' and '.join(asked)}; `docker/check` always runs, and fails in builds "
            "without the credentials, such as those of pull requests from forks"
        )


def guard_of(text: str, statement: Statement) -> Guard | None:
    """The guard of an `if` that asks only whether variables are set, or empty; `None` for every other statement."""
    commands = statement.commands
    if len(commands) != 1 or commands[0].kind != "if_statement" or commands[0].redirects:
        return None
    if statement.background or statement.pipelines[0].negated:
        return None
    start, end = commands[0].span
    found = _IF.match(text, start, min(end, start + _LONGEST))
    if found is None or text[end - 2 : end] != "fi":
        return None
    asked = read_test(found[1])
    return Guard(asked.names, asked.empty, found.end(), end - 2) if asked is not None else None


def read_test(written: str) -> Guard | None:
    """Which variables a test asks for: one command, or several with `&&`; `None` where it asks for anything else."""
    written = written.strip()
    if len(written) > _LONGEST or not written.startswith(_OPENERS):
        return None
    names: list[str] = []
    empty: list[str] = []
    for part in written.split("&&"):
        part = part.strip()
        opener = next((opener for opener in _OPENERS if part.startswith(opener)), "")
        closer = next((closer for closer in _CLOSERS if part.endswith(closer)), "")
        found = _ASKS.fullmatch(part.removeprefix(opener).removesuffix(closer).strip())
        if found is None or found[2] == "'" or (found[1] and found[5]):
            return None
        (empty if found[1] == "-z" else names).append(found[3] or found[4])
    return Guard(tuple(names), tuple(empty))
