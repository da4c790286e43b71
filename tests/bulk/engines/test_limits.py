"""A repository that takes too long fails alone, in its own class, whatever it does and wherever it is computed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.bulk.engines.engine import Engine
from migrator.bulk.engines.limits import Limits, work_here
from migrator.bulk.engines.opening import FEW, open_engine
from migrator.bulk.generated import File
from migrator.bulk.work import Order, Result
from migrator.engine.batch import Plan
from migrator.policy import Policy
from migrator.services.faults import Fault
from tests.engine.test_limits import RULE

CONFIG = ".circleci/config.yml"
PLAIN, ENDLESS, PATTERN = "a: b", "endless: true", "pattern: true"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "acme_endless.py").write_text(RULE)
    (tmp_path / "acme_endless.md").write_text("# acme-endless\n")
    return Plan(("acme-endless",), (tmp_path,), Policy())


def orders(*texts: str) -> list[Order]:
    return [Order(n, (File(CONFIG, f"version: 2.1\n{text}\n".encode()),)) for n, text in enumerate(texts)]


def faults(results: list[Result]) -> list[str]:
    return [result.fault for result in results]


@pytest.fixture(params=["one process", "processes", "dask"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name = "dask" if request.param == "dask" else "processes"
    if name == "dask":
        pytest.importorskip("distributed", reason="dask is not installed: pip install distributed")
    number = 1 if request.param == "one process" else FEW + 1
    with open_engine(name, 1, None, number, Limits(file=3, repository=0)) as engine:
        yield engine


@pytest.mark.filterwarnings("ignore")
def test_an_endless_file_fails_alone(engine: Engine, plan: Plan) -> None:
    results = engine.submit(plan, orders(PLAIN, ENDLESS, PLAIN, PLAIN)).result()
    assert faults(results) == ["", Fault.TOO_SLOW, "", ""]
    assert [result.number for result in results] == [0, 1, 2, 3]
    assert results[1].message.startswith(f"{CONFIG}: took longer than 3 seconds")
    assert "--file-timeout" in results[1].message


@pytest.mark.parametrize("repositories", [1, FEW + 1])
def test_an_endless_match_fails_alone(repositories: int, plan: Plan) -> None:
    limit = 1 if repositories <= FEW else 3
    with open_engine("processes", 1, None, repositories, Limits(file=limit)) as engine:
        results = engine.submit(plan, orders(PLAIN, PATTERN, PLAIN)).result()
    assert faults(results) == ["", Fault.TOO_SLOW, ""]


@pytest.mark.parametrize("repositories", [1, FEW + 1])
def test_a_repository_has_a_limit_of_its_own(repositories: int, plan: Plan) -> None:
    files = tuple(File(f".circleci/{name}.yml", b"version: 2.1\nendless: true\n") for name in "ab")
    given = [Order(0, files), *orders(PLAIN)]
    with open_engine("processes", 1, None, repositories, Limits(file=0, repository=3)) as engine:
        results = engine.submit(plan, given).result()
    assert faults(results) == [Fault.TOO_SLOW, ""]
    assert results[0].message == "took longer than 3 seconds and was stopped; --repository-timeout allows more"


def test_limits_that_are_not_reached_change_nothing(plan: Plan) -> None:
    given = orders(*[PLAIN] * 5)
    lifted = work_here(plan, given, Limits(0, 0))
    kept = work_here(plan, given, Limits(1000, 1000))
    assert [r._replace(seconds=0) for r in lifted] == [r._replace(seconds=0) for r in kept]


def test_loading_rules_is_on_no_repository_s_time(tmp_path: Path, plan: Plan) -> None:
    rule = tmp_path / "acme_endless.py"
    rule.write_text(f"import time\ntime.sleep(3)\n{RULE}")
    with open_engine("processes", 1, None, FEW + 1, Limits(file=2, repository=2)) as engine:
        assert faults(engine.submit(plan, orders(PLAIN)).result()) == [""]


def test_two_endless_repositories_fail_one_after_the_other(plan: Plan) -> None:
    results = work_here(plan, orders(ENDLESS, ENDLESS, PLAIN), Limits(file=1))
    assert faults(results) == [Fault.TOO_SLOW, Fault.TOO_SLOW, ""]
