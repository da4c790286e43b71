"""How many processes a run is worth: by the size of what is read, and by the processors that this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

WORTH = 400_000
"""So many bytes of configs are worth a process of their own. One takes 70 ms until it is ready, which is what 200,000
bytes take; two halve the time of what two of these take, less that."""

MOST = 8
# https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files and, of version 1,
# https://docs.kernel.org/scheduler/sched-bwc.html
_LIMIT = Path("/sys/fs/cgroup/cpu.max")
_LIMIT_1 = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def fitting(paths: Iterable[str]) -> int:
    """How many processes pay for these files. A file of which no size is known counts nothing."""
    most, total = WORTH * MOST, 0
    for path in paths:
        try:
            total += os.stat(path).st_size  # noqa: PTH116 - of every file
        except OSError:
            continue
        if total >= most:
            break
    worth = total // WORTH
    return min(worth, usable()) if worth > 1 else 1


def usable() -> int:
    """The processors that this process may use, whole ones: those it may run on, less where a container has fewer."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on; heeds `-X cpu_count` as well
        count = os.process_cpu_count() or 1
    else:
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, _limit(_LIMIT, _LIMIT_1) or count))


def _limit(file: Path, files_1: tuple[Path, Path]) -> int | None:
    """The processor time that a container may use, in whole processors; `None` where nothing limits it."""
    try:
        quota, period = file.read_text("ascii").split()
    except (OSError, ValueError):
        try:
            quota, period = (each.read_text("ascii").strip() for each in files_1)
        except (OSError, ValueError):
            return None
    if not (quota.isdecimal() and period.isdecimal() and int(period)):
        return None  # `max`, or -1
    return max(1, int(quota) // int(period))
