"""What holds for every script: edits move nothing else, are proven, settle, and any subset of them can be made."""

from __future__ import annotations

import random
from importlib.util import find_spec

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.documents import open_document
from migrator.documents.edits import apply_edits
from migrator.documents.python.file import PythonScript
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Decision, Unchanged
from migrator.engine.passes import choose_by_safety, migrate, run
from migrator.engine.verify import verify
from migrator.policy import Policy, Registry
from migrator.tree import Mapping, Text, walk
from tests.documents.python.scripts import scripts
from tests.doses import examples

RULES = load_rules(["unauthenticated-image"])
POLICY = Policy().with_registry(Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds"))
PATH = ".circleci/generate.py"
modest = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values(script: str) -> object:
    """The config that a script builds, as it builds it."""
    scope: dict[str, object] = {}
    exec(compile(script, "<script>", "exec"), scope)
    return yaml.safe_load(yaml.dump(_plain(scope["config"])))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@modest
@given(scripts())
def test_without_a_rule_no_byte_moves(script: str) -> None:
    document = open_document(PATH, script.encode())
    verify(document.root, [], document.reread(script).root)
    outcome = run(PATH, script.encode(), (), POLICY, choose_by_safety(review_too=True))
    assert isinstance(outcome, Unchanged)


@modest
@given(scripts())
def test_each_text_stands_where_its_place_says(script: str) -> None:
    document = PythonScript(script)
    for node in walk(document.root):
        if isinstance(node, Text) and node.style == "string" and node.end - node.start == len(node.value) + 2:
            assert document.text[node.start + 1 : node.end - 1] == node.value


@modest
@given(scripts())
def test_edits_are_proven_and_settle_and_move_nothing_else(script: str) -> None:
    outcome = run(PATH, script.encode(), RULES, POLICY, choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed | Unchanged), outcome
    if isinstance(outcome, Unchanged):
        return
    assert apply_edits(outcome.before, outcome.edits) == outcome.after
    for node in walk(PythonScript(outcome.after).root):
        keys = [entry.name for entry in node.entries if not entry.is_merge] if isinstance(node, Mapping) else []
        assert len(keys) == len(set(keys))
    again = run(PATH, outcome.data, RULES, POLICY, choose_by_safety(review_too=True))
    assert isinstance(again, Unchanged), again
    values(_without_line_ends(outcome.after))


def _without_line_ends(script: str) -> str:
    return script.replace("\r\n", "\n")


@modest
@given(scripts())
def test_a_migrated_script_builds_what_its_own_migrated_config_is(script: str) -> None:
    """The rules see a script as they see what it writes, but for what they say only running it would tell."""
    outcome = run(PATH, script.encode(), RULES, POLICY, choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed | Unchanged)
    if outcome.left or "invokes" in str(getattr(outcome, "applied", "")):
        return
    before = values(_without_line_ends(script))
    after = values(_without_line_ends(outcome.after)) if isinstance(outcome, Changed) else before
    config = yaml.dump(before, sort_keys=False).encode()
    wanted = run(".circleci/config.yml", config, RULES, POLICY, choose_by_safety(review_too=True))
    text = wanted.after if isinstance(wanted, Changed) else config.decode()
    assert _without_order(after) == _without_order(yaml.safe_load(text))


def _without_order(value: object) -> object:
    """Contexts that are given together are appended in the order of their images, which may stand elsewhere."""
    if isinstance(value, dict):
        return {k: sorted(v) if k == "context" and isinstance(v, list) else _without_order(v) for k, v in value.items()}
    return [_without_order(item) for item in value] if isinstance(value, list) else value


@modest
@given(scripts(), st.integers())
def test_any_subset_of_the_fixes_can_be_made(script: str, seed: int) -> None:
    choice = random.Random(seed)
    steps = migrate(open_document(PATH, script.encode()), PATH, RULES, POLICY)
    try:
        next(steps)
        while True:
            steps.send(choice.choice([Decision.APPLY, Decision.SKIP]))
    except StopIteration as done:
        outcome = done.value
    assert isinstance(outcome, Changed | Unchanged), outcome


@pytest.mark.skipif(find_spec("black") is None, reason="black is not installed")
@modest
@given(scripts())
def test_what_black_formatted_stays_as_black_formats_it(script: str) -> None:
    import black

    mode = black.Mode(line_length=88)
    before = black.format_str(_without_line_ends(script), mode=mode)
    outcome = run(PATH, before.encode(), RULES, POLICY, choose_by_safety(review_too=True))
    if isinstance(outcome, Changed):
        assert black.format_str(outcome.after, mode=mode) == outcome.after
