"""Checkouts and bare repositories in a folder of this machine: the branch is made in place."""

from migrator.bulk.host import Kind

KIND = Kind("this machine", "dir", ("PATH",), is_path=True, git_commits=True, files_only=True)
