"""What the program does with a file grows in proportion to it: lines of each function are counted on hostile files.

A count is the same on every machine. What happens inside of one call into C is not seen here but by `make soak`, which
measures processor time on the same files; characters that patterns are given to search are counted.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from types import CodeType, FrameType, ModuleType
from typing import Any, Final

import pytest

from migrator.circleci.credentials.named import images_of
from migrator.circleci.mentions import mentions_of
from migrator.circleci.practice import pulls_of
from migrator.documents import open_document
from migrator.engine import passes
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Failed
from migrator.engine.views import read_configs
from migrator.errors import ReadError
from migrator.policy import Policy
from migrator.reports.report import FORMATS, Report
from tests.hostile_texts import FILES, PYTHON, TEMPLATE, YAML, step
from tests.places import ROOT

SIZES: Final = (12, 24, 48)
# Between what grows as the file does, 1, and with its square, 2.
TOO_FAST: Final = 1.6
FEW: Final = 20  # lines more for each repetition: what a few dozens of anything cost

# Rooms whose modules all read something of a file, but for those that only hold words or are of another room's making.
READERS: Final = (
    *("circleci", "circleci/shell", "circleci/secrets", "circleci/orb_logins", "circleci/credentials"),
    *("documents", "documents/yaml", "documents/python", "documents/python/reading"),
)
# Words and classes alone; a Server, which the policy names; texts that only a report spells.
NOT_MET: Final = {
    "migrator/circleci/secrets/shapes.py",
    "migrator/circleci/secrets/words.py",
    "migrator/circleci/shell/pieces.py",
    "migrator/circleci/secrets/spellings.py",
    "migrator/circleci/credentials/project.py",
    "migrator/circleci/credentials/server.py",
    "migrator/circleci/credentials/supply.py",
    "migrator/documents/python/reading/nodes.py",
    "migrator/documents/python/reading/unread.py",
}
# What still grows faster, by the file on which it was seen: functions that look at all members of one collection of a
# script, or of one `environment`, for each of their members. `docs/time.md` says so.
STILL: Final = {
    "commands": (
        *("_Migration._findings", "_texts", "read_steps", "resolve", "StepList", "Step.", "walk"),
        *("Fingerprints", "Parents._table", "_labels", "_name"),
        # From each of them up to 30 levels are followed.
        *("Runtimes.", "Lookup.", "Definition.parameters", "Command.steps", "_hash", "_JOB"),
        # From each that logs in, the jobs that use it are looked for; only `contexts` and `init` do so for all.
        *("Running.owners", "scripts_of"),
    ),
    "environment in python": (
        "LiteralSecret.check",
        "sightings_beside",
        "remove_members",
        "own_members",
        "_cut",
        "_eq",
    ),
    "py adds": ("Mapping.entry",),
    "py calls": ("parse_reference", "Calls.references", "_is_reference", "_parse_plain", "_split"),
    "py concat": ("Collections.is_list", "Texts.", "PythonSource.span", "read_words", "words_between", "Layout."),
    "filled text in python": ("Embedded._checked",),
    "loops in python": ("Values.key", "Entry.name"),
    "updates in python": ("Collections.merge", "Entry.name"),
}
_HERE: Final = (str(ROOT / "migrator"), str(ROOT / "rules"))
Count = Counter[tuple[str, str]]


@cache
def rules() -> Any:
    return load_rules(tuple(rule_files(())), ())


def all_of(path: str, text: str, *, reported: bool = False) -> Any:
    """What a run does with one file: findings, fixes and, where asked for, all reports."""
    choose = passes.choose_by_safety(review_too=True)
    outcome = passes.run(f"/nowhere/.circleci/{path}", text.encode(), rules(), Policy(), choose)
    _asked_by_others(path, text)
    for module in FORMATS.values() if reported else ():
        import_module(module).render(Report((outcome,), Policy()))
    return outcome


def _asked_by_others(path: str, text: str) -> None:
    """What `migrate contexts`, `migrate init` and a campaign read of a config beside what the rules do."""
    with suppress(ReadError):
        configs = read_configs(open_document(path, text.encode()), f".circleci/{path}")
        mentions_of(configs)
        images_of(configs)
        for config in configs:
            list(pulls_of(config))


@contextmanager
def counting(count: Count) -> Iterator[None]:
    """Lines of the program's functions; and characters searched, by the pattern."""
    ours: dict[CodeType, tuple[str, str] | None] = {}

    def note(frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        if code not in ours:
            file = code.co_filename
            ours[code] = (file.removeprefix(str(ROOT) + "/"), code.co_qualname) if file.startswith(_HERE) else None
        key = ours[code]
        if key is None:
            return None
        if event == "line":
            count[key] += 1
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        yield
    finally:
        sys.settrace(before)


class Searched:
    """A pattern that says how many characters it was given to search."""

    def __init__(self, pattern: re.Pattern[str], name: tuple[str, str], counts: list[Count]) -> None:
        self._pattern, self._name, self._counts = pattern, name, counts

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pattern, name)
        if name not in ("search", "finditer", "findall", "split", "sub", "subn"):
            return method

        def searched(*arguments: Any, **more: Any) -> Any:
            text = arguments[1] if name in ("sub", "subn") else arguments[0]
            result = method(*arguments, **more)
            start = arguments[1] if name in ("search", "finditer") and len(arguments) > 1 else 0
            end = arguments[2] if name in ("search", "finditer") and len(arguments) > 2 else len(text)
            end = result.end() if name == "search" and result is not None else end
            for count in self._counts[-1:]:
                count[self._name] += max(end - start, 0)
            return result

        return searched


