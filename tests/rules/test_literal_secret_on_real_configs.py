"""`literal-secret` over configs of public repositories: what it finds, and what it makes of planted secrets."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Failed, Located, Outcome
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Aws, Policy
from migrator.rule import Safety
from tests.corpus import needs_corpus, real_configs
from tests.places import DOCS

PAGE = DOCS / "literal-secret-on-real-configs.md"
ROW = re.compile(r"^\| ([\w.-]+/[\w.-]+) \| `(\w+)` .*\| (safe|review|manual) \| (Right|Wrong)", re.MULTILINE)

# What the planting replaces: variables where only credentials stand.
KEYS = re.compile(r"""((?<![\w-])(?:password|aws_secret_access_key): +)["']?\$\{?\w+\}?["']?(?=[\s,}])""")
OPTION = re.compile(r"""(docker login[^\n|#]*?\s(?:-p|--password)[ =]?)["']?\$\{?\w+\}?["']?""")
ECHO = re.compile(r"""(echo )["']?\$\{?\w+\}?["']?( \| docker login)""")
ENVIRONMENT = re.compile(r"^( *)environment:\n( +)(?=\w+: )", re.MULTILINE)


def migrated(text: str, rule: str = "literal-secret") -> Outcome:
    rules = load_rules([rule])
    choose = choose_by_safety(review_too=True)
    return run(".circleci/config.yml", text.encode("utf-8", "surrogateescape"), rules, Policy(aws=Aws()), choose)


def findings(outcome: Outcome) -> tuple[Located, ...]:
    if isinstance(outcome, Changed):
        return (*outcome.applied, *outcome.left)
    return () if isinstance(outcome, Failed) else getattr(outcome, "left", ())


def repository(path: Path) -> str:
    owner, name, _ = path.name.split("__", 2)
    return f"{owner}/{name}"


@needs_corpus
def test_the_page_lists_every_finding() -> None:
    found: Counter[tuple[str, str, str]] = Counter()
    for path in real_configs():
        for each in findings(migrated(path.read_text("utf-8", "surrogateescape"))):
            (name,) = re.findall(r"^`(\w+)`", each.message) or ["script"]
            found[repository(path), name, each.safety.value] += 1
    rows = ROW.findall(PAGE.read_text())
    assert found == Counter(row[:3] for row in rows)
    wrong = [row for row in rows if row[3] == "Wrong" and row[2] != Safety.MANUAL.value]
    assert len(wrong) <= 5


def planted(text: str) -> tuple[str, list[str]]:
    """The text with secrets in it."""
    secrets: list[str] = []

    def put(match: re.Match[str]) -> str:
        secrets.append(f"Zq7x{len(secrets):03}Wv9-Kp4")
        if match.re is ENVIRONMENT:
            return f"{match[0]}MY_API_TOKEN: {secrets[-1]}\n{match[2]}"
        return f"{match[1]}{secrets[-1]}{match[2] if match.re is ECHO else ''}"

    for pattern in (KEYS, OPTION, ECHO, ENVIRONMENT):
        text = pattern.sub(put, text)
    return text, secrets


@needs_corpus
@pytest.mark.parametrize("part", range(4))
def test_planted_secrets_are_moved_or_told_and_always_masked(part: int) -> None:
    count = 0
    for path in real_configs()[part::4]:
        before = path.read_bytes().decode("utf-8", "surrogateescape")
        text, secrets = planted(before)
        outcome = migrated(text)
        if not secrets or isinstance(migrated(before), Failed) or not findings(outcome):
            continue  # of a file without findings nothing is shown
        count += len(secrets)
        assert not isinstance(outcome, Failed), (path.name, outcome)
        hidden = "\n".join(getattr(outcome, "secrets", ()))
        assert [secret for secret in secrets if secret not in hidden] == [], path.name
        assert "Zq7x" not in repr(outcome), path.name
        other = migrated(text, "unauthenticated-image")
        if findings(other):
            hidden = "\n".join(getattr(other, "secrets", ()))
            assert [secret for secret in secrets if secret not in hidden] == [], path.name
        if isinstance(outcome, Changed):
            again = migrated(outcome.after)
            assert not isinstance(again, Changed | Failed), path.name
    assert count > 20
