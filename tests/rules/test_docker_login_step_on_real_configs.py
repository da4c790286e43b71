"""`docker-login-step` over real configs: every login is told or converted, and what ran before runs after, in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.circleci.config import Config
from migrator.circleci.declarations import is_version_2
from migrator.circleci.orb_logins.scripts import read_logins
from migrator.circleci.shell.logins import find_login
from migrator.circleci.shell.scripts import read_script
from migrator.circleci.steps import Step
from migrator.documents import open_document
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Failed, Outcome, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import ReadError
from migrator.parts import Part
from migrator.policy import Policy
from tests.corpus import SHARED
from tests.places import DOCS

CORPUS = SHARED
FILES = [path for kind in ("heads", "odd", "migrations") for path in sorted((CORPUS / kind).rglob("*.yml"))]
FILES = [path for path in FILES if path.name != "after.yml"]
PAGE = DOCS / "rules-on-real-configs.md"
INVENTED = "?"
LOGIN = re.compile(r"docker\s+login\b")
GUARDED = re.compile(r"if \[\[? -[nz] [^;\]]+\]\]?; then\s+(.*)\s+fi", re.DOTALL)

needs_corpus = pytest.mark.skipif(not FILES, reason="the real configs are not beside the project (../shared/corpus)")


def with_logins() -> list[Path]:
    return [path for path in FILES if b"login" in path.read_bytes()]


def migrated(data: bytes, *, review_too: bool = True) -> Outcome:
    rules = load_rules(["docker-login-step"])
    return run(".circleci/config.yml", data, rules, Policy(), choose_by_safety(review_too=review_too))


def read(data: bytes) -> Config | None:
    try:
        return Config(Part(open_document(".circleci/config.yml", data).root), ".circleci/config.yml")
    except ReadError:
        return None


def ran(config: Config) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """For each list of steps what its scripts and the orb's steps run, a line for each statement."""
    for number, steps in enumerate(config.step_lists):
        lines: list[tuple[str, ...]] = []
        for step in steps.items:
            lines += _of(step, is_2=is_version_2(config))
        yield f"{number} {steps.place} of {steps.owners[0].name}", lines


def _of(step: Step, *, is_2: bool) -> Iterator[tuple[str, ...]]:
    kind = step.name.rpartition("/")[2]
    if step.name.endswith("/check"):
        values = {key: getattr(step.argument(key), "value", "") for key in ("docker_username", "docker-username")}
        user = values["docker_username"] or values["docker-username"] or "DOCKER_LOGIN"
        registry = getattr(step.argument("registry"), "value", "")
        yield "login", user, registry
    elif kind == "pull" and step.argument("images") is not None:
        for image in getattr(step.argument("images"), "value", "").split(","):
            yield "run", f"docker pull {image}"
    elif (script := step.script) is not None:
        yield from _lines(script.value, is_2=is_2)
    else:
        yield "step", step.name


def _lines(text: str, *, is_2: bool) -> Iterator[tuple[str, ...]]:
    for statement in read_script(text, templates=not is_2).statements:
        if (guarded := GUARDED.fullmatch(text[slice(*statement.span)])) and LOGIN.search(guarded[1]):
            yield from _lines(guarded[1], is_2=is_2)
            continue
        kept = list(statement.pipelines)
        while kept and (login := find_login(kept[0])) and login.user and not login.why_not:
            if "||" in statement.operators:
                break
            yield "login", login.user.variable or INVENTED, login.registry
            kept.pop(0)
        if kept:
            yield "run", text[kept[0].span.start : statement.span.end].replace("\\<<", "<<")


def _may_be_passed(line: tuple[str, ...]) -> bool:
    return line[0] == "run" and re.match(r"(echo|printf|set)\b|(export +)?\w+=", line[1]) is not None


@needs_corpus
@pytest.mark.parametrize("path", with_logins(), ids=lambda path: str(path.relative_to(CORPUS)))
def test_what_ran_before_runs_after_in_the_same_order(path: Path) -> None:
    data = path.read_bytes()
    outcome = migrated(data)
    if isinstance(outcome, Failed):
        assert read(data) is None, outcome.reason  # what cannot be read is no fault of the rule
        return
    if not isinstance(outcome, Changed):
        return
    before, after = read(data), read(outcome.data)
    assert before is not None
    assert after is not None
    old, new = dict(ran(before)), dict(ran(after))
    assert list(old) == list(new)
    for name, lines in old.items():
        # a login goes before printed text, options and assignments; a user name that was written out becomes a variable
        assert [line for line in lines if _may_be_passed(line)] == [line for line in new[name] if _may_be_passed(line)]
        others = [line for line in lines if not _may_be_passed(line)]
        now = [line for line in new[name] if not _may_be_passed(line)]
        assert len(others) == len(now)
        for old_line, new_line in zip(others, now, strict=True):
            assert old_line == new_line or (old_line[1] == INVENTED and old_line[2:] == new_line[2:])


