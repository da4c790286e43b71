"""Every case of every rule page, through the engine, twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.policy.location import read_policy
from migrator.rule import Safety
from tests.rule_pages import CASES, PAGES, RULES, Case

DEFAULT_PATH = {"yaml": ".circleci/config.yml", "python": ".circleci/generate_config.py"}


def policy_of(case: Case, folder: Path) -> Policy:
    if not case.policy:
        return Policy()
    path = folder / "migrator.toml"
    path.write_text(case.policy, encoding="utf-8")
    return read_policy(path)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_the_page_says_what_the_rule_does(case: Case, tmp_path: Path) -> None:
    rules = load_rules([case.rule])
    policy = policy_of(case, tmp_path)
    path = case.path or DEFAULT_PATH[case.syntax]
    wanted = case.before if case.after is None else case.after
    outcome = run(path, case.before.encode(), rules, policy, choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed | Unchanged), outcome
    after = outcome.after if isinstance(outcome, Changed) else case.before
    assert after == wanted
    assert case.after is None or after != case.before, "the blocks are equal: drop `after`"
    again = run(path, after.encode(), rules, policy, choose_by_safety(review_too=True))
    assert isinstance(again, Unchanged), "a second run changed it again"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_has_its_headings_and_more_cases_left_alone_than_changed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "\n## Why\n" in text
    cases = [case for case in CASES if case.rule == page.stem.replace("_", "-")]
    alone = [case for case in cases if case.after is None]
    changed = [case for case in cases if case.after is not None]
    assert changed or load_rules([cases[0].rule])[0].safety is Safety.MANUAL
    assert len(alone) >= len(changed)
    if alone and changed:
        assert text.index("## Left alone") < text.index("## Changed")


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    rules = {p.stem for p in RULES.rglob("*.py")}
    assert {p.stem for p in PAGES} == rules
