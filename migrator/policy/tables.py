"""One table of `migrator.toml`, giving out checked values; errors name file, key and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias, TypeVar

from migrator.errors import PolicyError
from migrator.policy.writing import toml_key

# https://circleci.com/docs/contexts/ gives the limits of names.
CONTEXT_LENGTH = 200
_CONTEXT = re.compile(rf"[^\x00-\x1f\x7f-\x9f]{{1,{CONTEXT_LENGTH}}}")
VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]{0,299})|\{([A-Za-z_][A-Za-z0-9_]{0,299})\})")
_NUMBERED = re.compile(r"overrides\[\d+\]")

Test: TypeAlias = Callable[[str], bool]
T = TypeVar("T")


def full(pattern: re.Pattern[str]) -> Test:
    return lambda text: pattern.fullmatch(text) is not None


def variable_of(text: str) -> str | None:
    """A variable as `$NAME`, also where it is written `${NAME}`; `None` for anything else."""
    found = VARIABLE.fullmatch(text)
    return f"${found[1] or found[2]}" if found else None


class Table:
    """One table of the file, which gives out typed values. Only the given keys may be in it; none means any."""

    def __init__(self, file: Path, path: tuple[str, ...], values: dict[str, object], keys: tuple[str, ...]) -> None:
        self.file = file
        self.path = path
        self.values = values
        for key in values:
            if keys and key not in keys:
                close = get_close_matches(key, keys, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"expected one of {', '.join(keys)}"
                raise self.error(key, f"unknown key; {hint}")

    def error(self, key: str, message: str) -> PolicyError:
        path = (*self.path, key) if key else self.path
        return PolicyError(f"{self.file}: {'.'.join(map(_shown, path))}: {message}")

    def _get(self, key: str, kind: type[T], expected: str) -> T | None:
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        raise self.error(key, f"expected {expected}, found {_KINDS.get(type(value), 'something else')}")

    def table(self, key: str, keys: tuple[str, ...] = ()) -> Table:
        values: dict[str, object] = self._get(key, dict, "a table") or {}
        return Table(self.file, (*self.path, key), values, keys)

    def tables(self, key: str) -> list[dict[str, object]]:
        """The tables of a list of tables, which have no names but their numbers, from 0."""
        values: list[object] = self._get(key, list, "a list of tables, each [[overrides]]") or []
        found = [value for value in values if isinstance(value, dict)]
        if len(found) < len(values):
            raise self.error(key, "expected a list of tables, each [[overrides]]")
        return found

    def text(self, key: str, test: Test, expected: str, default: str | None) -> str:
        """A text that passes the test; without a default the key must be there."""
        value = self._get(key, str, expected)
        if value is None:
            if default is None:
                raise self.error(key, f"is missing; expected {expected}")
            return default
        if not test(value):
            raise self.error(key, f"expected {expected}")
        return value

    def texts(self, key: str, test: Test, expected: str, default: tuple[str, ...]) -> tuple[str, ...]:
        values: list[object] | None = self._get(key, list, f"a list of {expected}")
        if values is None:
            return default
        texts = tuple(value for value in values if isinstance(value, str) and test(value))
        if len(texts) < len(values):
            raise self.error(key, f"expected a list of {expected}")
        return texts

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        return self.text(key, choices.__contains__, " or ".join(f'"{choice}"' for choice in choices), default)

    def variable(self, key: str, default: str | None) -> str:
        value = self.text(key, bool, 'a variable such as "$DOCKERHUB_PASSWORD"', default)
        variable = variable_of(value)
        if variable is None:
            # Whatever it is, it may be the secret itself: not shown.
            raise self.error(key, 'a literal secret is not allowed here; use a variable such as "$DOCKERHUB_PASSWORD"')
        return variable

    def context(self, key: str, default: str | None) -> str:
        return self.text(key, full(_CONTEXT), "the name of a context, up to 200 characters", default)


def _shown(name: str) -> str:
    return name if _NUMBERED.fullmatch(name) else toml_key(name)


_KINDS: dict[type, str] = {
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}
