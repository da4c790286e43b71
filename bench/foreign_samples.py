"""Samples of secrets, and of what only looks like some, from the tests of gitleaks and detect-secrets.

Their code is read, never run, and nothing is fetched: Go and Python are evaluated as far as their samples need it, that
is strings, what joins them, and what draws one by a regular expression. What needs more is counted and left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """A text, whether its authors say that it holds a secret, and the secret where they say which it is."""

    kind: str
    text: str
    is_secret: bool
    secret: str | None = None


class UnreadError(Exception):
    """An expression that is more than its reader knows."""


def drawn(pattern: str, random: Random) -> str:
    """A string that a regular expression matches, as gitleaks draws one for its samples."""
    return _drawn(re._parser.parse(pattern), random)  # type: ignore[attr-defined]


def _drawn(parsed: Any, random: Random) -> str:
    parts: list[str] = []
    for code, argument in parsed:
        match str(code):
            case "LITERAL":
                parts.append(chr(argument))
            case "IN":
                parts.append(random.choice(_members(argument)))
            case "ANY":
                parts.append(random.choice("abcdefghkmnpqrstuvwxyz23456789"))
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = argument
                count = random.randint(least, min(int(most), least + 10))
                parts += [_drawn(inner, random) for _ in range(count)]
            case "SUBPATTERN":
                parts.append(_drawn(argument[-1], random))
            case "BRANCH":
                parts.append(_drawn(random.choice(argument[1]), random))
            case "AT":
                pass
            case _:
                raise UnreadError(str(code))
    return "".join(parts)


def _members(argument: Any) -> str:
    letters = ""
    for code, value in argument:
        match str(code):
            case "LITERAL":
                letters += chr(value)
            case "RANGE":
                letters += "".join(map(chr, range(value[0], value[1] + 1)))
            case "CATEGORY":
                digits = "0123456789"
                letters += (
                    digits
                    if "DIGIT" in str(value)
                    else f"_{digits}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                )
            case _:
                raise UnreadError(str(code))
    return letters


_TOKEN = re.compile(
    r"(?P<raw>`[^`]*`)|(?P<string>\"(?:\\.|[^\"\\\n])*\")|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<mark>:=|\.\.\.|[-+=(){}\[\],:.;*<>!&|/%]|\d+|'(?:\\.|[^'])')|\s+",
    re.DOTALL,
)
# https://github.com/gitleaks/gitleaks/blob/master/cmd/generate/config/utils/patterns.go
_PATTERNS = {
    "utils.Numeric": "[0-9]{%s}",
    "utils.Hex": "[a-f0-9]{%s}",
    "utils.AlphaNumeric": "[a-z0-9]{%s}",
    "utils.AlphaNumericExtendedShort": "[a-z0-9_-]{%s}",
    "utils.AlphaNumericExtended": r"[a-z0-9=_\-]{%s}",
    "utils.AlphaNumericExtendedLong": r"[a-z0-9\/=_\+\-]{%s}",
}
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Go:
    """The strings of a Go file: what its assignments make of literals, and what it gives to `utils.Validate`."""

    def __init__(self, text: str, forms: list[str], random: Random) -> None:
        self._tokens = [
            (str(match.lastgroup), match[0])
            for match in _TOKEN.finditer(text)
            if match.lastgroup not in (None, "comment")
        ]
        self._forms, self._random = forms, random
        self._at = 0
        self._known: dict[str, Any] = {}
        self.unread = 0

    def validated(self) -> Iterator[tuple[list[Any], list[Any]]]:
        """Each pair of lists that a rule is validated with."""
        at = 0
        while at + 1 < len(self._tokens):
            kind, word = self._tokens[at]
            mark = self._tokens[at + 1][1]
            if kind == "word" and mark in (":=", "="):
                try:
                    self._at = at + 2
                    self._known[word] = self._expression()
                except UnreadError:
                    self._known.pop(word, None)
            elif word in ("utils.Validate", "utils.ValidateWithPaths") and mark == "(":
                try:
                    self._at = at + 3  # behind the rule
                    self._take(",")
                    secrets = self._expression()
                    self._take(",")
                    others = self._expression()
                    if word == "utils.Validate":
                        yield secrets, others
                except UnreadError:
                    self.unread += 1
            at += 1

    def strings(self, name: str) -> list[str]:
        """The values of a map of strings that this file assigns."""
        list(self.validated())
        return [text for text, _ in self._known[name]]

    def _take(self, mark: str | None = None) -> str:
        word = self._next()
        if not word or (mark is not None and word != mark):
            raise UnreadError(word)
        self._at += 1
        return word

    def _next(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _expression(self) -> Any:
        value = self._term()
        while self._next() == "+":
            self._take()
            other = self._term()
            if not isinstance(value, str) or not isinstance(other, str):
                raise UnreadError("+")
            value += other
        return value

    def _term(self) -> Any:
        if self._at >= len(self._tokens):
            raise UnreadError("")
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "raw":
            return word[1:-1]
        if kind == "string":
            return str(ast.literal_eval(word))
        if word == "[" or word == "map":
            return self._composite()
        if kind != "word":
            raise UnreadError(word)
        if self._next() == "(":
            return self._call(word)
        if word == "nil":
            return []
        if word not in self._known:
            raise UnreadError(word)
        return self._known[word]

    def _composite(self) -> list[Any]:
        while self._take() != "{":
            pass
        found: list[Any] = []
        while self._next() != "}":
            value = self._expression()
            if self._next() == ":":
                self._take()
                value = self._expression()
            found.append(value if isinstance(value, tuple) else (value, None))
            if self._next() == ",":
                self._take()
        self._take("}")
        return found

    def _call(self, name: str) -> Any:
        self._take("(")
        arguments: list[Any] = []
        while self._next() != ")":
            value = self._expression()
            if self._next() == "...":
                self._take()
                arguments += value
            else:
                arguments.append(value)
            if self._next() == ",":
                self._take()
        self._take(")")
        return self._called(name, arguments)

    def _called(self, name: str, arguments: list[Any]) -> Any:
        if name in _PATTERNS:
            return _PATTERNS[name] % arguments[0]
        if name == "utils.Hex8_4_4_4_12":
            return _UUID
        if name in ("secrets.NewSecret", "newPlausibleSecret"):
            return drawn(arguments[0], self._random)
        if name == "fmt.Sprintf":
            return re.sub(r"%[sd]", "%s", arguments[0]) % tuple(arguments[1:])
        if name == "utils.GenerateSampleSecret":
            return (f'{arguments[0]}_api_token = "{arguments[1]}"', arguments[1])
        if name == "utils.GenerateSampleSecrets":
            name, secret = arguments
            for_each = [form.replace("{i}", name).replace("{I}", name.upper()) for form in self._forms]
            return [(form.replace("{s}", secret), secret) for form in for_each]
        if name == "append":
            return [*arguments[0], *((item, None) if isinstance(item, str) else item for item in arguments[1:])]
        raise UnreadError(name)


def of_gitleaks(checkout: Path) -> tuple[list[Sample], int]:
    """The samples that every rule is validated with, and how many rules could not be read."""
    source = checkout / "cmd" / "generate" / "config"
    random = Random(0)
    generate = source / "utils" / "generate.go"
    if not generate.is_file():
        return [], 0
    forms = Go(generate.read_text("utf-8"), [], random).strings("samples")
    samples: list[Sample] = []
    unread = 0
    for path in sorted((source / "rules").glob("*.go")):
        go = Go(path.read_text("utf-8"), forms, random)
        for secrets, others in go.validated():
            for is_secret, texts in ((True, secrets), (False, others)):
                for item in texts:
                    text, secret = item if isinstance(item, tuple) else (item, None)
                    samples.append(Sample(path.stem, text, is_secret, secret))
        unread += go.unread
    return samples, unread


NO_SECRETS_OF_CI = {
    "ip_public": "public addresses are no secrets",
    "high_entropy_strings": "strings in arbitrary code with nothing but their entropy",
}
"""Plugins of detect-secrets whose samples are left out, and why."""
_PAYLOADS = frozenset({"payload", "line", "file_content"})


def of_detect_secrets(checkout: Path) -> tuple[list[Sample], int]:
    """The lines that the plugins are tested with, and how many could not be read."""
    samples: list[Sample] = []
    unread = 0
    for path in sorted((checkout / "tests" / "plugins").glob("*_test.py")):
        kind = path.stem.removesuffix("_test")
        if kind in NO_SECRETS_OF_CI:
            continue
        module = ast.parse(path.read_text("utf-8"))
        python = _Python(module)
        if kind == "keyword":  # one list for each language: a config is nearest to the one for configs
            cases: list[Any] = [*python.known.get("CONFIG_TEST_CASES", ())]
            unread += not cases
        else:
            cases = []
            for names, values in _parametrized(module):
                if len(names) > 2 or names[0] not in _PAYLOADS:
                    continue
                for value in values:
                    try:
                        case = python.value(value)
                        cases.append(case if isinstance(case, tuple) else (case, True))
                    except UnreadError:
                        unread += 1
        for text, expected in cases:
            samples.append(Sample(kind, text, bool(expected), expected if isinstance(expected, str) else None))
    return samples, unread


def _parametrized(module: ast.Module) -> Iterator[tuple[list[str], list[ast.expr]]]:
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "parametrize"
            and len(node.args) == 2
            and isinstance(node.args[1], ast.List | ast.Tuple)
        ):
            names = ast.literal_eval(node.args[0])
            names = re.split(r",\s*", names) if isinstance(names, str) else list(names)
            yield names, node.args[1].elts


class _Python:
    """Literals of a Python module, with the constants that they are made of."""

    def __init__(self, module: ast.Module) -> None:
        self.known: dict[str, Any] = {}
        for statement in module.body:
            if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name):
                try:
                    self.known[target.id] = self.value(statement.value)
                except UnreadError:
                    continue

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name) if name in self.known:
                return self.known[name]
            case ast.Tuple(items):
                return tuple(map(self.value, items))
            case ast.List(items):
                return [each for item in items if (each := self._of_list(item)) is not None]
            case ast.BinOp(left, ast.Add(), right):
                return self.value(left) + self.value(right)
            case ast.Subscript(of, ast.Slice(lower, upper, None)):
                return self.value(of)[self.value(lower) if lower else None : self.value(upper) if upper else None]
            case ast.Call(ast.Attribute(of, "format"), arguments, keywords):
                named = {keyword.arg: self.value(keyword.value) for keyword in keywords if keyword.arg}
                return self.value(of).format(*map(self.value, arguments), **named)
        raise UnreadError(ast.dump(node))

    def _of_list(self, item: ast.expr) -> Any:
        try:
            return self.value(item)
        except UnreadError:  # a line of 24,000 characters that is drawn while the tests run
            return None
