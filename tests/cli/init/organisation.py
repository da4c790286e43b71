"""A small organisation of repositories with habits of their own, as checkouts in one folder."""

from __future__ import annotations

from pathlib import Path

SECRET = "hunter2hunter2X"


def checkout(folder: Path, name: str, image: str, auth: str = "", context: str = "") -> None:
    """A checkout of `acme/NAME` whose one job runs in the image."""
    (folder / name / ".circleci").mkdir(parents=True)
    (folder / name / ".git").mkdir()
    (folder / name / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / name / ".git" / "config").write_text(f'[remote "origin"]\n\turl = git@github.com:acme/{name}.git\n')
    item = f"      - image: {image}\n" + (f"        auth: {auth}\n" if auth else "")
    job = f"          context: {context}\n" if context else ""
    (folder / name / ".circleci" / "config.yml").write_text(
        f"version: 2.1\njobs:\n  build:\n    docker:\n{item}      - image: postgres:16\n    steps: [checkout]\n"
        f"workflows:\n  main:\n    jobs:\n      - build{':' if job else ''}\n{job}"
    )


def organisation(folder: Path) -> Path:
    """Three repositories that do the same, one with names of its own, one with a literal password, two without any."""
    hub = "{username: $HUB_USER, password: $HUB_PASS}"
    for name in ("api", "jobs", "web"):
        checkout(folder, name, "acme/builder:3", hub, "hub")
    checkout(folder, "legacy", "acme/builder:1", "{username: $DOCKER_LOGIN, password: $DOCKER_PASSWORD}", "legacy-hub")
    checkout(folder, "old", "acme/builder:1", f"{{username: acmebot, password: {SECRET}}}")
    checkout(folder, "site", "cimg/node:22.1")
    checkout(folder, "tools", "acme/tools:2")
    return folder
