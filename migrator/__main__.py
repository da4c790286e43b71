"""The command `migrate`. Whatever goes wrong, a user reads one line and no traceback."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # Scripts ask for it often; importing the command line would take ten times as long.
        from migrator import __version__

        print(f"migrate {__version__}")
        return
    gc.disable()  # what is imported is never garbage
    from migrator.cli.app import run

    gc.freeze()
    gc.enable()
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
