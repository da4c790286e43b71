"""A file that takes too long fails alone: by a timer in this process, by the watching process where others work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from migrator.engine.batch import Plan, examine_all
from migrator.engine.limits import TOO_SLOW, TooSlowError, time_limit
from migrator.engine.outcomes import Failed, Outcome, Unchanged
from migrator.engine.workers import Lost, Workers
from migrator.policy import Policy
from tests.places import ROOT

RULE = '''"""Never ends on a config that asks for it."""
import re
from migrator import Rule, Safety


class AcmeEndless(Rule):
    id = "acme-endless"
    title = "never ends"
    safety = Safety.MANUAL

    def check(self, config, policy):
        if config.root.get("endless"):
            while True:
                pass
        if config.root.get("pattern"):
            re.match("(a|a)*b", "a" * 100)
        return iter(())
'''


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "acme_endless.py").write_text(RULE)
    (tmp_path / "rules" / "acme_endless.md").write_text("# acme-endless\n")
    return Plan(("acme-endless",), (tmp_path / "rules",), Policy(), file_timeout=5)


def configs(folder: Path, *texts: str) -> list[str]:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.yml"
        path.write_text(f"version: 2.1\n{text}\n")
        paths.append(str(path))
    return paths


def faults(outcomes: Sequence[Outcome]) -> list[str | None]:
    return [outcome.fault if isinstance(outcome, Failed) else None for outcome in outcomes]


def test_in_one_process_a_timer_ends_a_file_and_the_others_are_examined(tmp_path: Path, plan: Plan) -> None:
    paths = configs(tmp_path, "a: b", "endless: true", "a: c")
    outcomes = list(examine_all(paths, plan, 1))
    assert faults(outcomes) == [None, TOO_SLOW, None]
    assert [type(outcome) for outcome in outcomes] == [Unchanged, Failed, Unchanged]
    assert "took longer than 5 seconds" in getattr(outcomes[1], "reason", "")


def test_in_several_a_process_that_is_busy_in_a_pattern_is_killed_and_the_others_are_examined(
    tmp_path: Path, plan: Plan
) -> None:
    paths = configs(tmp_path, *["a: b"] * 20, "pattern: true", *["a: c"] * 20)
    outcomes = list(examine_all(paths, plan, 2))
    assert faults(outcomes) == [None] * 20 + [TOO_SLOW] + [None] * 20
    assert [outcome.path for outcome in outcomes] == paths


def test_without_a_limit_no_timer_is_set() -> None:
    with time_limit(0):
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_limit_that_is_not_reached_leaves_no_timer_and_no_handler() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(1000):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_wall_around_a_rule_does_not_hold_the_end_of_time() -> None:
    def work() -> None:
        with time_limit(0.01):
            while True:
                with suppress(Exception):
                    while True:
                        pass

    with pytest.raises(TooSlowError):
        work()


def test_another_thread_has_no_timer() -> None:
    seen: list[float] = []

    def work() -> None:
        with time_limit(1000):
            seen.append(signal.getitimer(signal.ITIMER_REAL)[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [0.0]


def begin(folder: str) -> Callable[[int], str]:
    def work(item: int) -> str:
        if item == 5:
            os._exit(9)
        return f"{folder}{item}"

    return work


def never_ready(folder: str) -> Callable[[int], str]:
    os._exit(9)


def lost_as(result: str | Lost) -> str | bool:
    return result.too_slow if isinstance(result, Lost) else result


def test_a_process_that_dies_costs_the_item_in_hand() -> None:
    workers: Workers[int, str] = Workers(2, begin, ("x",), 0)
    results = [lost_as(result) for result in workers.results(range(12))]
    assert results == [False if item == 5 else f"x{item}" for item in range(12)]


def test_processes_that_never_start_end_the_run() -> None:
    workers: Workers[int, str] = Workers(2, never_ready, ("x",), 0)
    assert [lost_as(result) for result in workers.results(range(4))] == [False] * 4


def test_no_items_need_no_process() -> None:
    assert list(Workers(2, never_ready, ("x",), 0).results([])) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_a_run_whose_rule_never_ends(tmp_path: Path, plan: Plan, jobs: str) -> None:
    """The rule says by a file that it has begun; nothing waits for a time."""
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    rule = plan.directories[0] / "acme_endless.py"
    endless = "            while True:\n                pass\n"
    rule.write_text(RULE.replace(endless, f"            open({str(begun)!r}, 'w').close()\n{endless}"))
    # One config alone would be examined in this process, whatever the jobs.
    paths = configs(tmp_path, "endless: true", *["a: b"] * 8)
    arguments = ("--rules", str(plan.directories[0]), "--select", "acme-endless", "--jobs", jobs, "--file-timeout", "0")
    run = subprocess.Popen(
        [sys.executable, "-m", "migrator", *arguments, *paths],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
        text=True,
    )
    begun.read_text()
    os.killpg(run.pid, signal.SIGINT)
    # It ends with the last process that could write there.
    assert run.communicate(timeout=300)[1] == "migrate: interrupted\n"
    assert run.returncode == 130
