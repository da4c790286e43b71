"""Generated repositories for benches and soaks of campaigns: small, alike as those of one organisation are."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A Person"), ("EMAIL", "person@example.com"))
    },
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
JOB = """\
  {name}:
    docker:
      - image: acme/{image}:{tag}   # pinned
      - image: postgres:15
        environment:
          POSTGRES_DB: test
    resource_class: medium
    steps:
      - checkout
      - restore_cache:
          keys:
            - v1-{{{{ checksum "lock" }}}}
      - run:
          name: {name} it
          command: |
            make setup
            make {name}
"""


def config(number: int, jobs: int = 0) -> str:
    """A config of one to six jobs, none of whose images is authenticated."""
    names = [f"{word}-{number}" for word in ("build", "test", "lint", "deploy", "docs", "scan")]
    names = names[: jobs or 1 + number % 6] if jobs <= 6 else [f"job-{number}-{n}" for n in range(jobs)]
    body = "\n".join(JOB.format(name=name, image=f"app{number}", tag=number % 9) for name in names)
    listed = "".join(f"      - {name}\n" for name in names)
    return f"version: 2.1\n\njobs:\n{body}\nworkflows:\n  main:\n    jobs:\n{listed}"


def make(folder: Path, number: int, files: int = 30, jobs: int = 0) -> Path:
    path = folder / f"repository-{number:05}.git"
    subprocess.run(["git", "init", "-q", "--bare", "--template=", "-b", "main", str(path)], check=True, env=ENVIRONMENT)
    parts = ["commit refs/heads/main\ncommitter A Person <person@example.com> 1700000000 +0000\ndata 5\nBegin\n"]
    contents = {f"source/part{n % 5}/file{n}.txt": f"line of file {n} of {number}\n" * 30 for n in range(files)}
    for name, text in {".circleci/config.yml": config(number, jobs), **contents}.items():
        parts.append(f"M 100644 inline {name}\ndata {len(text)}\n{text}\n")
    subprocess.run(
        ["git", "fast-import", "--quiet"], input="".join(parts).encode(), cwd=path, check=True, env=ENVIRONMENT
    )
    return path


def make_all(folder: Path, count: int, files: int = 30, jobs: int = 0) -> list[Path]:
    """So many bare repositories, each with a config and a few files."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda number: make(folder, number, files, jobs), range(count)))


def blobs(path: Path, branch: str) -> str:
    """The id of the config on a branch, empty where there is none."""
    command = ["git", "rev-parse", "-q", "--verify", f"{branch}:.circleci/config.yml"]
    return subprocess.run(command, cwd=path, capture_output=True, check=False, env=ENVIRONMENT).stdout.decode().strip()
