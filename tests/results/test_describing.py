"""Tests that what is said of a change is the same by the engine's trees and by texts that are read again."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest

from migrator.documents.python.file import PythonScript
from migrator.documents.yaml.file import YamlText
from migrator.engine.batch import Plan, examine, examine_all
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed, Failed, Outcome
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.report import FORMATS, Report
from migrator.results.describing import describe, described
from migrator.results.kinds.found import kinds_of
from migrator.results.masking import Mask
from migrator.results.meaning import meaning_of
from migrator.startup.records import replace
from tests.corpus import example_configs, real_configs
from tests.doses import IS_SOAK

RULES = tuple(rule_files(()))
PLAN = Plan(RULES, (), Policy(), review_too=True, describe=describe)
CONFIGS = [*example_configs(), *real_configs()]
CONFIG = """\
version: 2.1
jobs:
  build:
    docker: [{image: acme/app:1}]
    environment: {API_TOKEN: 9f86d081884c7d659a2feaa0c55ad015}
    steps: [{run: docker login -u me -p "$PASS"}, {run: make}]
workflows: {main: {jobs: [build]}}
"""
SCRIPT = 'CONFIG = {"version": 2.1, "jobs": {"build": {"docker": [{"image": "acme/app:1"}], "steps": ["checkout"]}}}\n'


def changes(outcomes: Iterable[Outcome]) -> list[Changed]:
    return [outcome for outcome in outcomes if isinstance(outcome, Changed)]


def assert_same_without(changed: Changed) -> None:
    again = replace(changed, described=())
    for mask in (None, Mask(["acme", "make"])):
        assert meaning_of(changed, mask) == meaning_of(again, mask)
        assert kinds_of([changed], mask) == kinds_of([again], mask)


def test_nothing_is_described_where_nobody_asks(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(CONFIG)
    (found,) = changes(examine_all([str(tmp_path / "config.yml")], PLAN._replace(describe=None)))
    assert found.described == ()


@pytest.mark.parametrize(("name", "text"), [("config.yml", CONFIG), ("config.py", SCRIPT)])
def test_a_change_is_described_by_the_trees_of_the_engine(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    outcome = examine(str(tmp_path / name), PLAN, load_rules(RULES, ()))
    assert isinstance(outcome, Changed), outcome
    assert outcome.described
    assert_same_without(outcome)


@pytest.mark.parametrize(
    "file", [*example_configs(), *real_configs()][:: 1 if IS_SOAK else 9], ids=lambda file: file.name
)
def test_real_changes_are_described_alike(file: Path) -> None:
    outcome = examine(str(file), PLAN, load_rules(RULES, ()))
    if isinstance(outcome, Changed):
        assert_same_without(pickle.loads(pickle.dumps(outcome)))


def test_what_is_described_crosses_processes(tmp_path: Path) -> None:
    paths = []
    for number in range(4):
        paths.append(str(tmp_path / f"{number}.yml"))
        Path(paths[-1]).write_text(CONFIG.replace("acme", f"acme{number}"))
    one, two = (changes(examine_all(paths, PLAN, jobs)) for jobs in (1, 2))
    assert [kinds_of([each]) for each in one] == [kinds_of([each]) for each in two]
    assert [meaning_of(each) for each in one] == [meaning_of(each) for each in two]
    assert all(each.described for each in two)
    assert len(two) == 4


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each text is parsed."""
    read: Counter[str] = Counter()
    for kind in (YamlText, PythonScript):

        def spy(self: object, text: str, *, real: object = kind.__init__, **more: object) -> None:
            read[text] += 1
            real(self, text, **more)  # type: ignore[operator]

        monkeypatch.setattr(kind, "__init__", spy)
    return read


@pytest.mark.parametrize(("name", "text"), [("config.yml", CONFIG), ("config.py", SCRIPT)])
def test_no_text_is_read_twice(read: Counter[str], tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    outcome = examine(str(tmp_path / name), PLAN, load_rules(RULES, ()))
    assert isinstance(outcome, Changed)
    assert read[outcome.before] == read[outcome.after] == 1
    read.clear()
    assert meaning_of(outcome).changes
    assert kinds_of([outcome])
    # SARIF has the fix of each finding alone, which no run makes.
    for module in (module for form, module in FORMATS.items() if form != "sarif"):
        assert import_module(module).render(Report((outcome,), Policy()))
    assert not read


def test_a_page_reads_what_nobody_described_once(read: Counter[str], tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(CONFIG)
    outcome = examine(str(tmp_path / "config.yml"), PLAN._replace(describe=None), load_rules(RULES, ()))
    assert isinstance(outcome, Changed)
    read.clear()
    again = import_module(FORMATS["html"]).render(Report((outcome,), Policy()))
    assert read == {outcome.before: 1, outcome.after: 1}
    assert again == import_module(FORMATS["html"]).render(Report((described(outcome),), Policy()))


def test_a_description_that_fails_is_a_failure_of_that_file() -> None:
    def broken(*_: object) -> tuple[object, ...]:
        raise KeyError("hunter22")

    from migrator.engine.asked import Asked

    choose = choose_by_safety(review_too=False)
    outcome = run("c.yml", CONFIG.encode(), load_rules(RULES, ()), Policy(), choose, asked=Asked(describe=broken))
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("describing the change failed")
    assert "hunter22" not in outcome.reason
