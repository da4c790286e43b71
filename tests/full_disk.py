"""What is done on a small disk that fills up, inside a name space that has it: `python -m tests.full_disk CASE DISK`.

Each case works in the disk's folder and asserts what holds where there is no room, and that the same command ends
once there is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bulk.killing import finish, states_of
from tests.bulk.repositories import ENVIRONMENT, branches, config, make_bare
from tests.places import ROOT
from tests.review.terminal import Terminal

SIZE = "1m"
NO_ROOM = "No space left on device"
CONFIG = config() + "".join(f"# {number}\n" for number in range(20_000))
ARGUMENTS = ("--select", "unauthenticated-image")


def fill(disk: Path, left: int = 0) -> Path:
    """Leave so many bytes of the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - left))
    return filler


def migrate(disk: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "migrator", *ARGUMENTS, *arguments], cwd=disk, capture_output=True, text=True,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert "standard output" not in said, said
    return done


def nothing_is_left(disk: Path) -> None:
    assert [path.name for path in disk.rglob("*") if "tmp" in path.name] == []


def write(disk: Path) -> None:
    file = disk / "config.yml"
    file.write_text(CONFIG)
    filler = fill(disk, 8192)
    done = migrate(disk, "--write", "config.yml")
    assert done.returncode == 3
    assert f"config.yml\n  failed: cannot be written: {NO_ROOM}" in done.stdout, done.stdout
    assert file.read_text() == CONFIG
    nothing_is_left(disk)
    filler.unlink()
    assert migrate(disk, "--write", "config.yml").returncode == 0
    assert file.read_text() != CONFIG


def _result(disk: Path, name: str, *arguments: str) -> None:
    (disk / "config.yml").write_text(config())
    result = disk / name
    result.write_text("what was there")
    filler = fill(disk)
    done = migrate(disk, *arguments, name, "config.yml")
    assert done.returncode == 3, done
    assert f"{name}: cannot be written: {NO_ROOM}" in done.stderr, done.stderr
    assert result.read_text() == "what was there"
    nothing_is_left(disk)
    filler.unlink()
    assert migrate(disk, *arguments, name, "config.yml").returncode == 1
    assert len(result.read_text()) > 100


def output(disk: Path) -> None:
    for form in ("json", "junit", "markdown"):
        _result(disk, f"report.{form}", "--format", form, "--output")
        (disk / f"report.{form}").unlink()


def patch(disk: Path) -> None:
    _result(disk, "changes.patch", "--patch")


def decisions(disk: Path) -> None:
    (disk / "migrator.toml").write_text('[registries."docker.io"]\ncontext = "hub"\n')
    text = "".join(f"  j{n}:\n    docker: [{{image: 'acme/a:{n}'}}]\n    steps: [checkout]\n" for n in range(60))
    text = f"version: 2.1\njobs:\n{text}workflows:\n  main:\n    jobs: [{', '.join(f'j{n}' for n in range(60))}]\n"
    (disk / "config.yml").write_text(text)
    arguments = ("--interactive", "--decisions", "decisions.toml", *ARGUMENTS, "config.yml")
    environment = {"XDG_STATE_HOME": str(disk.parent)}
    screen = Terminal(disk, *arguments, env=environment)
    screen.wait("finding 1 of 60")
    filler = fill(disk)
    # The page of memory that the file has already still takes some.
    for number in range(2, 61):
        screen.press("y")
        try:
            screen.wait(f"finding {number} of 60")
        except AssertionError:
            break  # it has ended
    assert screen.end() == 3
    assert f"decisions.toml: cannot be written: {NO_ROOM}" in screen.text, screen.text
    assert (disk / "config.yml").read_text() == text
    kept = (disk / "decisions.toml").read_text()
    assert kept.count("[[decision]]") == kept.count("answer = ")
    nothing_is_left(disk)
    filler.unlink()
    screen = Terminal(disk, *arguments, env=environment)
    screen.wait(f"finding {kept.count('[[decision]]') + 1} of 60")
    screen.press("q")


def ledger(disk: Path) -> None:
    top = disk.parent / "hosts"
    for number in range(5):
        make_bare(top / f"r{number}.git", {".circleci/config.yml": config(f"job{number}")})
    source = ("--source", f"dir:{top}", *ARGUMENTS)
    filler = fill(disk)
    said = finish(disk, "plan", "hub", *source, codes=(3,))
    assert "hub.campaign" in said, said
    filler.unlink()
    finish(disk, "plan", "hub", *source, codes=(1,))
    filler = fill(disk)
    said = finish(disk, "review", "hub", "--approve", "all", codes=(3,))
    assert "hub.campaign.db: the ledger cannot be read or written (no space left on device)" in said, said
    filler.unlink()
    assert set(states_of(disk, "hub").values()) == {"planned"}
    finish(disk, "review", "hub", "--approve", "all", codes=(1,))
    finish(disk, "push", "hub", codes=(0,))


def store(disk: Path) -> None:
    """Two repositories of which the files of one have no room."""
    top = disk.parent / "hosts"
    small, large = top / "small.git", top / "large.git"
    make_bare(small, {".circleci/config.yml": config("a")})
    noise = Path("/dev/urandom").open("rb").read(2_000_000)  # noqa: SIM115
    make_bare(large, {".circleci/config.yml": config("b"), "large": noise})
    (disk.parent / "list").write_text(f"file://{large}\nfile://{small}\n")
    source = ("--source", f"file:{disk.parent}/list", "--jobs", "1", *ARGUMENTS)
    said = finish(disk, "plan", "hub", *source, codes=(3,))
    assert NO_ROOM in said, said
    assert "hub.campaign/stores" in said, said
    assert list(disk.rglob("tmp_pack*")) == []
    assert not set(states_of(disk, "hub").values()) & {"failed", "unchanged"}
    subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
    finish(disk, "plan", "hub", "--jobs", "1", *ARGUMENTS, codes=(1,))
    assert set(states_of(disk, "hub").values()) == {"planned"}
    finish(disk, "review", "hub", "--approve", "all", codes=(1,))
    filler = fill(disk)
    said = finish(disk, "push", "hub", codes=(3,))
    assert "hub.campaign" in said, said
    assert "no space left" in said.lower(), said
    filler.unlink()
    finish(disk, "retry", "hub")
    finish(disk, "push", "hub", codes=(0,))
    assert all(len(branches(path)) == 2 for path in (small, large))


CASES: dict[str, Callable[[Path], None]] = {
    each.__name__: each for each in (write, output, patch, decisions, ledger, store)
}

if __name__ == "__main__":
    CASES[sys.argv[1]](Path(sys.argv[2]))
