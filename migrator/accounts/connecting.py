"""A connection to the CircleCI at a URL, with the token that is found for it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from migrator.accounts.api import BACKOFF, Api
from migrator.accounts.tokens import find_token
from migrator.services.budget import Budget
from migrator.services.client import check_url


def connect(url: str, option: str, stop: Event, say: Callable[[str], None], timeout: float = 30.0) -> Api:
    """The API, to be closed by whoever asks for it. `option` is where the URL is from, `say` gets a line for each wait.

    Raises `UsageError` for a URL to which no token is sent, and where there is no token.
    """
    url = check_url(url, option, "https://HOST")
    budget = Budget(stop, per_minute=0, per_hour=0, backoff=BACKOFF, say=say)
    return Api(url, find_token(url), budget, timeout=timeout)
