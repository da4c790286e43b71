"""`<< ... >>`: names and expressions in the texts of a config, and the logic of conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.circleci_compiler.errors import ConfigError, UnknownError

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    |(?P<operator>==|!=|<=|>=|<|>|\(|\))|(?P<word>[A-Za-z_][\w.-]*))""",
    re.VERBOSE,
)
_TAG = re.compile(r"(\\*)<<")


class Names:
    """What names in templates mean. What is below `pipeline`, its parameters aside, is empty where it is not known."""

    def __init__(self, **known: Mapping[str, Any]) -> None:
        self.known = known

    def but(self, **known: Mapping[str, Any]) -> Names:
        return Names(**{**self.known, **known})

    def value(self, name: str) -> Any:
        first, _, rest = name.partition(".")
        if first == "pipeline":
            if rest.startswith("parameters."):
                first, rest = "pipeline_parameters", rest.removeprefix("parameters.")
            else:
                return self.known.get("pipeline", {}).get(rest, "")
        names = self.known.get(first)
        if names is None or rest not in names:
            raise ConfigError(f"Unknown variable(s): {name}")
        return names[rest]


def fill(value: Any, names: Names) -> Any:
    """A value with its templates filled in. A text that is one template becomes what that stands for, of its type."""
    if isinstance(value, str):
        return _text(value, names) if "<<" in value else value
    if isinstance(value, dict):
        return {key: fill(inner, names) for key, inner in value.items()}
    if type(value) is list:  # not the steps that were compiled where they were given
        return [fill(inner, names) for inner in value]
    return value


def _text(text: str, names: Names) -> Any:
    parts: list[Any] = []
    at = 0
    while (match := _TAG.search(text, at)) is not None:
        slashes = len(match[1])
        parts.append(text[at : match.start()] + "\\" * (slashes // 2))
        if slashes % 2:
            parts.append("<<")
            at = match.end()
            continue
        end = text.find(">>", match.end())
        if end < 0:
            raise ConfigError("Unclosed '<<' tag ('<<' must be escaped as '\\<<')")
        body = text[match.end() : end].strip()
        if body[:1] in ("#", "^"):
            inner, end = _section(text, end + 2, body[1:].strip())
            if truth(names.value(body[1:].strip())) == (body[0] == "#"):
                parts.append(_shown(_text(inner, names)))
            at = end
            continue
        if body[:1] == "/":
            raise ConfigError(f"Unexpected end of section: {body}")
        if not body:
            raise ConfigError("Expected expression after '<<'")
        parts.append(evaluate(body, names))
        at = end + 2
    parts.append(text[at:])
    left = [part for part in parts if part != ""] if len(parts) > 1 else parts
    if len(left) == 1 and len(parts) == 3 and parts[0] == "" and parts[2] == "":
        return left[0]
    return "".join(_shown(part) for part in parts)


def _section(text: str, start: int, name: str) -> tuple[str, int]:
    """The text of a section, and where it goes on behind its end."""
    match = re.compile(rf"<<\s*/\s*{re.escape(name)}\s*>>").search(text, start)
    if match is None:
        raise ConfigError(f"Unclosed section: {name}")
    return text[start : match.start()], match.end()


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def evaluate(body: str, names: Names) -> Any:
    return _Parser(body, names).run()


class _Parser:
    """Operators from the loosest: `or`, `and`, `not`, comparisons."""

    def __init__(self, body: str, names: Names) -> None:
        self.names = names
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while body[at:].strip():
            match = _TOKEN.match(body, at)
            if match is None or match.lastgroup is None:
                raise ConfigError(f"Unexpected text in expression: {body}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.body = body

    def run(self) -> Any:
        value = self._or()
        if self.tokens:
            raise ConfigError(f"Unexpected text in expression: {self.body}")
        return value

    def _next_is(self, *words: str) -> bool:
        return bool(self.tokens) and self.tokens[0][0] != "string" and self.tokens[0][1] in words

    def _or(self) -> Any:
        value = self._and()
        while self._next_is("or"):
            self.tokens.pop(0)
            other = self._and()
            value = value if truth(value) else other
        return value

    def _and(self) -> Any:
        value = self._not()
        while self._next_is("and"):
            self.tokens.pop(0)
            other = self._not()
            value = other if truth(value) else value
        return value

    def _not(self) -> Any:
        if self._next_is("not"):
            self.tokens.pop(0)
            return not truth(self._not())
        return self._comparison()

    def _comparison(self) -> Any:
        value = self._primary()
        while self._next_is("==", "!=", "<", "<=", ">", ">=", "starts-with", "matches"):
            operator, other = self.tokens.pop(0)[1], self._primary()
            if operator in ("==", "!="):
                value = (value == other) == (operator == "==")
            elif operator == "starts-with":
                value = str(value).startswith(str(other))
            elif operator == "matches":
                value = re.search(str(other).strip("/"), str(value)) is not None
            else:
                value = _ordered(operator, value, other)
        return value

    def _primary(self) -> Any:
        if not self.tokens:
            raise ConfigError(f"Expected expression: {self.body}")
        kind, token = self.tokens.pop(0)
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if kind == "number":
            return float(token) if "." in token else int(token)
        if token == "(":
            value = self._or()
            if not self._next_is(")"):
                raise ConfigError(f"Unclosed parenthesis: {self.body}")
            self.tokens.pop(0)
            return value
        if token in ("true", "false"):
            return token == "true"
        if kind == "operator":
            raise ConfigError(f"Unexpected text in expression: {self.body}")
        return self.names.value(token)


def _ordered(operator: str, one: Any, other: Any) -> bool:
    try:
        return bool({"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator])
    except TypeError:
        raise ConfigError(f"Cannot compare {one!r} with {other!r}") from None


def truth(value: Any) -> bool:
    """Empty texts, zero, false and nothing are false."""
    return not (value is None or value is False or value == "" or value == 0)


def holds(condition: Any, names: Names) -> bool:
    """Whether a condition of a step or workflow holds: a value, an expression, or logic written as maps."""
    if isinstance(condition, dict) and len(condition) == 1:
        (name, given), *_ = condition.items()
        if name in ("and", "or") and isinstance(given, list):
            answers = [holds(each, names) for each in given]
            return all(answers) if name == "and" else any(answers)
        if name == "not":
            return not holds(given, names)
        if name == "equal" and isinstance(given, list):
            values = [fill(each, names) for each in given]
            return all(each == values[0] for each in values)
        if name == "matches" and isinstance(given, dict):
            pattern, value = str(given.get("pattern")), _shown(fill(given.get("value"), names))
            return re.search(pattern, value) is not None
    if isinstance(condition, dict | list):
        raise UnknownError(f"a condition like {condition}")
    if isinstance(condition, str) and "<<" not in condition and _looks_like_expression(condition):
        return truth(evaluate(condition, names))
    return truth(fill(condition, names))


def _looks_like_expression(text: str) -> bool:
    return re.search(r"(^|[\s(])(pipeline|parameters|matrix)\.", text) is not None
