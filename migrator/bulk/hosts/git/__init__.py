"""Repositories at git URLs, one a line of a file: fetched shallow into our stores, and pushed from there."""

from migrator.bulk.host import Kind

KIND = Kind("git", "file", ("LIST",), is_path=True, git_commits=True, tries=2)
