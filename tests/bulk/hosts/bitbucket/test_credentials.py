"""Which token of Bitbucket is sent as what, to the API and by git."""

from __future__ import annotations

import base64

import pytest

from migrator.bulk.hosts.bitbucket.credentials import CLOUD, credentials_of, git_root
from migrator.bulk.tokens import Token
from migrator.errors import UsageError


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("token", "header", "user"),
    [
        (Token("t", "", "BITBUCKET_TOKEN"), "Bearer t", "x-token-auth"),
        (Token("t", "x-token-auth", "git credential"), "Bearer t", "x-token-auth"),
        (Token("ATCTT-t", "ann@example.com", "BITBUCKET_TOKEN"), "Bearer ATCTT-t", "x-token-auth"),
        (Token("t", "ann@example.com", ""), basic("ann@example.com", "t"), "x-bitbucket-api-token-auth"),
    ],
)
def test_a_token_is_sent_as_what_it_is(token: Token, header: str, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BITBUCKET_EMAIL", raising=False)
    found = credentials_of(token)
    assert (found.header, found.login) == (header, (user, token.value))
    assert token.value in found.secrets


@pytest.mark.parametrize("token", [Token("ATATT-t", "", "BITBUCKET_TOKEN"), Token("tok-7", "ann", "git credential")])
def test_an_api_token_needs_an_address(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BITBUCKET_EMAIL", raising=False)
    with pytest.raises(UsageError, match="set BITBUCKET_EMAIL") as raised:
        credentials_of(token)
    assert token.value not in str(raised.value)
    monkeypatch.setenv("BITBUCKET_EMAIL", "ann@example.com")
    assert credentials_of(token).header == basic("ann@example.com", token.value)
    assert credentials_of(token).login.user == (token.user or "x-bitbucket-api-token-auth")


def test_git_is_where_the_api_is() -> None:
    assert git_root(CLOUD) == "https://bitbucket.org"
    assert git_root("http://127.0.0.1:7/2.0") == "http://127.0.0.1:7"
