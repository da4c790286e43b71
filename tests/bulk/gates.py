"""Gates: a campaign cannot end before the host has answered, and the gate keeps back one of the answers.

Whoever kills a run, or interrupts it, at a gate hits it for certain, however fast or slow the machine is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Protocol

_WRAPPER = """\
#!/bin/sh
# git, one of whose conversations with a host is kept back before it begins or after it has ended
[ -n "$GATE_DIES" ] || GATE_DIES=yes exec setpriv --pdeathsig KILL -- "$0" "$@"
unset GATE_DIES
case " $* " in
*" fetch "* | *" ls-remote "* | *" push "* | *" upload-pack "* | *" receive-pack "*) ;;
*) exec {git} "$@" ;;
esac
n=$(flock {folder}/lock sh -c 'n=$(($(cat {folder}/count) + 1)); echo $n >{folder}/count; echo $n')
read at when <{folder}/order
[ "$n" = "$at" ] || exec {git} "$@"
if [ "$when" = after ]; then
  {git} "$@"
  code=$?
fi
: >{folder}/held
read go <{folder}/go
[ "$when" = after ] && exit "$code"
exec {git} "$@"
"""


class Gate(Protocol):
    """Keeps back the `at`-th conversation with the host, counted from here, before it or after it."""

    environment: dict[str, str]

    def arm(self, at: int, *, after: bool) -> None: ...
    def is_held(self) -> bool: ...
    def release(self) -> None: ...


class GitGate:
    """For git URLs: a `git` that comes first in PATH."""

    def __init__(self, folder: Path) -> None:
        git = shutil.which("git")
        assert git
        folder.mkdir()
        self._folder = folder
        os.mkfifo(folder / "go")
        (folder / "bin").mkdir()
        (folder / "bin" / "git").write_text(_WRAPPER.format(git=git, folder=folder))
        (folder / "bin" / "git").chmod(0o755)
        self.environment = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        self.arm(0, after=False)

    def arm(self, at: int, *, after: bool) -> None:
        (self._folder / "held").unlink(missing_ok=True)
        (self._folder / "count").write_text("0\n")
        (self._folder / "order").write_text(f"{at} {'after' if after else 'before'}\n")

    def is_held(self) -> bool:
        return (self._folder / "held").exists()

    def release(self) -> None:
        """Let it go on. Nothing happens where a kill took it away."""
        try:
            end = os.open(self._folder / "go", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return
        os.write(end, b"\n")
        os.close(end)


class Turnstile:
    """The gate of the GitHub on loopback, where requests come through. One that was held gets no answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = self._at = 0
        self.after = False
        self._held, self._go = threading.Event(), threading.Event()

    def arm(self, at: int, after: bool) -> None:
        with self._lock:
            self._count, self._at, self.after = 0, at, after
            self._held, self._go = threading.Event(), threading.Event()

    def is_mine(self) -> bool:
        """Count a request; whether it is the one to hold."""
        with self._lock:
            self._count += 1
            return self._count == self._at

    def hold(self) -> None:
        go = self._go
        self._held.set()
        go.wait()

    def is_held(self) -> bool:
        return self._held.is_set()

    def release(self) -> None:
        self._go.set()


class HostGate:
    """For the GitHub on loopback, which runs in a process of its own: its turnstile, by requests."""

    environment: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_gate"

    def _ask(self, **body: Any) -> dict[str, Any]:
        with urllib.request.urlopen(self._url, json.dumps(body).encode(), timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def arm(self, at: int, *, after: bool) -> None:
        self._ask(at=at, after=after)

    def is_held(self) -> bool:
        return bool(self._ask()["held"])

    def release(self) -> None:
        self._ask(release=True)


def wait_at(gate: Gate, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run stands at the gate. From then on it cannot end by itself."""
    while not gate.is_held():
        assert process.poll() is None, f"the run ended with {process.returncode} before the gate"
        time.sleep(0.005)
