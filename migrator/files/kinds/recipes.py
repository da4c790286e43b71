"""What writes a config, where something says so: its first comments, a step, a Makefile, a script of `package.json`.

Nothing is run: a line that writes the file (`... > .circleci/config.yml`), a rule of make whose target it is, or a step
that runs a generator and then asks git whether the file is still the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from migrator.startup.patterns import lazy

_FILE: Final = lazy(
    r"(?<![\w./@-])(?:[\w.@$(){}-]+/)*[\w.@-]+\.(?:rb|py|[cm]?js|m?ts|tsx|sh|bash|pl|php|go|rs|kts?|java|scala|groovy"
    r"|exs?|lua|jl|hs|clj|nix|star|bzl|erb|j2|jinja2?|tmpl|tpl|template|in|m4|mustache|hbs|gotmpl|ejs|jsonnet|libsonnet"
    r"|cue|dhall)(?![\w-]|\.\w)"
)
_PACK: Final = lazy(r"\b(?:config|orb)\s+pack\s+(?!-)[\"']?([\w./@${}-]+)")
_RUNS: Final = lazy(r"\b(?:make|npm|yarn|pnpm|npx|rake|bundle|go run|cargo run|bazel run|task|just|node|deno|bun)\s")
_MADE: Final = lazy(
    r"\b(?:generated?|rendered?|written|built|compiled|produced|created) (?:by|from|with|using|via)\b", re.IGNORECASE
)
_ASKS_GIT: Final = lazy(r"\bgit\s+(?:-\S+\s+)*(?:diff|status)\b")
_GENERATES: Final = lazy(r"\.circleci/\S*(?:gen|render|build|make|config|compile)")
_STEP: Final = lazy(r"^[ \t]*- ", re.MULTILINE)
_SPAN: Final = 800
"""So many characters before a question to git may the generator be."""

_SPAN_OF_STEPS: Final = 8_000
"""The same where the question names the config, so that the generator may be in another step of the job."""

_DASH: Final = lazy(r"([ \t]*)- ")
_ENDS: Final = lazy(r"\d?[<>]|[;&|)`#]")
_SAID: Final = lazy(r"\s*(?:- )?(?:name|description|key):")
_COMMENT: Final = lazy(r"(?:^|[\s'\"])#.*")
# Installing, formatting and testing write no config.
_WRITES_NONE: Final = lazy(
    r"\b(?:npm|yarn|pnpm|bundle|pip[\d.]*|poetry|uv)\s+(?:ci|i|install|add|sync)\b(?![:-])"
    r"|\b(?:prettier|yamlfmt|fmt|format|e?s?lint|validate)\b|\btests?\b(?!/)"
)


class Says(NamedTuple):
    """`source` is a path as it is written there, empty where none is; `line` counts from 1; `how` is what to run."""

    source: str
    line: int
    how: str = ""


@lru_cache(maxsize=64)
def _writes(own: str, is_beside: bool) -> re.Pattern[str]:
    path = rf"(?:[\w./${{}}()-]*\.circleci/{'|(?:[.]/)?' if is_beside else ''}){re.escape(own)}(?![\w.-])"
    return re.compile(
        rf"""(?:>\|?|\btee\b(?:\s+-\w+)*|\s-o|\s--out(?:put|file|-file)?)[=\s]*["']?{path}"""
        rf"""|\b(?:cp|mv)\s+(?:-\w+\s+)*\S+\s+["']?{path}["']?\s*(?:$|[;&|])"""
    )


def writes(line: str, own: str, *, is_beside: bool = False) -> bool:
    """Whether a command writes the file of this name below `.circleci`; beside it the name alone says so."""
    return own in line and _writes(own, is_beside).search(line) is not None


SCRIPTS: Final = (".sh", ".bash", ".js", ".cjs", ".mjs", ".ts", ".mts", ".rb", ".pl", ".php", ".go")
"""Scripts in other languages than Python, which may write a config beside them."""


