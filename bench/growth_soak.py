"""Processor time on files that are made to be slow: twice the file, about twice the time. `make soak` runs it.

python -m bench.growth_soak [REPETITIONS] [NAME...]

Tests count the lines of each function on the same files; this also sees what one call into C does.
"""

from __future__ import annotations

import gc
import sys
import time

from tests.hostile_texts import FILES
from tests.test_readers_grow import STILL, all_of

# Four times the file: in proportion it takes 4 times the time, with its square 16 times.
TOO_FAST = 9.0
LITTLE = 0.02
"""Seconds below which a measurement says nothing."""


def seconds(name: str, repetitions: int) -> float:
    """The best of three: what else the machine does only adds."""
    path, make = FILES[name]
    text = make(repetitions)
    found = []
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        all_of(path, text)
        found.append(time.process_time() - start)
    return min(found)


def main(repetitions: int = 200, *names: str) -> int:
    """Names the files whose time grows too fast; those that are known to are in brackets."""
    faults = 0
    for name in names or FILES:
        seconds(name, repetitions)
        small, middle, large = (seconds(name, repetitions * times) for times in (1, 2, 4))
        is_slow = large > TOO_FAST * max(small, LITTLE)
        faults += is_slow and name not in STILL
        mark = " " if not is_slow else "~" if name in STILL else "!"
        shown = f"({name})" if name in STILL else name
        print(f"{mark} {shown:42} {small:7.2f} {middle:7.2f} {large:7.2f} s, {large / max(small, LITTLE):4.1f} times")
    print(f"{faults} of {len(names or FILES)} grow too fast")
    return min(faults, 1)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    raise SystemExit(main(*map(int, arguments[:1]), *arguments[1:]))
