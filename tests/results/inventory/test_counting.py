"""Adding up: every file counts, what failed counts as such, and repositories have names for people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from migrator.circleci.inventory.facts import Fact
from migrator.engine.batch import Plan, examine_all
from migrator.engine.outcomes import Changed, Failed, Skipped, Unchanged
from migrator.policy import Policy
from migrator.results.inventory.counting import Inventory, InventoryOfFiles, Tally, tally_of
from migrator.results.inventory.plain import plain
from migrator.results.inventory.tables import heading, tables
from tests.corpus import needs_corpus, real_configs

FACTS = (
    (("image", "docker.io", "none"), 2), (("image", "quay.io", "variable"), 1), (("context", "hub"), 3),
    (("jobs", "with"), 3), (("jobs", "without"), 4), (("secret", "login"), 1),
)  # fmt: skip


def test_files_of_a_repository_are_one_tally_and_failures_are_no_facts() -> None:
    outcomes = (
        Unchanged("a.yml", facts=FACTS), Unchanged("b.yml", facts=FACTS), Failed("c.yml", "broken"),
        Skipped("d.yml", "generated"), Unchanged("e.yml"),
    )  # fmt: skip
    tally = tally_of(outcomes)
    assert (tally.files, tally.failed, tally.skipped) == (5, 1, 1)
    assert dict(tally.facts)["image", "docker.io", "none"] == 4


def test_repositories_are_counted_once_and_named_by_what_tells_them_apart(tmp_path: Path) -> None:
    inventory = InventoryOfFiles()
    for place in ("acme/web/.circleci/config.yml", "acme/web/.circleci/more.yml", "acme/api/.circleci/config.yml"):
        inventory.add_file(Unchanged(str(tmp_path / place), facts=FACTS))
    named = inventory.named()
    assert sorted(named.repositories) == ["api", "web"]
    assert named.of("context") == {("hub",): named.of("context")["hub",]}
    assert named.of("context")["hub",].repositories == {"web": 6, "api": 3}
    assert named.total("image", "none") == 6
    assert named.files_of("web") == 2


def test_the_heading_says_what_is_not_counted() -> None:
    inventory = Inventory()
    inventory.add("web", Tally(2, 0, 0, FACTS))
    assert heading(inventory) == "2 files in 1 repository"
    inventory.add("api", Tally(1, 1))
    assert heading(inventory) == "3 files in 2 repositories; 1 failed, and is not counted"
    inventory.add("app", Tally(3, 0, 2))
    assert heading(inventory) == "6 files in 3 repositories; 1 failed and 2 were skipped, and are not counted"


def test_an_empty_inventory_has_no_tables() -> None:
    assert list(tables(Inventory(), str)) == []


def test_lists_are_cut_and_say_by_how_much() -> None:
    inventory = Inventory()
    inventory.add("web", Tally(1, 0, 0, tuple((("context", f"c{n:02}"), n + 1) for n in range(12))))
    (table,) = tables(inventory, str, 5)
    assert [row[0] for row in table.rows] == ["c11", "c10", "c09", "c08", "c07"]
    assert table.notes == ("7 more",)


FACT = st.one_of(
    st.tuples(st.just("image"), st.sampled_from(("docker.io", "ECR", "")), st.sampled_from(("none", "literal"))),
    st.tuples(st.just("context"), st.sampled_from("ab")),
    st.tuples(st.just("jobs"), st.sampled_from(("with", "without"))),
    st.tuples(st.just("orb"), st.sampled_from(("acme/orb", ""))),
)
TALLIES = st.lists(st.tuples(st.sampled_from("xyz"), st.dictionaries(FACT, st.integers(1, 9), max_size=6)), max_size=8)


@given(TALLIES)
def test_no_order_and_no_split_into_files_changes_a_count(given_: list[tuple[str, dict[Fact, int]]]) -> None:
    one, other, together = Inventory(), Inventory(), Inventory()
    by_repository: dict[str, Counter[Fact]] = {}
    for repository, facts in given_:
        one.add(repository, Tally(1, 0, 0, tuple(facts.items())))
        by_repository.setdefault(repository, Counter()).update(facts)
    for repository, facts in reversed(given_):
        other.add(repository, Tally(1, 0, 0, tuple(facts.items())))
    for repository, sums in by_repository.items():
        together.add(repository, Tally(sum(name == repository for name, _ in given_), 0, 0, tuple(sums.items())))
    assert _sorted(plain(one, str)) == _sorted(plain(other, str)) == _sorted(plain(together, str))


def _sorted(found: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(map(str, value)) if isinstance(value, list) else value for key, value in found.items()}


# -- an independent count, with another parser and none of the views

_KEYS = ("auth", "aws_auth", "gcp_auth")


def _counted_by_yaml(config: dict[str, Any]) -> Counter[str]:
    """Images and workflow jobs. PyYAML gives each alias of a list or a mapping the same object, which counts once."""
    found: Counter[str] = Counter()
    jobs = config.get("jobs") or {}
    bodies = [*jobs.values(), *(config.get("executors") or {}).values()]
    items = {id(item): item for body in bodies for item in body.get("docker") or ()}
    found["images"] = len(items)
    found["without"] = sum(not any(key in item for key in _KEYS) for item in items.values())
    workflows = [each for each in (config.get("workflows") or {}).values() if isinstance(each, dict)]
    for job in (job for each in {id(w.get("jobs")): w.get("jobs") or () for w in workflows}.values() for job in each):
        ((name, body),) = job.items() if isinstance(job, dict) else ((job, None),)
        if any((each or {}).get("type", "build") != "build" for each in (body, jobs.get(name))):
            continue  # an approval, or a job without steps
        contexts = (body or {}).get("context") or []
        found["jobs"] += 1
        names = {contexts} if isinstance(contexts, str) else set(contexts)
        found["named"] += sum("<<" not in each for each in names)
    return found


@needs_corpus
def test_counts_of_real_configs_are_those_of_another_parser() -> None:
    plan = Plan((), (), Policy(), inventory=True)
    compared = 0
    for path, outcome in zip(real_configs(), examine_all(list(map(str, real_configs())), plan, 1), strict=True):
        if not isinstance(outcome, Changed | Unchanged):
            continue
        try:
            config = yaml.safe_load(path.read_text("utf-8"))
        except yaml.YAMLError:
            continue  # what CircleCI's parser takes and PyYAML does not
        if "job-groups" in config or any(isinstance(orb, dict) for orb in (config.get("orbs") or {}).values()):
            continue  # images in orbs, jobs in groups
        expected = _counted_by_yaml(config)
        inventory = Inventory()
        inventory.add("x", tally_of((outcome,)))
        found = {
            "images": inventory.total("image"), "without": inventory.total("image", "none"),
            "jobs": inventory.total("jobs"), "named": inventory.total("context"),
        }  # fmt: skip
        assert found == {key: expected[key] for key in found}, path.name
        compared += 1
    assert compared >= 100


@pytest.mark.parametrize("kind", ["images", "names", "regions", "contexts", "secrets", "logins", "orbs", "unseen"])
def test_plain_lists_are_flat(kind: str) -> None:
    inventory = Inventory()
    inventory.add("web", Tally(1, 0, 0, FACTS))
    for row in plain(inventory, str)[kind]:
        assert all(value is None or isinstance(value, str | int) for value in row.values())
