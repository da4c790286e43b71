"""Answers about one file, kept in a log that survives a crash."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.errors import PolicyError
from migrator.policy import Policy
from migrator.results.decisions import DecisionLog, Place, Values, about, written_path
from migrator.review.given import Given
from migrator.review.values import with_values


class LogMemory:
    def __init__(self, log: DecisionLog, path: str, policy: Policy) -> None:
        self._log = log
        self._path = written_path(path)
        self._policy = policy
        self._fitting: dict[Values, bool] = {(): True}

    def find(self, rule: str, fingerprint: str) -> Given | None:
        recorded = self._log.decisions.find(Place(path=self._path, rule=rule, fingerprint=fingerprint))
        if recorded is None or not self._fits(recorded.values):
            return None
        return Given(recorded.answer, recorded.values)

    def keep(self, keys: Sequence[tuple[str, str]], given: Given) -> None:
        places = [Place(path=self._path, rule=rule, fingerprint=fingerprint) for rule, fingerprint in keys]
        self._log.add(list(about(places, given.answer, given.values)))

    def _fits(self, values: Values) -> bool:
        """Whether the policy still has what the values change; if not, the finding is asked again."""
        if values not in self._fitting:
            try:
                with_values(self._policy, values)
                self._fitting[values] = True
            except PolicyError:
                self._fitting[values] = False
        return self._fitting[values]