_ITS_FOLDER: Final = (
    r"(?:[\w./${}()-]{0,80}\.circleci/|\$\(dirname[^)\n]{0,60}\)/|\$\{?\w{0,40}(?:DIR|dir|HERE|here)\}?/)"
)
_CALLS: Final = r"\b(?:writeFile(?:Sync)?|write_?text|file_put_contents|(?:File|IO|Bun)\.write|WriteFile)"


@lru_cache(maxsize=64)
def _writes_beside(own: str) -> re.Pattern[str]:
    """What writes the file of this name in the folder of a script, or in a `.circleci` that is named."""
    return re.compile(
        rf"""(?:>\|?|\btee\b|\s-o|\s--out(?:put|file|-file)?)[=\s]{{0,4}}["']?{_ITS_FOLDER}{re.escape(own)}(?![\w.-])"""
        rf"""|{_CALLS}\([^\n]{{0,120}}?(?:\.circleci/|__dir(?:name|__)[^\n\w]{{0,20}}){re.escape(own)}(?![\w.-])"""
    )


def in_script(text: str, own: str) -> Says | None:
    """What a script beside a config, or a recipe in such a language, says."""
    if own not in text:
        return None
    for number, line in enumerate(text.split("\n"), 1):
        if own in line and not line.lstrip().startswith(("#", "//")) and _writes_beside(own).search(line[:1_000]):
            return Says(source_in(line, own), number)
    return None


def names(text: str, name: str) -> re.Match[str] | None:
    """Where a text names a file, by its name or by a path to it."""
    return re.search(rf"(?<![\w-]){re.escape(name)}\b", text)


def source_in(line: str, own: str) -> str:
    """The file or the packed folder that a command reads, the last of several; empty where it names none."""
    if packed := _PACK.search(line):
        return packed[1].rstrip("/") + "/"
    found = [each[0] for each in _FILE.finditer(line) if not each[0].endswith(f"/{own}") and each[0] != own]
    return found[-1] if found else ""


def packed_in(text: str) -> list[str]:
    """The folders that commands in a text pack."""
    return _PACK.findall(text) if " pack " in text else []


def in_header(header: str, own: str) -> Says | None:
    """What the comments at the head of a file say."""
    for number, line in enumerate(header.split("\n"), 1):
        if writes(line, own, is_beside=True):
            return Says(source_in(line, own), number)
        if _MADE.search(line) and names(line, own) and (source := source_in(line, own)):
            return Says(source, number)
    return None


def in_steps(text: str, own: str, *, in_place: bool = True) -> Says | None:
    """What the steps of a config say: one that writes the file, or that asks git whether a generator changed it.

    `in_place`: the file is where CircleCI looks for it, so that what is below `.circleci` is beside it.
    """
    if own in text:
        for number, line in enumerate(text.split("\n"), 1):
            if not line.lstrip().startswith("#") and writes(line, own):
                return Says(source_in(line, own), number)
    for question in _ASKS_GIT.finditer(text):
        before = text[max(question.start() - _SPAN, 0) : question.start()]
        starts = [found.end() for found in _STEP.finditer(before)]
        # A step that names its command on a line of its own begins one dash further up.
        before = before[starts[-1] :] if starts else before
        behind = text[question.end() : question.end() + 200].split("\n", 1)[0]
        asked = f"{before}{behind}"
        for line in reversed(before.split("\n")):
            if line.lstrip().startswith("#"):
                continue
            source = source_in(line, own)
            is_asked = names(asked, own) or (in_place and re.search(r"\.circleci/?(?:\s|$)", behind))
            if (source or _RUNS.search(line)) and (is_asked or (in_place and _GENERATES.search(source))):
                return Says(source, text.count("\n", 0, question.start()) + 1)
        if _asks_for(behind, own, in_place) and (says := _in_steps_before(text, question.start(), own)):
            return says
    return None


