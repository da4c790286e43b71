"""The cases of a rule's page: read, run as the page says, and what the rule reports written into them.

A page is Markdown. Each `### heading` holds one case, or one for each syntax: a block `yaml before` (`python before`);
for a change a block `yaml after`; where something is reported a block `text` with a line `safety: message` for each
finding and a line `  - warning` for each of its warnings. A block `toml policy` gives the cases of its heading a
policy, and `path=NAME` behind `before` gives the file a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from migrator.engine.discovery import RuleFile
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import PolicyError, RuleError
from migrator.policy import Policy
from migrator.rule import Rule
from migrator.startup.records import record, replace

DEFAULT_PATHS = {"yaml": ".circleci/config.yml", "python": ".circleci/generate_config.py"}
"""What the file of a case is called where its block does not say."""

_BLOCK = re.compile(
    r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL
)
_PART = re.compile(
    rf"{_BLOCK.pattern}|^(?P<level>\#{{2,3}}) (?P<title>[^\n]+)|^(?P<open>`{{3,}})", re.MULTILINE | re.DOTALL
)
_CASES = re.compile(r"^## (?:Left alone|Changed)\b", re.MULTILINE)


@record
class Case:
    """One case of a page. `after` is `None` where the text must stay as it is; `reports` are the lines to expect.

    `end` is where the last of its `before` and `after` blocks ends in the page, and `reported` where its `text` block
    is; `line` is that of its heading, from 1.
    """

    page: Path
    line: int
    rule: str
    name: str
    section: str
    syntax: str
    before: str
    after: str | None
    policy: str
    path: str
    end: int
    reports: tuple[str, ...] = ()
    reported: tuple[int, int] | None = None

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.name}" + ("" if self.syntax == "yaml" else f" ({self.syntax})")


@record
class Tried:
    """What a rule made of a case: its text, what was reported, and one line where it failed or did not settle."""

    text: str
    reports: tuple[str, ...] = ()
    problem: str = ""


def split_page(page: str) -> tuple[str, str]:
    """The prose of a page and its cases, which begin at the first `## Left alone` or `## Changed`."""
    fenced = [match.span() for match in _BLOCK.finditer(page)]
    for match in _CASES.finditer(page):
        if not any(start < match.start() < end for start, end in fenced):
            return page[: match.start()], page[match.start() :]
    return page, ""


def pages_of(file: RuleFile, more: Path | None = None) -> list[Path]:
    """The page of a rule and the pages with further cases: those of the folder of its name below `more`."""
    return [file.page, *(sorted((more / file.path.stem).glob("*.md")) if more else ())]


def read_page(page: Path) -> str:
    """The text of a page. Raises `RuleError`."""
    try:
        return page.read_text("utf-8")
    except OSError as error:
        raise RuleError(f"{page}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RuleError(f"{page}: is not UTF-8; save it as UTF-8") from None


def cases_of(page: Path, rule: str) -> list[Case]:
    """All cases of a page of the rule with this id, in order. Raises `RuleError` where blocks do not make a case."""
    text = read_page(page)
    reader = _PageReader(page, rule, text)
    for part in _PART.finditer(text):
        reader.take(part)
    reader.close()
    return reader.cases


class _PageReader:
    def __init__(self, page: Path, rule: str, text: str) -> None:
        self.page = page
        self.rule = rule
        self.text = text
        self.cases: list[Case] = []
        self.section = ""
        self.heading = ""  # of the cases that are read; empty in prose
        self.line = 0
        self.policy = ""
        self.first = 0  # of the cases below the heading

    def take(self, part: re.Match[str]) -> None:
        if part["open"]:
            raise self.wrong(part.start(), "a block is not closed")
        if not part["level"]:
            if self.heading:
                self.block(part, part["info"].split())
            return
        self.close()
        if part["level"] == "##":
            self.section, self.heading = part["title"], ""
        else:
            self.heading, self.line = part["title"], self.line_at(part.start())
        self.policy, self.first = "", len(self.cases)

    def close(self) -> None:
        if not self.heading:
            return
        if len(self.cases) == self.first:
            raise RuleError(f"{self.page}, line {self.line}: '{self.heading}' has no case; add a block `yaml before`")
        self.cases[self.first :] = [replace(case, policy=self.policy) for case in self.cases[self.first :]]

    def block(self, part: re.Match[str], info: list[str]) -> None:
        if info[1:2] == ["before"]:
            self.cases.append(self.begun(part, info))
        elif info[1:2] == ["after"]:
            last = self.last(part, "after")
            if last.after is not None or last.syntax != info[0]:
                raise self.wrong(part.start(), "`after` belongs to one `before` of the same syntax")
            if part["text"] == last.before:
                raise self.wrong(part.start(), "`before` and `after` are equal; remove `after`")
            self.cases[-1] = replace(last, after=part["text"], end=part.end())
        elif info == ["text"]:
            last = self.last(part, "text")
            if last.reported:
                raise self.wrong(part.start(), "one case has two `text` blocks")
            self.cases[-1] = replace(last, reports=tuple(part["text"].splitlines()), reported=part.span())
        elif info == ["toml", "policy"]:
            self.policy = part["text"]
        elif info not in (["console"], ["sh"]):
            raise self.wrong(part.start(), f"a block `{part['info'].strip()}` has no meaning in a case")

    def begun(self, part: re.Match[str], info: list[str]) -> Case:
        named = [word.removeprefix("path=") for word in info[2:] if word.startswith("path=")]
        path = named[0] if named else DEFAULT_PATHS.get(info[0], "")
        if not path:
            raise self.wrong(part.start(), f"a block of `{info[0]}` needs the name of its file: `path=NAME`")
        return Case(
            page=self.page,
            line=self.line,
            rule=self.rule,
            name=self.heading,
            section=self.section,
            syntax=info[0],
            before=part["text"],
            after=None,
            policy="",
            path=path,
            end=part.end(),
        )

    def last(self, part: re.Match[str], kind: str) -> Case:
        if len(self.cases) == self.first:
            raise self.wrong(part.start(), f"`{kind}` without `before`")
        return self.cases[-1]

    def line_at(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def wrong(self, place: int, message: str) -> RuleError:
        return RuleError(f"{self.page}, line {self.line_at(place)}: {message}")


def policy_of(case: Case) -> Policy:
    """The policy of a case. Raises `PolicyError`."""
    if not case.policy:
        return Policy()
    from migrator.policy.toml import parse_policy

    return parse_policy(case.policy, case.page)


def try_case(case: Case, rule: Rule) -> Tried:
    """Run a case twice, fixes that need review included."""
    try:
        policy, apply = policy_of(case), choose_by_safety(review_too=True)
    except PolicyError as error:
        return Tried(case.before, problem=str(error))
    outcome = run(case.path, case.before.encode(), [rule], policy, apply)
    if isinstance(outcome, Failed | Skipped):
        return Tried(case.before, problem=outcome.reason)
    text = outcome.after if isinstance(outcome, Changed) else case.before
    again = run(case.path, text.encode(), [rule], policy, apply)
    return Tried(text, reports_of(outcome), "" if isinstance(again, Unchanged) else "a second run changes it again")


def reports_of(outcome: Outcome) -> tuple[str, ...]:
    """What a page shows of an outcome: each finding with its safety, its warnings, and why a fix was not made."""
    if isinstance(outcome, Skipped):
        return ()
    applied = outcome.applied if isinstance(outcome, Changed) else ()
    return tuple(line for located in (*applied, *outcome.left) for line in _lines(located))


def _lines(located: Located) -> Iterator[str]:
    text = f"{located.safety.value}: {located.message}"
    for warning in located.warnings:
        text += f"\n  - {warning}"
    if located.why_not:
        text += f"\n  not changed: {located.why_not}"
    yield from text.splitlines()


def faults(case: Case, tried: Tried) -> list[str]:
    """Where a rule does something else than the page says; each fault may have several lines, as a diff has."""
    if tried.problem:
        return [tried.problem]
    found: list[str] = []
    wanted = case.before if case.after is None else case.after
    if tried.text != wanted:
        found.append("\n".join(("the result is different:", *_diff(wanted.splitlines(), tried.text.splitlines()))))
    if tried.reports != case.reports:
        found.append("\n".join(("the report is different:", *_diff(case.reports, tried.reports))))
    return found


def _diff(page: Sequence[str], rule: Sequence[str]) -> list[str]:
    from difflib import unified_diff

    lines = list(unified_diff(page, rule, "page", "rule", lineterm=""))
    return lines or ["  only line ends differ"]


def updated(page: Path, rule: Rule) -> str:
    """The text of a page with what the rule reports today in its `text` blocks; cases that fail are as they were."""
    tried = {case: try_case(case, rule) for case in cases_of(page, rule.id)}
    return with_reports(read_page(page), {case: each.reports for case, each in tried.items() if not each.problem})


def with_reports(text: str, reports: Mapping[Case, Sequence[str]]) -> str:
    """The text of a page with the `text` blocks of these cases, all of them of this page, as the rule reports."""
    for case in sorted(reports, key=lambda case: case.end, reverse=True):
        if tuple(reports[case]) == case.reports:
            continue
        start, end = case.reported or (case.end, case.end)
        head, tail = text[:start].rstrip("\n"), text[end:].lstrip("\n")
        text = "\n\n".join(part for part in (head, _block(reports[case]), tail) if part)
        if not tail:
            text += "\n"
    return text


def _block(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}text", *lines, fence))
