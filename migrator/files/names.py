"""Names of the files and folders that mean something wherever they are."""

from __future__ import annotations

FOLDER = ".circleci"
YAML = (".yml", ".yaml")
RECIPES = (
    *("GNUmakefile", "makefile", "Makefile", "package.json", "Taskfile.yml", "Taskfile.yaml", "justfile", "Justfile"),
    *("Rakefile",),
)
"""Files in which people write how to generate others."""

FOREIGN = frozenset((".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox"))
"""Folders that hold nothing of the repository's own."""
