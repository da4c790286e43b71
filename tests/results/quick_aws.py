"""An `aws` that starts at once: the real one, imported once, of which each call is a fork.

Starting it takes a second, most of which goes into imports, and the script of an ECR plan calls it some 30 times.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_CLIENT = """\
#!{python} -ISB
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    said = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(server, [len(said).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(said)
    sys.exit(int(server.recv(3) or b"70"))
"""


@contextmanager
def quick_aws(folder: Path) -> Iterator[Path]:
    """A folder for PATH in which `aws` is; the process that serves it ends with the block."""
    address = folder / "aws.socket"
    programs = folder / "programs"
    programs.mkdir()
    (programs / "aws").write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    (programs / "aws").chmod(0o755)
    command = [sys.executable, "-W", "ignore", __file__, str(address)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            while not address.exists():
                assert server.poll() is None, "aws did not start"
                time.sleep(0.05)
            yield programs
        finally:
            server.kill()


def _serve(address: str) -> None:
    main = importlib.import_module("awscli.clidriver").main
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a child
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{address}.new")
        server.listen(16)
        Path(f"{address}.new").rename(address)
        while True:
            caller, _ = server.accept()
            with caller:
                if os.fork() == 0:
                    _answer(caller, main)


def _answer(caller: socket.socket, main: Callable[[], object]) -> None:
    """What a process of its own would do, with the arguments, the environment and the files of the caller."""
    length, files, _, _ = socket.recv_fds(caller, 8, 3)
    said = b""
    while len(said) < int.from_bytes(length, "big"):
        said += caller.recv(65536)
    arguments, environment, folder = json.loads(said)
    for number, file in enumerate(files):
        os.dup2(file, number)
    data = os.environ["AWS_DATA_PATH"]  # set where awscli is imported
    os.environ.clear()
    os.environ.update(environment, AWS_DATA_PATH=data)
    os.chdir(folder)
    sys.argv = arguments
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code: object = 70
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        caller.sendall(str(code if isinstance(code, int) else 0 if code is None else 1).encode())
        os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
