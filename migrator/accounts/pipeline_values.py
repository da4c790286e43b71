"""What `<< pipeline... >>` stands for while a config is compiled to look at it: a push to the main branch.

The names are those that CircleCI's own command line gives to the same endpoint (github.com/CircleCI-Public/circleci-cli
at 5bb7183, internal/configcmd/pipeline.go); a template with any other name would not compile.
"""

from __future__ import annotations

from typing import Any, Final

_ID: Final = "00000000-0000-0000-0000-000000000001"
_REVISION: Final = "0" * 40
_MOMENT: Final = "2020-01-01T00:00:00Z"
_TYPES: Final = {"gh": ("github", "https://github.com"), "bb": ("bitbucket", "https://bitbucket.org")}

_COMMIT: Final = ("author_avatar_url", "author_email", "author_login", "author_name", "body", "subject", "url")
_EMPTY: Final = (
    "name", "git.tag", *(f"git.commit.{name}" for name in _COMMIT), "git.repo_id", "git.repo_name", "git.repo_owner",
    "trigger_parameters.webhook.body", "trigger_parameters.github_app.commit_title",
    "trigger_parameters.github_app.commit_message", "trigger_parameters.github_app.commit_author_name",
    "trigger_parameters.github_app.repo_name", "trigger_parameters.github_app.repo_url",
    "trigger_parameters.github_app.user_avatar", "trigger_parameters.github_app.user_name",
    "trigger_parameters.github_app.user_username", "trigger_parameters.github_app.web_url", "trigger.type",
    "trigger.name", "schedule.name", "schedule.id", "event.name", "event.action", "event.github.sender.avatar_url",
    "event.github.head_commit.url", "event.github.pull_request.title", "event.github.label", "config.file_path",
    "config.repository.name",
)  # fmt: skip
_REVISIONS: Final = (
    "git.revision", "git.base_revision", "trigger_parameters.github_app.checkout_sha",
    "trigger_parameters.github_app.commit_sha", "trigger_parameters.gitlab.commit_sha", "event.github.after",
    "event.github.pull_request.head.sha", "event.github.pull_request.base.sha", "config.sha",
)  # fmt: skip
_URLS: Final = (
    "project.git_url", "git.repo_url", "event.context.github.pr_url", "event.github.repository.url",
    "event.github.pull_request.url", "config.repository.url",
)  # fmt: skip
_OTHERS: Final[dict[str, Any]] = {
    "id": _ID,
    "number": 1,
    "git.branch": "main",
    "git.branch.is_default": True,
    "trigger_source": "webhook",
    "trigger.id": _ID,
    "trigger.received_at": _MOMENT,
    "trigger_parameters.circleci.event_time": _MOMENT,
    "trigger_parameters.circleci.trigger_type": "github_app",
    "trigger_parameters.circleci.event_type": "push",
    "trigger_parameters.github_app.branch": "main",
    "trigger_parameters.github_app.commit_timestamp": _MOMENT,
    "trigger_parameters.github_app.ref": "refs/heads/main",
    "trigger_parameters.github_app.total_commits_count": 1,
    "trigger_parameters.github_app.user_id": _ID,
    "trigger_parameters.gitlab.default_branch": "main",
    "trigger_parameters.gitlab.x_gitlab_event_id": _ID,
    "trigger_parameters.gitlab.is_fork_merge_request": False,
    "event.github.repository.name": "repository",
    "event.github.repository.owner.login": "owner",
    "event.github.sender.login": "person",
    "event.github.ref": "refs/heads/main",
    "event.github.pull_request.base.ref": "main",
    "event.github.pull_request.head.ref": "change",
    "event.github.pull_request.merged": False,
    "event.github.pull_request.number": 1,
    "event.github.pull_request.draft": False,
    "config.ref": "refs/heads/main",
}


def pipeline_values(project: str) -> dict[str, Any]:
    """The values by their names, `pipeline.` in front, for a project's slug (`gh/acme/web`, or empty)."""
    kind, _, name = project.partition("/")
    word, host = _TYPES.get(kind, ("circleci", "https://circleci.com"))
    values = {**dict.fromkeys(_EMPTY, ""), **dict.fromkeys(_REVISIONS, _REVISION), **_OTHERS}
    values |= dict.fromkeys(_URLS, f"{host}/{name}") | {"project.type": word}
    return {f"pipeline.{name}": value for name, value in values.items()}
