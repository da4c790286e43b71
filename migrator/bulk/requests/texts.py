"""What a pull request and a commit say: Jinja templates over the findings, in Markdown that no finding can break."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from migrator.accounts.model import State
from migrator.bulk.entry import Entry
from migrator.bulk.needs.collecting import Around, needs_of, place_of
from migrator.bulk.work import Result
from migrator.engine.discovery import RuleFile, rule_files
from migrator.errors import UsageError
from migrator.policy import Policy
from migrator.results.needs import Needed, Place
from migrator.results.prerequisites import commands, heading_of
from migrator.results.published import cell, code, commit_text, fence, markdown
from migrator.results.reasons import Reason, reason_of

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
CAMPAIGN, CHANGE = "Migrator-Campaign", "Migrator-Change"


class Lengths(NamedTuple):
    """How many characters a host accepts in a title and in a body, with a margin."""

    title: int = 250
    body: int = 60_000


_USUAL = Lengths()
_ALONE = Around()


class Wording(NamedTuple):
    """The caller's own templates: a title as text, a body as a file. Empty ones mean the built-in templates."""

    title: str = ""
    body: str = ""


class Texts:
    """What is said of one repository. `message` is the commit's, whose trailers mark it as ours for a later run.

    The body is written when it is first asked for: a commit alone has none.
    """

    def __init__(self, title: str, message: str, body: Callable[[], str]) -> None:
        self.title, self.message, self._body = title, message, body

    @functools.cached_property
    def body(self) -> str:
        """What a change request says. Raises `UsageError` for a template of the caller that has a fault."""
        return self._body()


def write_texts(
    entry: Entry, result: Result, campaign: str, policy: Policy, wording: Wording, template: str = "",
    lengths: Lengths = _USUAL, around: Around = _ALONE, *, directories: Sequence[Path] = (),
    request: str = "pull request",
) -> Texts:  # fmt: skip
    """The texts of one repository. `around` is what is known beside it, `template` the repository's own pull request
    template, which follows ours. `directories` have rules beside the built-in ones; `request` is what the host calls
    a change request."""
    reasons = _reasons(result, tuple(directories))

    @functools.cache
    def values() -> dict[str, Any]:
        about = {"campaign": campaign, "request": request, "template": _without_commands(template.strip())}
        return _values(entry, result, policy, around, reasons) | about

    title = _render(wording.title, values(), "--title") if wording.title else f"CircleCI: {_headline(reasons)}"
    heading = commit_text(" ".join(title.split()))[: lengths.title]
    made = Counter(finding["rule"] for finding in result.findings if finding["applied"])
    summary = "\n".join(f"- {rule}: {count} fix{'es' if count > 1 else ''}" for rule, count in sorted(made.items()))
    message = f"{heading}\n\n{summary}\n\n{CAMPAIGN}: {campaign}\n{CHANGE}: {result.change}\n"
    return Texts(heading, message, lambda: _body(wording, values(), lengths.body))


def _values(
    entry: Entry, result: Result, policy: Policy, around: Around, reasons: Sequence[tuple[Reason, int]]
) -> dict[str, Any]:
    """What templates see of one repository."""
    needs = needs_of(entry, result, policy, around)
    demanded = [_demand(needed, place_of(entry, result, policy), around) for needed in needs.demanded]
    applied = [finding for finding in result.findings if finding["applied"]]
    return {
        "repository": entry.name,
        "public": entry.public,
        "headline": _headline(reasons),
        "reasons": [{**reason._asdict(), "count": count} for reason, count in reasons],
        "rules": sorted({finding["rule"] for finding in applied}),
        "findings": applied,
        "left": [finding for finding in result.findings if not finding["applied"]],
        "warnings": sorted({warning for finding in applied for warning in finding["warnings"]}),
        "files": result.edited,
        "requirements": demanded,
        "commands": "\n".join(line for each in demanded for line in each["commands"]),
        "existing": [heading_of(needed) for needed in needs.existing],
        "contexts": sorted({n.need.name for n in (*needs.demanded, *needs.existing) if n.need.kind == "context"}),
        "skipped": result.message,
        "contact": " ".join(around.contact.split()),
    }


