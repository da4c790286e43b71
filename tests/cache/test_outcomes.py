"""A run with what is kept from earlier ones says what a run without it says, whatever changed between them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.cache.folder import OFF
from migrator.cache.outcomes import known_first, outcome_cache
from migrator.engine.batch import Plan, examine_all
from migrator.engine.outcomes import Changed, Failed, Outcome
from migrator.errors import RuleError
from migrator.files.looking import forget
from migrator.files.sources import find_sources
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.files.test_looking import CHANGES, CONFIG, OVERRIDDEN, REPOSITORIES, RULES, Change, change, make

SECRET = CONFIG.replace("image: cimg/go:1.20", "image: cimg/go:1.20, auth: {username: me, password: Tr0ub4dor-3x}")
POLICIES = ["", OVERRIDDEN, 'target = "server"\n', '[rules]\nforeign-images = "report"\n']
OWN = """
from collections.abc import Iterator
from migrator.circleci.config import Config
from migrator.policy import Policy
from migrator.rule import Finding, Rule, Safety

class OwnRule(Rule):
    id = "own-rule"
    title = "own"
    safety = Safety.MANUAL

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        yield self.finding(config.root, "WORDS")
"""


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "web"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(OFF)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    forget()
    yield folder
    forget()


class Runs:
    """Runs over a repository, and how many files each of them had to examine."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.examined: list[list[str]] = []

    def _examine(self, files: Sequence[str]) -> Iterator[Outcome]:
        self.examined.append(list(files))
        return examine_all(files, self.plan, 1)

    def __call__(self) -> list[Outcome]:
        forget()
        files = [path for path in find_sources(["."]) if isinstance(path, str)]
        found = list(known_first(files, self.plan, self._examine))
        assert [outcome.path for outcome in found] == files
        return found

    def without(self) -> list[Outcome]:
        forget()
        return list(examine_all([path for path in find_sources(["."]) if isinstance(path, str)], self.plan, 1))


