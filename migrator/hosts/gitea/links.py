"""Pages of Gitea and Forgejo."""

NAMES = ("gitea", "codeberg")


def page(repository: str, where: str) -> str:
    """The page of a file; `where` is its commit or branch, a slash and its path, quoted."""
    return f"{repository}/blob/{where}"
