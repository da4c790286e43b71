"""The files of a release, from a commit and nothing else: the same commit gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from release.contents import LOCK, NAME, contents
from release.versions import NotReleasedError, current

SUMS = "SHA256SUMS"


def build(repository: Path, revision: str, output: Path) -> list[Path]:
    """Write sdist, wheel, list of contents and hashes of a revision to a folder; return them.

    Times in the archives are the commit's (SOURCE_DATE_EPOCH), and the wheel is built from the sdist.
    """
    epoch = int(git(repository, "log", "-1", "--format=%ct", revision))
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tree, dist = Path(scratch, "tree"), Path(scratch, "dist")
        packed = subprocess.run(
            ["git", "archive", "--format=tar", revision], cwd=repository, capture_output=True, check=True
        )
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(tree, filter="data")
        version = current(tree)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
        built = subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(tree)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if built.returncode:
            raise NotReleasedError(f"the build failed: {(built.stderr or built.stdout).strip().splitlines()[-1]}")
        made = datetime.fromtimestamp(epoch, UTC)
        listed = contents(version, (tree / LOCK).read_text("utf-8"), made)
        (dist / f"{NAME}-{version}.cdx.json").write_text(listed, "utf-8")
        files = sorted(dist.iterdir())
        sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
        written = [output / file.name for file in files]
        for file, target in zip(files, written, strict=True):
            target.write_bytes(file.read_bytes())
    (output / SUMS).write_text(sums, "utf-8")
    return [*written, output / SUMS]


def git(repository: Path, *arguments: str) -> str:
    """What git prints. Raises `NotReleasedError` with git's own words."""
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReleasedError(f"git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()
