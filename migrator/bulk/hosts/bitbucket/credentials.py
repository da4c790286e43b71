"""The token for Bitbucket Cloud, as its REST API and as git take it. It is never stored.

An API token is of a person, and the API takes it with the e-mail address of their Atlassian account, git with a user
name that is the same for all (https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/). An access token is
of a workspace, a project or a repository, and needs no name
(https://support.atlassian.com/bitbucket-cloud/docs/using-workspace-access-tokens/).
"""

from __future__ import annotations

import base64
import os
from typing import NamedTuple
from urllib.parse import urlsplit

from migrator.bulk.git import Login
from migrator.bulk.tokens import Token
from migrator.errors import UsageError

CLOUD = "https://api.bitbucket.org/2.0"
EMAIL = "BITBUCKET_EMAIL"
PERSON, ACCESS = "x-bitbucket-api-token-auth", "x-token-auth"
"""git's user names for API tokens and for access tokens."""
_OF_A_PERSON, _OF_NOBODY = "ATATT", "ATCTT"
"""How API tokens begin, and access tokens."""


class Credentials(NamedTuple):
    """`header` is the `Authorization` of the API, `login` that of git, `secrets` all that no message may repeat."""

    header: str
    login: Login
    secrets: tuple[str, ...]


def git_root(api_url: str) -> str:
    """Where git finds repositories. It follows from the API's URL alone: whatever an answer says, no other host gets
    the token."""
    parts = urlsplit(api_url)
    return "https://bitbucket.org" if api_url == CLOUD else f"{parts.scheme}://{parts.netloc}"


def credentials_of(token: Token) -> Credentials:
    """What a token is sent as. Raises `UsageError` where its account has to be known and is not."""
    email = token.user if "@" in token.user else os.environ.get(EMAIL, "").strip()
    needs_no_name = not (email or token.user or token.value.startswith(_OF_A_PERSON))
    if token.user == ACCESS or token.value.startswith(_OF_NOBODY) or needs_no_name:
        return Credentials(f"Bearer {token.value}", Login(ACCESS, token.value), (token.value,))
    if not email:
        raise UsageError(f"{token.origin} has an API token of Bitbucket: set {EMAIL} to the address of its account")
    basic = base64.b64encode(f"{email}:{token.value}".encode()).decode()
    user = PERSON if "@" in token.user or not token.user else token.user
    return Credentials(f"Basic {basic}", Login(user, token.value), (token.value, basic))
