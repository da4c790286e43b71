"""CircleCI on loopback, over plain HTTP, for tests: `with serve(CircleCI()) as api: api.url`."""

from tests.circleci_api.server import CircleCI, Request, serve

__all__ = ["CircleCI", "Request", "serve"]
