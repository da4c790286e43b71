"""What all tests share: where snapshots live, and how properties are tried."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from pytest_snapshot.plugin import Snapshot

from tests.doses import examples
from tests.places import ROOT

# How long an example takes, or is made up, is the machine's business. A developer's runs try new examples each time;
# CI's are all alike, so that what CI says of a commit it says again.
settings.register_profile(
    "developer", deadline=None, max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("developer"), derandomize=True)
# Tests replace parts of the program while it runs, which no key of the cache can know. Those of the cache turn it on.
os.environ["MIGRATOR_NO_CACHE"] = "1"
settings.load_profile("ci" if os.environ.get("CI") else "developer")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest, snapshot: Snapshot) -> Snapshot:
    """pytest-snapshot, with its files under `snapshots/<test file>/`."""
    snapshot.snapshot_dir = ROOT / "snapshots" / request.path.stem
    return snapshot


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run, as in CI")
    parser.addoption(
        "--update-pages", action="store_true", help="first write into the pages of rules what the rules report today"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--update-pages") or hasattr(config, "workerinput"):
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("--update-pages: CI checks the pages of rules, it does not write them")
    from tests.page_updates import update_pages

    update_pages()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # What a system itself forbids, no installation gives it: those reasons begin with "this system".
    is_forbidden = call.excinfo is not None and str(call.excinfo.value).startswith("this system ")
    if report.skipped and not is_forbidden and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where every tool should be installed: {call.excinfo}"
    return report
