"""Pages of GitHub: https://docs.github.com/repositories/working-with-files/using-files/getting-permanent-links-to-files."""

NAMES = ("github",)


def page(repository: str, where: str) -> str:
    """The page of a file; `where` is its commit or branch, a slash and its path, quoted."""
    return f"{repository}/blob/{where}"