def _asks_for(behind: str, own: str, in_place: bool) -> bool:
    """Whether `git diff` or `git status`, followed by this, asks whether the config is as it was checked out.

    With another revision than `HEAD` it asks for what somebody changed (git-scm.com/docs/git-diff).
    """
    if ".circleci" not in behind:
        return False
    end = _ENDS.search(behind)
    words = re.sub(r"[\"']", "", behind[: end.start() if end else len(behind)]).split()
    paths = words[words.index("--") + 1 :] if "--" in words else []
    others = [word for word in (words[: words.index("--")] if "--" in words else words) if word[0] != "-"]
    others = [word for word in others if word != "HEAD"]
    below = rf"(?:/(?:{re.escape(own)}|\*+(?:\.ya?ml)?)?)?" if in_place else rf"/(?:[\w.-]+/)*{re.escape(own)}"
    named = re.compile(rf"(?:\./|\$\S*/)?\.circleci{below}")
    if others and ("--" in words or not named.fullmatch(others[0])):
        return False
    if paths or others:
        return any(named.fullmatch(word) for word in (*paths, *others))
    return (
        end is not None
        and re.match(rf"\|\s*[ef]?grep\s[^|]*\.circleci/{re.escape(own)}", behind[end.start() :]) is not None
    )


def _in_steps_before(text: str, question: int, own: str) -> Says | None:
    """The nearest command of the same job, in the steps before that of a question to git, that may write a config."""
    first = max(question - _SPAN_OF_STEPS, 0)
    end = text.find("\n", question)
    lines = text[first : end if end >= 0 else len(text)].split("\n")
    depth = len(lines[-1]) - len(lines[-1].lstrip())
    is_within = True
    for line in reversed(lines):
        indent = len(line) - len(line.lstrip())
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        dash = _DASH.match(line)
        if is_within:
            if dash and indent <= depth:
                is_within, depth = False, indent
            continue
        if indent < depth or (indent == depth and not dash):
            break
        line = "" if _SAID.match(line) else _COMMENT.sub("", line)
        source = source_in(line, own)
        if (source or _RUNS.search(line)) and not _WRITES_NONE.search(line):
            return Says(source, text.count("\n", 0, question) + 1)
    return None


def in_recipe(name: str, text: str, own: str, *, is_beside: bool) -> Says | None:
    """What a Makefile, a `package.json` or the like says."""
    if own not in text:
        return None
    if name == "Rakefile" and (says := in_script(text, own)):
        return says
    is_make = name.lower().endswith("makefile")
    return next(_in_makefile(text, own, is_beside) if is_make else _in_lines(name, text, own, is_beside), None)


def _in_lines(name: str, text: str, own: str, is_beside: bool) -> Iterator[Says]:
    for number, line in enumerate(text.split("\n"), 1):
        if writes(line.replace('\\"', " "), own, is_beside=is_beside):
            key = re.match(r"""\s*"([\w:.-]+)"\s*:""", line) if name == "package.json" else None
            yield Says(source_in(line, own), number, f"npm run {key[1]}" if key else "")


def _in_makefile(text: str, own: str, is_beside: bool) -> Iterator[Says]:
    own_target = re.compile(rf"(?:^|\s)(?:\S*\.circleci/{'|' if is_beside else ''}){re.escape(own)}(?=\s|$)")
    for number, line, rule, head in lines_of_rules(text):
        is_target = line.startswith("\t") and own_target.search(rule) is not None
        if is_target or writes(line, own, is_beside=is_beside):
            yield Says(source_in(line, own) or source_in(head, own), number, f"make {rule.split()[-1]}")


def lines_of_rules(makefile: str) -> Iterator[tuple[int, str, str, str]]:
    """The lines of rules and of their recipes, by number: each with the targets of its rule and what those need."""
    targets = needs = ""
    for number, line in enumerate(makefile.split("\n"), 1):
        before, colon, behind = line.partition(":")
        if colon and before[:1].strip(" \t#") and "=" not in before and not behind.startswith("="):
            targets, needs = before.rstrip(), behind
        elif not targets or not line.startswith("\t"):
            continue
        yield number, line, targets, needs