def plain(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{outcome!r} {getattr(outcome, 'after', '')} {outcome.looks}" for outcome in outcomes]


def write_rule(folder: Path, words: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "own_rule.py").write_text(OWN.replace("WORDS", words))
    (folder / "own_rule.md").write_text("# own-rule\n")


STEPS = st.one_of(CHANGES, st.sampled_from(POLICIES), st.sampled_from([("rule", "a"), ("rule", "b")]), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(files=REPOSITORIES, steps=st.lists(STEPS, min_size=1, max_size=4), data=st.data())
def test_runs_with_and_without_what_is_kept_are_alike(
    top: Path, files: dict[str, str], steps: list[object], data: st.DataObject
) -> None:
    plan = Plan((*RULES, "own-rule"), (top.parent / "rules",), Policy(), known=RULES)
    make(top, files)
    write_rule(top.parent / "rules", "a")
    for step in [None, *steps]:
        match step:
            case Change():
                change(top, step)
            case str():
                plan = plan._replace(policy=parse_policy(step, top.parent / "migrator.toml"))
            case (_, str(words)):
                write_rule(top.parent / "rules", words)
            case bool():
                plan = plan._replace(review_too=step, include_generated=data.draw(st.booleans()))
            case _:
                pass
        run = Runs(plan)
        assert plain(run()) == plain(run.without())


def test_the_second_run_examines_nothing(top: Path) -> None:
    make(top, {".circleci/config.yml": CONFIG, "lib/.circleci/config.yml": f"# \u00e4\n{CONFIG}", "Makefile": "all:\n"})
    run = Runs(Plan(RULES, (), Policy()))
    first, second = run(), run()
    assert plain(first) == plain(second)
    assert run.examined == [[".circleci/config.yml", "lib/.circleci/config.yml"]]


def test_only_what_is_different_is_examined_again(top: Path) -> None:
    make(top, {".circleci/config.yml": CONFIG, "lib/.circleci/config.yml": CONFIG})
    run = Runs(Plan(RULES, (), Policy()))
    run()
    change(top, Change("lib/.circleci/config.yml", f"{CONFIG}# more\n"))
    run()
    change(top, Change("lib/.circleci/config.yml", CONFIG))
    run()  # what was there before is known as well
    assert run.examined[1:] == [["lib/.circleci/config.yml"]]


def test_what_is_absent_decides_too(top: Path) -> None:
    make(top, {".circleci/config.yml": CONFIG, "Makefile": "config:\n\truby ci/make.rb > .circleci/config.yml\n"})
    run = Runs(Plan(RULES, (), Policy()))
    run()
    change(top, Change("ci/make.rb", "x\n"))
    run()
    assert len(run.examined) == 2


def test_a_file_with_a_secret_is_examined_each_time_and_nothing_of_it_is_kept(top: Path) -> None:
    make(top, {".circleci/config.yml": SECRET, "lib/.circleci/config.yml": CONFIG})
    run = Runs(Plan(RULES, (), Policy()))
    assert run()[0].secrets == {"Tr0ub4dor-3x"}
    run()
    assert run.examined[1:] == [[".circleci/config.yml"]]
    assert not any(b"Tr0ub4dor-3x" in file.read_bytes() for file in (top.parent / "cache").rglob("*") if file.is_file())


def test_what_is_a_secret_elsewhere_in_the_run_is_not_kept(top: Path) -> None:
    other = CONFIG.replace("cimg/go:1.20", "acme/Tr0ub4dor-3x")
    make(top, {".circleci/config.yml": SECRET, "lib/.circleci/config.yml": other})
    run = Runs(Plan(RULES, (), Policy()))
    run()
    run()
    assert run.examined[1:] == [[".circleci/config.yml", "lib/.circleci/config.yml"]]
    files = [file for file in (top.parent / "cache").rglob("*") if file.is_file()]
    assert not any(b"Tr0ub4dor-3x" in file.read_bytes() for file in files)


def test_failures_are_not_kept(top: Path) -> None:
    make(top, {".circleci/config.yml": "a: ["})
    run = Runs(Plan(RULES, (), Policy()))
    assert isinstance(run()[0], Failed)
    run()
    assert len(run.examined) == 2


def test_a_file_that_is_named_is_another_case(top: Path) -> None:
    make(top, {".circleci/x.yml": "a: ["})
    run = Runs(Plan(RULES, (), Policy()))
    run()
    run.plan = run.plan._replace(named=frozenset({".circleci/x.yml"}))
    assert plain(run()) == plain(run.without())
    assert len(run.examined) == 2


def test_a_link_is_not_the_file_that_it_leads_to(top: Path) -> None:
    make(top, {".circleci/config.yml": CONFIG, ".circleci/jobs.yml": f"jobs:\n  other: {CONFIG}"})
    run = Runs(Plan(RULES, (), Policy()))
    run()
    jobs = top / ".circleci" / "jobs.yml"
    jobs.rename(top / "elsewhere.yml")
    jobs.symlink_to(top / "elsewhere.yml")
    assert plain(run()) == plain(run.without())


def test_a_rule_that_opens_a_file_is_run_each_time(top: Path) -> None:
    make(top, {".circleci/config.yml": CONFIG})
    write_rule(top.parent / "rules", "a")
    rule = top.parent / "rules" / "own_rule.py"
    rule.write_text(rule.read_text().replace('"WORDS"', "open('words').read()").replace('"a"', "open('words').read()"))
    plan = Plan(("own-rule",), (top.parent / "rules",), Policy())
    assert outcome_cache(plan) is None
    assert outcome_cache(plan._replace(rules=RULES)) is not None


def test_a_rule_that_does_not_load_is_found_by_a_run_without_files(top: Path) -> None:
    write_rule(top.parent / "rules", "a")
    (top.parent / "rules" / "own_rule.py").write_text("import re\nclass Other: pass\n")
    with pytest.raises(RuleError):
        Runs(Plan(("own-rule",), (top.parent / "rules",), Policy()))()


def test_a_damaged_folder_changes_nothing(top: Path) -> None:
    make(top, {".circleci/config.yml": CONFIG, "lib/.circleci/config.yml": CONFIG})
    run = Runs(Plan(RULES, (), Policy()))
    first = run()
    cache = top.parent / "cache"
    for damage in (b"", b"x" * 300, b"migrate-outcome 1 "):
        for file in [file for file in cache.rglob("*") if file.is_file()]:
            file.write_bytes(damage)
        assert plain(run()) == plain(first)
    for shard in list((cache / "circleci-migrator" / "outcomes").iterdir()):
        shutil.rmtree(shard)
        shard.write_text("no folder")
    assert plain(run()) == plain(first)


def test_a_file_that_changes_between_the_look_and_its_turn_is_examined(top: Path) -> None:
    names = [f"p{n}/.circleci/config.yml" for n in range(3)]
    make(top, dict.fromkeys(names, CONFIG))
    run = Runs(Plan(RULES, (), Policy()))
    run()
    found = known_first(names, run.plan, run._examine)
    next(found)
    change(top, Change(names[2], f"{CONFIG}# more\n"))
    rest = list(found)
    # It was looked at before: what was seen then is what is said, and a write would refuse.
    assert isinstance(rest[1], Changed)
    assert rest[1].before == CONFIG


def test_more_than_is_held_is_looked_up_again(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrator.cache.outcomes._HELD", 0)
    make(top, {".circleci/config.yml": CONFIG, "lib/.circleci/config.yml": CONFIG})
    run = Runs(Plan(RULES, (), Policy()))
    first = run()
    assert plain(run()) == plain(first)
    change(top, Change("lib/.circleci/config.yml", f"{CONFIG}# more\n"))
    assert plain(run()) == plain(run.without())
    assert run.examined[1:] == [["lib/.circleci/config.yml"]]


def test_workers_examine_what_is_not_known(top: Path) -> None:
    names = [f"p{n}/.circleci/config.yml" for n in range(4)]
    make(top, dict.fromkeys(names, CONFIG))
    plan = Plan(RULES, (), Policy())
    by_two = partial(examine_all, plan=plan, jobs=2)
    first = list(known_first(names[:2], plan, by_two))
    assert plain(list(known_first(names, plan, by_two)))[:2] == plain(first)
    assert plain(list(known_first(names, plan, by_two))) == plain(list(examine_all(names, plan, 1)))