@needs_corpus
@pytest.mark.parametrize("path", with_logins(), ids=lambda path: str(path.relative_to(CORPUS)))
def test_a_second_run_finds_nothing_to_do(path: Path) -> None:
    for review_too in (True, False):
        outcome = migrated(path.read_bytes(), review_too=review_too)
        if isinstance(outcome, Changed):
            assert isinstance(migrated(outcome.data, review_too=review_too), Unchanged)


@needs_corpus
@pytest.mark.parametrize("path", with_logins(), ids=lambda path: str(path.relative_to(CORPUS)))
def test_every_login_is_converted_or_told(path: Path) -> None:
    data = path.read_bytes()
    outcome = migrated(data)
    if isinstance(outcome, Failed):
        return
    assert isinstance(outcome, Changed | Unchanged)
    text = outcome.after if isinstance(outcome, Changed) else data.decode()
    left = [located for located in outcome.left if "get-login`" not in located.message]
    assert len(left) == len(list(_written(text)))


def _written(text: str) -> Iterator[str]:
    """Lines with a `docker login` that is a command, found without reading shell."""
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        code = line.strip().removeprefix("- ")
        if not re.match(r"#|(name|description):|(command: |run: )?(echo|printf) [^|]*$", code):
            yield from (code for _ in LOGIN.finditer(code))


def _reason(message: str) -> str:
    """Why a login stays, without the names of its config."""
    reason = re.sub(r": `aws-ecr/[^`]+` of `[^`]+`, after `[^`]+`", "", message.partition(" is left unchanged: ")[2])
    return re.sub(r"job `[^`]+`", "its job", re.sub(r"runs in `docker[:/][^`]+`", "runs in a `docker` image", reason))


def _below(page: str, place: str) -> str:
    return page.partition(place)[2].partition("\n#")[0]


@needs_corpus
def test_the_page_of_figures_is_that_of_a_run() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("\n## `docker-login-step`\n")[2]
    states: dict[str, Counter[str]] = {"heads": Counter(), "odd": Counter(), "before a migration": Counter()}
    converted: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    for path in FILES:
        kind = path.relative_to(CORPUS).parts[0].replace("migrations", "before a migration")
        outcome = migrated(path.read_bytes())
        states[kind][type(outcome).__name__] += 1
        if kind != "heads" or isinstance(outcome, Failed):
            continue
        assert isinstance(outcome, Changed | Unchanged)
        reasons.update(_reason(each.message) for each in outcome.left if "get-login`" not in each.message)
        for each in outcome.applied if isinstance(outcome, Changed) else ():
            converted["/".join(path.name.split("__")[:2]), each.safety.value] += each.message.count("`docker login`")
    assert dict(re.findall(r"^\| (.+) \| (\d+) \|$", _below(page, "| Why it is left unchanged |"), re.MULTILINE)) == {
        reason: str(count) for reason, count in reasons.items()
    }
    rows = re.findall(r"^\| ([\w.-]+/[\w.-]+) \| (\d+) \| (\w+) \|", page, re.MULTILINE)
    assert {(name, safety): int(count) for name, count, safety in rows} == converted
    safe, review = (sum(n for (_, kind), n in converted.items() if kind == k) for k in ("safe", "review"))
    stay = reasons.total()
    for row in (
        f"| became `docker/check`, safe | {safe} |",
        f"| became `docker/check`, after review | {review} |",
        f"| stay, and the report says why | {stay} |",
        f"| `docker login` written in files that can be read | {safe + review + stay} |",
        f"| **sum** | **{stay}** |",
    ):
        assert f"\n{row}\n" in page
    for kind, count in states.items():
        counts = [count.total(), count["Changed"], count["Unchanged"], count["Failed"]]
        assert f"\n| {kind} | {' | '.join(map(str, counts))} |\n" in page


@needs_corpus
def test_scripts_without_a_login_are_not_taken_for_one() -> None:
    for path in FILES:
        config = read(path.read_bytes())
        for steps in config.step_lists if config else ():
            for step in steps.items:
                text = step.script
                if text is not None and "login" not in text.value:
                    reading = read_logins(text.value, templates=True, stops=True)
                    assert not reading.taken
                    assert not reading.staying
