"""A GitLab on loopback asked directly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from migrator.bulk.host import Job
from tests.bulk.hosts.direct import Direct
from tests.bulk.hosts.gitlab.fake import TOKEN, GitLab, Handler, serve
from tests.bulk.hosts.gitlab.projects import MergeRequest, Project


class DirectGitLab(Direct):
    kind = "gitlab"

    def __init__(self, folder: Path, fake: GitLab | None = None, handler: type[Handler] = Handler) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.fake = fake or GitLab(folder)
        self._server = serve(self.fake, handler=handler)
        super().__init__(folder, f"{self._server.url}/api/v4")

    def path(self, name: str) -> Path:
        return self.folder / f"acme/{name}.git"

    def add(self, name: str, bare: Path) -> tuple[str, str]:
        del bare
        self.fake.projects.clear()
        project = self.fake.add(f"acme/{name}", 100 + self.number)
        return project.full_path, str(project.id)

    def request_count(self) -> int:
        (project,) = self.fake.projects.values()
        return len(project.requests)

    def project(self, job: Job) -> Project:
        return self.fake.projects[job.entry.name]

    def request(self, job: Job) -> MergeRequest:
        (request,) = self.project(job).requests
        return request

    def close(self) -> None:
        super().close()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def direct(folder: Path, fake: GitLab | None = None, handler: type[Handler] = Handler) -> Iterator[DirectGitLab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITLAB_TOKEN", TOKEN)
        asked = DirectGitLab(folder, fake, handler)
        try:
            yield asked
        finally:
            asked.close()
