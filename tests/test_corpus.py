"""What `migrate` does to real configs, judged by programs that share no code with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.documents import open_document
from migrator.documents.yaml.reader import read_tree
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed, Failed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import ReadError
from migrator.policy import Policy
from tests.corpus import SHARED, TOOLS, example_configs, needs_corpus, real_configs
from tests.doses import IS_SOAK

MIGRATE = f"{sys.executable} -m migrator"


@needs_corpus
@pytest.mark.skipif(not (TOOLS / "judge.py").is_file(), reason="no independent judge beside the real configs")
@pytest.mark.parametrize("what", ["heads", "migrations"])
def test_an_independent_judge_finds_no_fault(what: str) -> None:
    done = subprocess.run(
        [sys.executable, str(TOOLS / "judge.py"), "--migrate", MIGRATE, what],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])[what]
    assert figures["sound"] > 0
    assert not figures.get("faults") and not figures.get("wrong")  # noqa: PT018


def all_configs() -> list[Path]:
    return [*example_configs(), *real_configs(), *sorted((SHARED / "migrations").glob("*/*/before.yml"))]


@needs_corpus
def test_every_rule_settles_beside_every_other_on_real_configs() -> None:
    rules = load_rules(rule_files())
    changed = 0
    for path in all_configs()[:: 1 if IS_SOAK else 3]:
        outcome = run(str(path), path.read_bytes(), rules, Policy(), choose_by_safety(review_too=True))
        assert not isinstance(outcome, Failed) or not outcome.rule, outcome
        if isinstance(outcome, Changed):
            changed += 1
            again = run(str(path), outcome.data, rules, Policy(), choose_by_safety(review_too=True))
            assert isinstance(again, Unchanged), path
    assert changed > (100 if IS_SOAK else 30)


@needs_corpus
def test_every_pair_of_rules_settles_in_either_order() -> None:
    ids = list(rule_files())
    rules = {id: load_rules([id])[0] for id in ids}  # noqa: A001
    configs = all_configs()[:: 7 if IS_SOAK else 21]
    for first in ids:
        for second in ids:
            if first == second:
                continue
            for path in configs:
                pair = [rules[first], rules[second]]
                outcome = run(str(path), path.read_bytes(), pair, Policy(), choose_by_safety(review_too=True))
                assert not isinstance(outcome, Failed) or not outcome.rule, (first, second, outcome)
                if isinstance(outcome, Changed):
                    turned = run(str(path), path.read_bytes(), pair[::-1], Policy(), choose_by_safety(review_too=True))
                    assert isinstance(turned, Changed)
                    assert turned.after == outcome.after, (first, second, path)


@needs_corpus
def test_both_parsers_give_one_tree_of_every_real_config() -> None:
    from tests.documents.yaml.test_properties import shape

    compared = 0
    for path in real_configs()[::4]:
        try:
            text = open_document(str(path), path.read_bytes()).text
            other = read_tree(text, pure=True)
        except ReadError:
            continue
        assert shape(read_tree(text)) == shape(other), path
        compared += 1
    assert compared > 20
