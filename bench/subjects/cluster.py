"""Two workers of a dask cluster on this machine against one, their start excluded."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.table import Row, Setting, at_least, missing

SUBJECT = "A dask cluster on this machine"


def rows(setting: Setting) -> Iterator[Row]:
    from bench.bulk_soak import workers_compared

    try:
        ratios = list(workers_compared(setting.size(240), 1 if setting.quick else 3))
    except ModuleNotFoundError:
        yield missing(SUBJECT, "two workers against one", "pip install 'circleci-migrator[dask]'")
        return
    yield at_least(
        SUBJECT, "two workers against one, on the clock", median(ratios), 1.6, "the ceiling measured is 1.77"
    )
