"""What CircleCI Server and self-hosted runners do not do, as far as credentials of images depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.workflows import Invocation, Workflow

if TYPE_CHECKING:
    from migrator.circleci.config import Config

NO_ROLES: Final = "pulling from ECR with a role is documented for CircleCI Cloud only"
"""https://circleci.com/docs/guides/permissions-authentication/pull-an-image-from-aws-ecr-with-oidc/"""

NO_ROLES_ON_RUNNERS: Final = "self-hosted runners do not support `oidc_role_arn`: use two keys"
"""https://circleci.com/docs/guides/execution-runner/container-runner/, limitations"""


class SecondContexts:
    """Workflows that would have two contexts. Built once for one `Config`.

    "If using CircleCI Server, only a single context per workflow is supported" (docs: configuration-reference,
    `context`); newer servers may take more.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._of: dict[int, tuple[str, ...]] = {}

    def told(self, invocation: Invocation, context: str) -> Iterator[str]:
        """What is said of the workflows of an invocation that is given a context."""
        for workflow in self._config.workflows_of(invocation):
            other = next((name for name in self._contexts(workflow) if name != context), None)
            if other is not None:
                yield f"CircleCI Server documents one context per workflow, but `{workflow.name}` also has `{other}`"

    def _contexts(self, workflow: Workflow) -> tuple[str, ...]:
        if id(workflow) not in self._of:
            names = (name for invocation in workflow.invocations for name in contexts_had_by(invocation) or ())
            self._of[id(workflow)] = tuple(dict.fromkeys(names))
        return self._of[id(workflow)]