@pytest.fixture(scope="module")
def counts() -> Iterator[list[Count]]:
    """The counters of what is searched, the last of which counts; every pattern with a name counts."""
    lazy = type(import_module("migrator.tree")._PLAIN_TYPES[0][1])
    found: list[Count] = []
    replaced: list[tuple[ModuleType, str, Any]] = []
    for path, text in ((YAML, step("docker login -u a -p b")), (PYTHON, "x = 1"), (TEMPLATE, "{{ x }}")):
        all_of(path, text, reported=True)  # imports what it takes
    for module in [module for name, module in sys.modules.items() if name.startswith("migrator.")]:
        for name, value in list(vars(module).items()):
            if isinstance(value, lazy | re.Pattern):
                replaced.append((module, name, value))
                setattr(module, name, Searched(value, (module.__name__, f"{name} searches"), found))
    yield found
    for module, name, value in replaced:
        setattr(module, name, value)


def too_fast(counted: Callable[[int], Count]) -> list[str]:
    counted(SIZES[0])  # what is made once, such as a pattern
    small, middle, large = map(counted, SIZES)
    return [
        f"{file}: {name}: {small[file, name]}, {middle[file, name]}, {number}"
        for (file, name), number in large.items()
        if number - middle[file, name]
        > TOO_FAST * max(2 * (middle[file, name] - small[file, name]), FEW * (SIZES[2] - SIZES[1]))
    ]


def grown(name: str, counts: list[Count], *, reported: bool) -> list[str]:
    path, make = FILES[name]

    def counted(size: int) -> Count:
        count: Count = Counter()
        counts.append(count)
        with counting(count):
            all_of(path, make(size), reported=reported)
        return count

    return [each for each in too_fast(counted) if not any(known in each for known in STILL.get(name, ()))]


@pytest.mark.parametrize("name", FILES)
def test_no_function_and_no_pattern_does_more_than_the_file_asks_for(name: str, counts: list[Count]) -> None:
    assert grown(name, counts, reported=False) == []


@pytest.mark.parametrize("name", ["images", "exports", "logins", "heredocs closed", "a secret in each line"])
def test_no_report_takes_longer_than_its_findings_ask_for(name: str, counts: list[Count]) -> None:
    assert grown(name, counts, reported=True) == []


def test_every_module_that_reads_is_met_by_one_of_the_files() -> None:
    entered: Count = Counter()
    for path, make in FILES.values():
        all_of(path, make(2))  # imports, which would count as well
    with counting(entered):
        for path, make in FILES.values():
            all_of(path, make(3))
    met = {file for file, _ in entered}
    files = [file for room in READERS for file in (ROOT / "migrator" / room).glob("*.py")]
    modules = {file.relative_to(ROOT).as_posix() for file in files if file.name != "__init__.py"}
    assert modules - met == NOT_MET


def test_what_grows_with_the_square_is_seen() -> None:
    def counted(size: int) -> Count:
        return Counter(
            {("x", "linear"): 500 * size, ("x", "square"): 30 * size * size, ("x", "little"): size * size // 4}
        )

    assert [each.split(": ")[1] for each in too_fast(counted)] == ["square"]


DEEP: Final[dict[str, tuple[str, str]]] = {
    "lists": (YAML, "a: " + "[" * 10_000),
    "closed lists": (YAML, "a: " + "[" * 10_000 + "]" * 10_000),
    "mappings": (YAML, "a: " + "{a: " * 10_000),
    "blocks": (YAML, "- " * 10_000),
    "commands": (YAML, step("docker login -p " + "$(" * 10_000 + ")" * 10_000)),
    "subshells": (YAML, step("(" * 10_000 + "docker login -u a -p b" + ")" * 10_000)),
    "expansions": (YAML, step("docker login -p " + "${A:-" * 10_000 + "}" * 10_000)),
    "sums": (YAML, step("docker login -p $((" + "(" * 10_000 + "1" + ")" * 10_000 + "))")),
    "here-documents": (YAML, step("docker login <<E\n" * 10_000)),
    "shells": (YAML, step('bash -c "docker login -p x ' * 10_000)),
    "python lists": (PYTHON, "x = " + "[" * 10_000 + "]" * 10_000),
    "python parentheses": (PYTHON, "x = " + "(" * 10_000 + "1" + ")" * 10_000),
    "python dictionaries": (PYTHON, "x = " + "{'a': " * 10_000 + "1" + "}" * 10_000),
    "python sums": (PYTHON, "x = " + "+".join(["'a'"] * 10_000)),
    "python attributes": (PYTHON, "x = a" + ".b" * 10_000),
    "python minus": (PYTHON, "x = " + "-" * 10_000 + "1"),
    "jinja conditions": (TEMPLATE, "a:\n" + "{% if x %}\n" * 10_000 + "  b: c\n" + "{% endif %}\n" * 10_000),
    "jinja brackets": (TEMPLATE, "a: " + "{{ (" * 10_000 + ") }}" * 10_000),
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_without_end_is_read_or_refused_in_plain_words(name: str) -> None:
    path, text = DEEP[name]
    outcome = all_of(path, text)
    if isinstance(outcome, Failed):
        assert "RecursionError" not in outcome.reason
        assert "report it" not in outcome.reason
