"""GitHub, cloud and Enterprise: its API under one budget, nothing cloned, a signed commit and a pull request."""

from migrator.bulk.host import Kind
from migrator.bulk.tokens import Tokens

KIND = Kind(
    "GitHub",
    "github",
    ("ORG", "OWNER/NAME"),
    pattern=r"[^/\s]+(/[^/\s]+)?",
    api_url="GitHub Enterprise: https://HOST/api/v3",
    tokens=Tokens(
        ("GH_TOKEN", "GITHUB_TOKEN"),
        # As for `gh`: https://cli.github.com/manual/gh_help_environment
        own_names=("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_TOKEN"),
        api_url="https://api.github.com",
        site="github.com",
        command=("gh", "auth", "token", "--hostname", "{host}"),
        login="gh auth login --hostname {host}",
    ),
    has_requests=True,
    batch=40,
    tries=3,
    # Of what creates content: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    per_minute=80,
    per_hour=500,
)
