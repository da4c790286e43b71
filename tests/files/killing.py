"""Killing `migrate --write` at random moments, and what must hold afterwards whatever the moment was."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.bulk.repositories import ENVIRONMENT, config
from tests.places import ROOT


def storm(top: Path, kills: int, seed: int, count: int) -> int:
    """Kill runs over `count` configs: each is the old one or the new one, whole, and the next run ends the work."""
    chance = random.Random(seed)
    texts = {top / f"r{number}" / ".circleci" / "config.yml": config(f"job{number}") for number in range(count)}
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "migrator",
        "--write",
        "--jobs",
        "1",
        "--select",
        "unauthenticated-image",
        str(top),
    ]
    for file, text in texts.items():
        file.parent.mkdir(parents=True)
        file.write_text(text)
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = {file: file.read_text() for file in texts}
    assert all(after[file] != text for file, text in texts.items())
    hits = 0
    while hits < kills:
        for file, text in texts.items():
            file.write_text(text)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # From where the first file changes on, so that most kills meet the writing.
        first = next(iter(texts))
        while process.poll() is None and chance.random() > 0.02 and first.read_text() == texts[first]:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.1))
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        hits += process.wait() == -signal.SIGKILL
        assert all(file.read_text() in (text, after[file]) for file, text in texts.items())
        done = subprocess.run(command, env=environment, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        assert all(file.read_text() == after[file] for file in texts)
        assert list(top.rglob("*migrate-tmp")) == []
    return hits
