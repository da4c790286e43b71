"""Contexts by the jobs of workflows that have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.practice import is_context_name

if TYPE_CHECKING:
    from migrator.circleci.config import Config

WITH: Final = "with"
WITHOUT: Final = "without"
UNCLEAR: Final = "unclear"


def contexts_in(config: Config) -> Iterator[tuple[str, ...]]:
    """Each job that a workflow or a job group of this file invokes, approvals and groups left out."""
    groups = {group.name for each in (config, *config.siblings) for group in each.groups}
    for invocation in config.invocations:
        if not invocation.runs_a_job or invocation.name in groups:
            continue
        job = config.all_jobs.get(invocation.name)
        if job is not None and not job.runs:
            continue
        had = contexts_had_by(invocation)
        names = {name for name in had or () if is_context_name(name)}
        yield from (("context", name) for name in names)
        is_open = had is None or len(names) < len(set(had))
        yield "jobs", UNCLEAR if is_open else WITH if names else WITHOUT
