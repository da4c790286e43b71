"""What a pull request and a commit say: Jinja templates over the findings, in Markdown that no finding can break."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from migrator.accounts.model import State
from migrator.bulk.entry import Entry
from migrator.bulk.needs.collecting import Around, needs_of, place_of
from migrator.bulk.work import Result
from migrator.errors import UsageError
from migrator.policy import Policy
from migrator.results.needs import Needed, Place
from migrator.results.prerequisites import commands, heading_of
from migrator.results.published import cell, code, commit_text, fence, markdown

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


class Texts(NamedTuple):
    """`message` is the commit's, whose trailers mark the commit as ours for a later run."""

    title: str
    body: str
    message: str


def write_texts(
    entry: Entry, result: Result, campaign: str, policy: Policy, wording: Wording, template: str = "",
    lengths: Lengths = _USUAL, around: Around = _ALONE,
) -> Texts:  # fmt: skip
    """The texts of one repository. `around` is what is known beside it, `template` the repository's own pull request
    template, which follows ours."""
    needs = needs_of(entry, result, policy, around)
    demanded = [_demand(needed, place_of(entry, result, policy), around) for needed in needs.demanded]
    applied = [finding for finding in result.findings if finding["applied"]]
    values: dict[str, Any] = {
        "campaign": campaign,
        "repository": entry.name,
        "public": entry.public,
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
        "template": template.strip(),
    }
    heading = " ".join(_render(wording.title or _built_in("title.j2"), values, "--title").split())
    body = _render(_own(wording.body) if wording.body else _built_in("body.md.j2"), values, f"--body {wording.body}")
    if len(body) > lengths.body:
        body = body[: lengths.body].rsplit("\n", 1)[0] + "\n\nThe rest was too long for a pull request.\n"
    heading = commit_text(heading)[: lengths.title]
    made = Counter(finding["rule"] for finding in applied)
    summary = "\n".join(f"- {rule}: {count} fix{'es' if count > 1 else ''}" for rule, count in sorted(made.items()))
    message = f"{heading}\n\n{summary}\n\n{CAMPAIGN}: {campaign}\n{CHANGE}: {result.change}\n"
    return Texts(heading, body, message)


def _demand(needed: Needed, place: Place, around: Around) -> dict[str, Any]:
    """What must exist, as templates see it: whether it does by what CircleCI said, else who is asked for it, or how it
    is created."""
    exists = around.answers.of(needed, place).state is State.PRESENT
    ask = around.contact if needed.need.kind == "context" and not exists else ""
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
    environment.filters["code"] = code
    environment.filters["cell"] = cell
    environment.filters["fence"] = fence
    return environment.from_string(text)
