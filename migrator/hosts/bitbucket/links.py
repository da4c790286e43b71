"""Pages of Bitbucket."""

NAMES = ("bitbucket",)


def page(repository: str, where: str) -> str:
    """The page of a file; `where` is its commit or branch, a slash and its path, quoted."""
    return f"{repository}/src/{where}"
