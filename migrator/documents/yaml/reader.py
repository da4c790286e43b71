"""From YAML text to a tree, by the events of ruamel.yaml: libyaml's where it is built in, else the pure parser's.

What libyaml refuses and CircleCI takes is hidden from it, and put back in the values.
"""

from __future__ import annotations

import re

import ruamel.yaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from migrator.documents.yaml.builder import MAX_DEPTH, Builder
from migrator.errors import ReadError
from migrator.startup.patterns import lazy
from migrator.tree import Node

try:  # it imports only after ruamel.yaml
    import _ruamel_yaml
except ImportError:
    _ruamel_yaml = None

# A colon inside a plain scalar in flow, which libyaml as ruamel.yaml.clib builds it refuses and CircleCI takes.
_INNER_COLON = lazy(r"(?<=[^\s\"'\]\[{}:,]):(?=[^\s,\[\]{}:])")
_DIRECTIVES = lazy(r"\A(?:[ \t]*(?:[#%].*)?\r?\n)++")
# All but `%TAG`, and `%YAML` of another major version.
_ODD_DIRECTIVE = lazy(r"^%(?!TAG\s|YAML\s+(?!1\.))", re.MULTILINE)
MAX_ODD_PLACES = 20
"""So many tabs, and colons that the pattern misses, are looked for one by one, before the pure parser has to do."""
# Handlebars, Mustache, Jinja, Go and ERB; what CircleCI itself puts into keys of caches is none, docs: caching.
_TAG = lazy(
    r"^[ \t]*(?:- +)?(?:\{\{|\{[%#]|<%)"
    r"|[:-] +\{\{(?!-?[ \t]*(?:checksum|arch|epoch|\.(?:Branch|BuildNum|Revision|CheckoutKey|Environment))\b)",
    re.MULTILINE,
)
_ESCAPED_PRIVATE_USE = lazy(r"\\(?:u|U0000)([eE]0[\da-fA-F]{2})")
_PRIVATE_USE = [chr(code) for code in range(0xE000, 0xE100)]


def read_tree(text: str, *, pure: bool = False) -> Node:
    """The tree of a whole file without its byte order mark; a file of nothing but comments is a null text.

    Raises `ReadError` for text that is no YAML, several documents, duplicate keys (an error to CircleCI as well:
    https://github.com/google/startup-os/issues/360), aliases without an anchor before them, aliases of what
    encloses them, and nesting deeper than `MAX_DEPTH`. The message holds none of the file's values but key and
    anchor names.
    """
    try:
        if pure or _ruamel_yaml is None:
            return _purely(text)
        try:
            return Builder(text).by(_ruamel_yaml)
        except YAMLError as error:
            if _inner_colon(text, error) is None and not _is_first_tab(error) and not _is_odd_directive(error):
                raise
        return _read_with_stand_ins(text)
    except YAMLError as error:
        raise _read_error(error, text) from None
    except RecursionError:
        raise ReadError(f"nested deeper than {MAX_DEPTH} levels") from None


def _purely(text: str) -> Node:
    return Builder(text, pure=True).of(ruamel.yaml.YAML(typ="safe", pure=True).parse(text))


def _is_first_tab(error: YAMLError) -> bool:
    """Whether libyaml stumbled over a tab that begins a block scalar, which is text to CircleCI and the pure parser."""
    return "found a tab character where an indentation space is expected" in str(getattr(error, "problem", ""))


def _is_odd_directive(error: YAMLError) -> bool:
    """Whether libyaml refused `%FOO` or `%YAML 1.3`, which YAML lets a parser pass over, as SnakeYAML does."""
    problem = str(getattr(error, "problem", ""))
    return "found unknown directive name" in problem or "found incompatible YAML document" in problem


def _inner_colon(text: str, error: YAMLError) -> int | None:
    """Where the colon is that libyaml stumbled over, when that is what the error is about."""
    mark = getattr(error, "problem_mark", None)
    if mark is None or "found unexpected ':'" not in str(getattr(error, "problem", "")):
        return None
    following = text[mark.index + 1 : mark.index + 2]
    return mark.index if text[mark.index : mark.index + 1] == ":" and following.strip(" \t\r\n,[]{}") else None


def _read_with_stand_ins(text: str) -> Node:
    """Parse with private-use characters for inner colons and first tabs, and put those back in the values."""
    escaped = {chr(int(code, 16)) for code in _ESCAPED_PRIVATE_USE.findall(text)}
    free = [c for c in _PRIVATE_USE if c not in text and c not in escaped]
    if len(free) > 1:
        colon, tab = free[:2]
        hidden = _INNER_COLON.sub(colon, _without_directives(text))
        for _ in range(MAX_ODD_PLACES):
            try:
                return Builder(hidden, {colon: ":", tab: "\t"}).by(_ruamel_yaml)
            except YAMLError as error:
                if _is_first_tab(error):
                    mark = error.problem_mark  # type: ignore[attr-defined]
                    if hidden[error.context_mark.index] == ">":  # type: ignore[attr-defined]
                        break  # how its lines are folded depends on the tab
                    place, stand_in = mark.index, tab
                elif (found := _inner_colon(hidden, error)) is not None:
                    place, stand_in = found, colon
                else:
                    raise
            hidden = hidden[:place] + stand_in + hidden[place + 1 :]
    return _purely(_without_directives(text))


def _without_directives(text: str) -> str:
    """The text with a comment in the place of each directive before the content that is none of a known kind."""
    return _DIRECTIVES.sub(lambda head: _ODD_DIRECTIVE.sub("#", head[0]), text) if text.find("%") >= 0 else text


def _read_error(error: YAMLError, text: str) -> ReadError:
    if isinstance(error, MarkedYAMLError) or hasattr(error, "problem_mark"):
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = str(getattr(error, "problem", None) or getattr(error, "context", None) or "cannot be read")
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        tag = _TAG.search(text)
        if tag and mark is not None and text.count("\n", 0, tag.end()) <= mark.line + 1:
            line = text.count("\n", 0, tag.end()) + 1
            return ReadError("is a template, which is not YAML until it is rendered", line)
        return ReadError(f"is not valid YAML: {_without_values(problem)}", line, column)
    reason = getattr(error, "reason", None)
    return ReadError(
        f"is not valid YAML: {_without_values(str(reason)) if reason else 'a character that YAML does not allow'}"
    )


def _without_values(problem: str) -> str:
    return problem.splitlines()[0][:120] if problem else "cannot be read"
