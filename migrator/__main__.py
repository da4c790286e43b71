"""The command `migrate`. Whatever goes wrong, a user reads one line and no traceback."""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130


def main() -> None:
    arguments = sys.argv[1:]
    try:
        if arguments == ["--version"] and _version_is_told():
            return
        gc.disable()  # what is imported is never garbage
        from migrator.cli.app import run

        gc.freeze()
        gc.enable()
    except KeyboardInterrupt:
        print("migrate: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    _leave(run(arguments))


def _leave(code: int) -> None:
    """End the process, without freeing first what ends with it anyway: that is 6 % of a run over one small file.

    What has processes of its own, or is watched by a profiler, ends in the usual way. An interrupt never does: the
    interpreter would wait for threads, and those for hosts.
    """
    if code != INTERRUPTED and ("multiprocessing" in sys.modules or sys.getprofile() or sys.gettrace()):
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            pass  # nobody reads it any more
    os._exit(code)


def _version_is_told() -> bool:
    """Print the version. Scripts ask for it often; importing the command line would take ten times as long."""
    from migrator import __version__

    try:
        print(f"migrate {__version__}", flush=True)
    except OSError:
        return False  # `run` meets the same, and says
    return True


if __name__ == "__main__":
    main()
