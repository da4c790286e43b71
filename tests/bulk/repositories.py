"""Real git repositories, made by fast-import: what the campaigns of the tests work on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

CONFIG = """\
version: 2.1

jobs:
  {job}:
    docker:
      - image: {image}   # pinned
    steps:
      - checkout
      - run: make {job}

workflows:
  main:
    jobs:
      - {job}
"""
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.com",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def config(job: str = "build", image: str = "acme/app:1") -> str:
    return CONFIG.format(job=job, image=image)


def git(folder: Path, *arguments: str, given: str | bytes = b"") -> str:
    data = given.encode() if isinstance(given, str) else given
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=data, capture_output=True, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def make_bare(
    path: Path, files: Mapping[str, str | bytes], branch: str = "main", *, history: int = 1, mode: str = "100644"
) -> str:
    """A bare repository whose default branch has these files; returns its commit. No files: an empty repository."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "-q", "--bare", "--template=", "-b", branch)
    return commit(path, files, branch, history=history, mode=mode) if files else ""


def commit(
    path: Path, files: Mapping[str, str | bytes], branch: str = "main", *, history: int = 1, message: str = "Change",
    mode: str = "100644",
) -> str:  # fmt: skip
    """Add commits with these files to a branch, as a person would."""
    parts: list[bytes] = []
    for number in range(history):
        who = "A Person <person@example.com> 1700000000 +0000"
        parts.append(f"commit refs/heads/{branch}\ncommitter {who}\ndata {len(message)}\n{message}\n".encode())
        known = subprocess.run(
            ["git", "rev-parse", "-q", "--verify", branch], cwd=path, capture_output=True, check=False
        )
        if number == 0 and known.returncode == 0:
            parts.append(f"from {known.stdout.decode().strip()}\n".encode())
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            parts.append(f"M {mode} inline {name}\ndata {len(data)}\n".encode() + data + b"\n")
        parts.append(f"M 100644 inline number\ndata {len(str(number))}\n{number}\n".encode() if history > 1 else b"\n")
    git(path, "fast-import", "--quiet", given=b"".join(parts))
    return git(path, "rev-parse", branch)


def branches(path: Path) -> dict[str, str]:
    lines = git(path, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
    return dict(line.split() for line in lines)


def commits_on(path: Path, branch: str, base: str = "main") -> list[str]:
    return git(path, "rev-list", f"{base}..{branch}").split()


def show(path: Path, name: str) -> str:
    done = subprocess.run(["git", "show", name], cwd=path, capture_output=True, env=ENVIRONMENT, check=True)
    return done.stdout.decode()
