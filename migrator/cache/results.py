"""What becomes of whole repositories in campaigns, by what was read of them: for other campaigns, and later ones."""

from __future__ import annotations

from migrator.cache.keys import digest_of, open_store
from migrator.cache.store import Store
from migrator.engine.plan import Plan


class ResultCache:
    """Texts without secrets by keys of a campaign. Raises nothing: what goes wrong is as if nothing had been kept."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._run = store, run

    def find(self, key: str) -> str | None:
        text = self._store.get(digest_of("repository", self._run, key))
        try:
            return None if text is None else text.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def keep(self, key: str, text: str) -> None:
        self._store.put(digest_of("repository", self._run, key), text.encode("utf-8", "replace"))

    def drop(self, key: str) -> None:
        """Forget what turned out to be no result."""
        self._store.drop(digest_of("repository", self._run, key))

    def close(self) -> None:
        self._store.tidy()


def result_cache(plan: Plan) -> ResultCache | None:
    """The results that are kept for campaigns with this plan; `None` where none can be, or where CircleCI has a say."""
    opened = None if plan.compiled else open_store(plan)
    return ResultCache(*opened) if opened else None
