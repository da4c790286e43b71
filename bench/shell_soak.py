"""Words of random quoting, as the reader and as bash read them: the test of a few dozen commands, at scale.

python -m bench.shell_soak [WORDS] [SEED]
"""

from __future__ import annotations

import sys
import time
from random import Random

from tests.circleci.shell.bash_words import check, random_command


def main(words: int = 10_000, seed: int = 0) -> None:
    """Stops at the first command that is read in another way than bash does."""
    random, read, start = Random(seed), 0, time.perf_counter()
    while read < words:
        read += check([random_command(random) for _ in range(200)])
    print(f"{read:,} words are read as bash reads them, seed {seed}, in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
