"""What a config does not say, so that no count is taken for more than it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.foreign import foreign_images, jobs_without_login
from migrator.circleci.inventory.images import UNKNOWN
from migrator.circleci.secrets.tokens import token_in

if TYPE_CHECKING:
    from migrator.circleci.config import Config

AMBIGUOUS: Final = "ambiguous"
COMPUTED: Final = "computed"
INVOKED: Final = "invoked"
PULLED: Final = "pulled"


def unseen_in(config: Config) -> Iterator[tuple[str, ...]]:
    """Jobs whose images somebody's orb decides, by its package, and what no view can read."""
    for foreign in foreign_images(config):
        package = foreign.orb.package or UNKNOWN
        yield from (("orb", UNKNOWN if token_in(package) else package) for _ in foreign.jobs)
    yield from (("unseen", AMBIGUOUS) for _ in config.unclear_images)
    yield from (("unseen", COMPUTED) for _ in config.hidden_images)
    yield from (("unseen", INVOKED) for _ in config.computed_invocations)
    yield from (("unseen", PULLED) for _ in jobs_without_login(config))
