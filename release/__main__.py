"""Make everything of a release but the upload; or, with --build, only the files of a revision."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from release.building import build, git
from release.versions import CHANGELOG, FILE, NotReleasedError, checked, cut, following, with_version


def release(repository: Path, version: str, date: str, output: Path) -> list[Path]:
    """Cut the changelog, commit, build, tag, and begin the next version. On any failure the repository is as it was."""
    if git(repository, "status", "--porcelain"):
        raise NotReleasedError("there are changes that are not committed; commit or stash them first")
    changelog = (repository / CHANGELOG).read_text("utf-8")
    checked(version, changelog)
    if git(repository, "tag", "--list", f"v{version}"):
        raise NotReleasedError(f"the tag v{version} exists already")
    text = cut(changelog, version, date)
    before = git(repository, "rev-parse", "HEAD")
    tagged = False
    try:
        (repository / CHANGELOG).write_text(text, "utf-8")
        _commit(repository, version, f"Release {version}")
        files = build(repository, "HEAD", output)
        git(repository, "tag", "--annotate", f"v{version}", "--message", f"Release {version}")
        tagged = True
        _commit(repository, following(version), f"Begin {following(version)}")
    except BaseException:
        if tagged:
            git(repository, "tag", "--delete", f"v{version}")
        git(repository, "reset", "--quiet", "--hard", before)
        raise
    return files


def _commit(repository: Path, version: str, message: str) -> None:
    file = repository / FILE
    file.write_text(with_version(file.read_text("utf-8"), version), "utf-8")
    git(repository, "commit", "--quiet", "--all", "--message", message)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("version", nargs="?", metavar="VERSION", help="such as 0.2.0")
    parser.add_argument("--build", metavar="REVISION", help="build the files of a revision, and nothing else")
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("dist"))
    parser.add_argument("--repository", metavar="DIR", type=Path, default=Path())
    asked = parser.parse_args()
    if bool(asked.version) == bool(asked.build):
        parser.error("pass a VERSION, or --build REVISION")
    try:
        if asked.build:
            files = build(asked.repository, asked.build, asked.output)
        else:
            today = datetime.now(UTC).date().isoformat()
            files = release(asked.repository, asked.version, today, asked.output)
    except NotReleasedError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(*files, sep="\n")
    if asked.version:
        packages = " ".join(str(file) for file in files if file.suffix in (".gz", ".whl"))
        print(f"\nNothing was uploaded. To publish it:\n  git push --atomic origin HEAD v{asked.version}")
        print(f"  uv publish {packages}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
