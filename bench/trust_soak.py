"""Kills, races and hostile repositories: what docs/security.md promises, at scale. `make soak` runs it.

python -m bench.trust_soak kills|races|hostile [NUMBER]
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from bench.hostile import KINDS, checkout, make
from tests.bulk.killing import finish, states_of

ROOT = Path(__file__).parent.parent
SELECT = ("--select", "unauthenticated-image")


def kills(count: int) -> None:
    """SIGKILL `--write` and `--interactive` at random moments; `bench.bulk_soak` kills campaigns."""
    from tests.files.killing import storm as writing
    from tests.review.killing import storm as sessions

    with tempfile.TemporaryDirectory() as name:
        hits = writing(Path(name), count - count // 2, seed=3, count=60)
    print(f"{hits} kills hit a run that wrote; each file was whole every time, and the next run finished the work")
    with tempfile.TemporaryDirectory() as name:
        hits = sessions(Path(name), count // 2, seed=4)
    print(f"{hits} kills hit a session; files and decisions were whole every time, and the next one finished the work")


def races(count: int) -> None:
    """Another program saves each file while it is replaced: none of its saves is lost."""
    from tests.files.test_writing import EDITOR

    code = EDITOR
    for how in ("rename", "truncate", "slowly"):
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "config.yml"
            lost = _lost(file, code, how, count)
        print(f"{how}: {lost} of {count} saves lost")
        assert lost == 0


def _lost(file: Path, code: str, how: str, count: int) -> int:
    from migrator.errors import WriteError
    from migrator.files.writing import replace_file

    lost = 0
    command = [sys.executable, "-c", code, str(file), how, "0.0008"]
    file.write_text("")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as editor:
        assert editor.stdin is not None
        assert editor.stdout is not None
        for number in range(count):
            file.write_text(f"old {number}\n")
            editor.stdin.write(f"save {number}\n")
            with suppress(WriteError):
                replace_file(str(file), f"new {number}\n".encode(), f"old {number}\n".encode())
            editor.stdout.readline()
            lost += file.read_text() != f"save {number}\n"
        editor.stdin.close()
    return lost


def hostile(count: int) -> None:
    """A campaign over checkouts of which one in ten is hostile: the others are done, nothing else is run or written."""
    seconds = {}
    for number in (count // 2, count):
        with tempfile.TemporaryDirectory() as name:
            seconds[number] = campaign(Path(name), number - number // 10, number // 10)
    ratio = seconds[count] / seconds[count // 2]
    print(f"{count} repositories take {ratio:.2f} times the processor time of {count // 2}")
    assert ratio < 2.6


def campaign(top: Path, honest: int, hostile: int) -> float:
    """Plan and push; returns the processor time of both. Raises where a promise is not kept."""
    source = top / "source"
    for number in range(honest):
        checkout(source / f"honest-{number:03}", number)
    (source / "outside.yml").write_text("version: 2.1\njobs: {}\n")
    kinds = list(KINDS)
    for number in range(hostile):
        make(source, number, kinds[number % len(kinds)], f"touch {top}/PWNED")
    listed = seen(top)
    (folder := top / "campaign").mkdir()
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    finish(folder, "plan", "soak", "--source", f"dir:{source}", *SELECT)
    finish(folder, "review", "soak", "--approve", "all")
    finish(folder, "push", "soak")
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert list(top.rglob("PWNED")) == []
    assert seen(top) == listed, "something was written outside of the repositories"
    states = states_of(folder, "soak")
    assert {states[name] for name in states if name.startswith("honest")} == {"pushed"}
    done = Counter(state for name, state in states.items() if name.startswith("hostile"))
    assert "discovered" not in done, "a repository held up the run"
    print(f"{honest} honest repositories pushed; of {hostile} hostile ones: {dict(done)}")
    return (end.ru_utime + end.ru_stime) - (begin.ru_utime + begin.ru_stime)


def seen(top: Path) -> dict[str, float]:
    """Everything outside of git's own folders and the campaign's, with its time of change."""
    found = {}
    for here, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in (".git", "campaign")]
        for name in files:
            path = Path(here, name)
            found[str(path)] = path.lstat().st_mtime
    return found


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "all"
    scales = {"kills": (kills, 60), "races": (races, 1000), "hostile": (hostile, 200)}
    for name, (run, usual) in scales.items():
        if what in (name, "all"):
            run(int(sys.argv[2]) if len(sys.argv) > 2 else usual)


if __name__ == "__main__":
    main()
