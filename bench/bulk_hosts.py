"""Generated repositories for benches and soaks of campaigns: small, alike as those of one organisation are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from migrator.bulk.wire.committing import object_id
from migrator.bulk.wire.packs import keep, objects_of, packed

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
    """One of them, without starting git: thousands would take longer to make than to work through."""
    path = folder / f"repository-{number:05}.git"
    for each in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (path / each).mkdir(parents=True)
    (path / "HEAD").write_text("ref: refs/heads/main\n")
    (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n")
    contents = {f"source/part{n % 5}/file{n}.txt": f"line of file {n} of {number}\n" * 30 for n in range(files)}
    objects: list[tuple[str, bytes]] = []
    tree = _tree({".circleci/config.yml": config(number, jobs), **contents}, objects)
    who = b"A Person <person@example.com> 1700000000 +0000"
    objects.append(("commit", b"tree %s\nauthor %s\ncommitter %s\n\nBegin" % (tree.encode(), who, who)))
    pack = packed(objects)
    keep(pack, objects_of(pack), path / "objects" / "pack")
    (path / "refs" / "heads" / "main").write_text(f"{object_id(*objects[-1])}\n")
    return path


def _tree(files: Mapping[str, str], objects: list[tuple[str, bytes]]) -> str:
    """The id of a folder with these files; what it is made of is added to the objects."""
    parts: dict[str, dict[str, str]] = {}
    for name, text in files.items():
        first, _, rest = name.partition("/")
        parts.setdefault(first, {})[rest] = text
    made = []
    for name, below in sorted(parts.items()):
        if "" in below:
            objects.append(("blob", below[""].encode()))
            made.append(b"100644 %s\0%s" % (name.encode(), bytes.fromhex(object_id(*objects[-1]))))
        else:
            made.append(b"40000 %s\0%s" % (name.encode(), bytes.fromhex(_tree(below, objects))))
    objects.append(("tree", b"".join(made)))
    return object_id(*objects[-1])


def make_all(folder: Path, count: int, files: int = 30, jobs: int = 0) -> list[Path]:
    """So many bare repositories, each with a config and a few files."""
    folder.mkdir(parents=True, exist_ok=True)
    return [make(folder, number, files, jobs) for number in range(count)]


def blobs(path: Path, branch: str) -> str:
    """The id of the config on a branch, empty where there is none."""
    command = ["git", "rev-parse", "-q", "--verify", f"{branch}:.circleci/config.yml"]
    return subprocess.run(command, cwd=path, capture_output=True, check=False, env=ENVIRONMENT).stdout.decode().strip()