def _reasons(result: Result, directories: tuple[Path, ...]) -> list[tuple[Reason, int]]:
    """Why the change is made, by the rules that make it, each with how often; the one with the most fixes first."""
    made = Counter(finding["rule"] for finding in result.findings if finding["applied"])
    files = _rule_files(directories)
    ordered = sorted(made.items(), key=lambda each: (-each[1], each[0]))
    return [(reason_of(files[rule]) if rule in files else Reason(rule), count) for rule, count in ordered]


@functools.cache
def _rule_files(directories: tuple[Path, ...]) -> dict[str, RuleFile]:
    return rule_files(directories)


_TITLE = 72
"""Characters of a title that every host and `git log` show whole."""


def _headline(reasons: Sequence[tuple[Reason, int]]) -> str:
    """What the change does, in as few words as fit: that of the first rule, then of others or how many there are."""
    orders = [_lowered(reason.does.replace("`", "")) or reason.rule for reason, _ in reasons]
    whole = orders[0] if orders else "nothing"
    for number, order in enumerate(orders[1:], 1):
        if len("CircleCI: ") + len(f"{whole}; {order}") > _TITLE:
            left = len(orders) - number
            return f"{whole}, and {left} more fix{'es' if left > 1 else ''}"
        whole = f"{whole}; {order}"
    return whole


def _lowered(order: str) -> str:
    """An order as a part of a sentence: its first letter is small, unless it begins a name such as ECR."""
    return order[:1].lower() + order[1:] if order[1:2].islower() else order


def _without_commands(template: str) -> str:
    """A template of the repository without what a host would run for us, such as GitLab's `/merge`: quick actions
    (https://docs.gitlab.com/user/project/quick_actions/) are lines that begin with a slash."""
    return re.sub(r"^([^\S\n]*)/(?=\w)", r"\1\\/", template, flags=re.MULTILINE)


_SHOWN = (50, 15, 5)
"""How many items of a list a body shows: as many as leave it short enough for its host."""


def _body(wording: Wording, values: dict[str, Any], most: int) -> str:
    own = _own(wording.body) if wording.body else _built_in("body.md.j2")
    for number in _SHOWN:
        body = _render(own, {**values, "most": number}, f"--body {wording.body}")
        if len(body) <= most:
            return body
    return _cut(body, most)


_TOO_LONG = "\n\nThe rest was too long to be shown here.\n"


def _cut(body: str, most: int) -> str:
    """The first lines of a body; a block of code that is open there is closed."""
    kept: list[str] = []
    fence, length = "", 0
    room = most - len(_TOO_LONG)
    for line in body.splitlines():
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark and not fence:
            opens: str = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(f" {fence[0]}"):
            opens = ""
        else:
            opens = fence
        if length + len(line) + 1 + len(opens) > room:
            break
        kept.append(line)
        length += len(line) + 1
        fence = opens
    return "\n".join([*kept, *([fence] if fence else [])]) + _TOO_LONG


def _demand(needed: Needed, place: Place, around: Around) -> dict[str, Any]:
    """What must exist, as templates see it: whether it does by what CircleCI said, else who is asked for it, or how it
    is created."""
    exists = around.answers.of(needed, place).state is State.PRESENT
    ask = " ".join(around.contact.split()) if needed.need.kind == "context" and not exists else ""
    lines = [] if exists or ask else commands(needed)
    return {"title": heading_of(needed), "exists": exists, "ask": ask, "commands": lines}


@functools.cache
def _built_in(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


@functools.cache
def _own(path: str) -> str:
    try:
        return Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"--body {path}: cannot be read: {getattr(error, 'strerror', None) or 'is not UTF-8'}"
        ) from None


def _render(text: str, values: dict[str, Any], where: str) -> str:
    import jinja2

    try:
        return _template(text).render(values)
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None)
        raise UsageError(f"{where}: {f'line {line}: ' if line else ''}{error.message}") from None
    except Exception as error:  # whatever the expressions of a caller's template raise
        raise UsageError(f"{where}: {type(error).__name__}: {error}") from None


@functools.lru_cache(maxsize=8)
def _template(text: str) -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["md"] = markdown
    environment.filters["link"] = _link
    environment.filters["code"] = code
    environment.filters["cell"] = cell
    environment.filters["fence"] = fence
    return environment.from_string(text)


def _link(link: tuple[str, str]) -> str:
    """A link of a rule's page, as a label and a URL of plain characters."""
    return f"[{markdown(link[0])}]({link[1]})"
