"""Gitea and Forgejo: listed, asked and merged by their API, read and pushed to by git over HTTP with the same token."""

from migrator.bulk.host import Kind
from migrator.bulk.tokens import Tokens

KIND = Kind(
    "Gitea",
    "gitea",
    ("ORG", "OWNER/NAME"),
    pattern=r"[^/\s]+(/[^/\s]+)?",
    api_url="Gitea and Forgejo: https://HOST/api/v1",
    tokens=Tokens(("GITEA_TOKEN", "FORGEJO_TOKEN"), api_url="https://gitea.com/api/v1", site="gitea.com"),
    has_requests=True,
    git_commits=True,
    tries=3,
)
