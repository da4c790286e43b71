"""What all tests share: where snapshots live."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from pytest_snapshot.plugin import Snapshot

ROOT = Path(__file__).parent.parent


@pytest.fixture
def snapshot(request: pytest.FixtureRequest, snapshot: Snapshot) -> Snapshot:
    """pytest-snapshot, with its files under `snapshots/<test file>/`."""
    snapshot.snapshot_dir = ROOT / "snapshots" / request.path.stem
    return snapshot


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run, as in CI")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where every tool should be installed: {call.excinfo}"
    return report
