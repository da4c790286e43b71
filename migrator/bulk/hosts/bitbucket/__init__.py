"""Bitbucket Cloud: git reads and pushes, a pull request by its REST API, whose few requests an hour are counted."""

from migrator.bulk.host import Kind
from migrator.bulk.requests.texts import Lengths
from migrator.bulk.tokens import Tokens

KIND = Kind(
    "Bitbucket",
    "bitbucket",
    ("WORKSPACE", "WORKSPACE/REPO"),
    pattern=r"[^/\s]+(/[^/\s]+)?",
    api_url="a gateway to Bitbucket that serves git as well: https://HOST/2.0",
    tokens=Tokens(
        ("BITBUCKET_TOKEN",),
        user_names=("BITBUCKET_EMAIL",),
        api_url="https://api.bitbucket.org/2.0",
        site="bitbucket.org",
    ),
    has_requests=True,
    git_commits=True,
    tries=3,
    # Of all that is asked about repositories, and not only of what is created:
    # https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/
    per_hour=1000,
    # Bitbucket publishes no limit for descriptions; its Data Center has 32,768 characters.
    lengths=Lengths(body=32_000),
)
