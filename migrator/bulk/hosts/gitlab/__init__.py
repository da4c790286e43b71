"""GitLab, gitlab.com and self-managed: its API, with git where that guards a branch better, and a merge request."""

from migrator.bulk.host import Kind
from migrator.bulk.tokens import Tokens

KIND = Kind(
    "GitLab",
    "gitlab",
    ("GROUP", "GROUP/PROJECT"),
    pattern=r"[\w.-]+(/[\w.-]+)*",
    api_url="GitLab self-managed: https://HOST/api/v4",
    tokens=Tokens(
        # As for `glab`: https://docs.gitlab.com/cli/
        ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"),
        api_url="https://gitlab.com/api/v4",
        site="gitlab.com",
        command=("glab", "config", "get", "token", "--host", "{host}"),
        login="glab auth login --hostname {host}",
    ),
    has_requests=True,
    request="merge request",
    batch=20,
    tries=3,
    # No limit of what is created is published, only of all requests, of which the headers of each answer tell:
    # https://docs.gitlab.com/user/gitlab_com/rate_limits/
)
