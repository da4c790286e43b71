"""The part of a rig that git does, where the repositories of a host are bare ones on this disk."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from pathlib import Path

from tests.bulk.repositories import branches, commit, commits_on, git, show


class BareRig(abc.ABC):
    """`tests.bulk.hosts.campaign.Rig` says what each of these does."""

    @abc.abstractmethod
    def bare(self, name: str) -> Path:
        """Where the repository is."""

    def commit(self, name: str, branch: str, files: Mapping[str, str]) -> str:
        bare = self.bare(name)
        if branch not in branches(bare):
            git(bare, "branch", branch, "main")
        return commit(bare, dict(files), branch)

    def branches(self, name: str) -> dict[str, str]:
        return branches(self.bare(name))

    def commits(self, name: str, branch: str) -> list[str]:
        return commits_on(self.bare(name), branch)

    def file(self, name: str, branch: str, path: str) -> tuple[str, bool]:
        mode = git(self.bare(name), "ls-tree", branch, "--", path).split()[0]
        return show(self.bare(name), f"{branch}:{path}"), mode == "100755"
