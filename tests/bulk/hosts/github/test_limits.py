"""GitHub's limits, as the budget that all services share reads them."""

from __future__ import annotations

import pytest

from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.queries import ONE
from tests.bulk.conftest import Host
from tests.bulk.hosts.github.fake import TOKEN
from tests.services.test_budget import Time, budget


@pytest.fixture
def time() -> Time:
    return Time()


def test_secondary_limits_double_though_the_host_tells_how_much_is_left(time: Time, host: Host) -> None:
    """GitHub sends the headers of the other limit along, of which there is plenty."""
    plenty = {"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "1", "X-RateLimit-Limit": "5000"}
    host.refuse = [(403, plenty, "You have exceeded a secondary rate limit.")] * 3
    api = Api(host.url, TOKEN, budget(time))
    api.query(ONE, {"owner": "acme", "name": "app"})
    api.close()
    assert 1_000_000 + 60 + 120 + 240 <= time.at < 1_000_000 + 60 + 120 + 240 + 20
