"""How long a run takes that has next to nothing to do, in multiples of what `python -c pass` takes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.configs import config
from bench.measure import MIGRATE, PYTHON, in_turn
from bench.table import Row, Setting, at_most

GENERATOR = """\
import yaml

IMAGE = "{image}"


def job(name):
    return {{"docker": [{{"image": IMAGE{auth}}}], "steps": ["checkout", {{"run": f"make {{name}}"}}]}}


config = {{
    "version": 2.1,
    "jobs": {{"build": {{"docker": [{{"image": "{image}"{auth}}}], "steps": ["checkout"]}}, "test": job("test")}},
    "workflows": {{"main": {{"jobs": ["build", "test"]}}}},
}}
print(yaml.dump(config))
"""
NO_CHANGE = {"image": "acme.example.com/go:1", "auth": ""}
CHANGE = {"image": "cimg/go:1.22", "auth": ""}


def rows(setting: Setting) -> Iterator[Row]:
    subject = "Start-up, of what `python -c pass` takes"
    small, changed, unchanged = (setting.folder / name for name in ("small.yml", "changed.py", "unchanged.py"))
    small.write_text(config(1), encoding="utf-8")
    changed.write_text(GENERATOR.format(**CHANGE), encoding="utf-8")
    unchanged.write_text(GENERATOR.format(**NO_CHANGE), encoding="utf-8")
    commands = {
        "python -c pass": [*PYTHON, "-c", "pass"],
        "migrate --version": [*MIGRATE, "--version"],
        "one small config, into a pipe": [*MIGRATE, str(small)],
        "a Python script that changes": [*MIGRATE, str(changed)],
        "a Python script with nothing to change": [*MIGRATE, str(unchanged)],
        "one small config, as a page": [*MIGRATE, "--format", "html", str(small)],
    }
    targets = {2: 6, 3: 21, 4: 8, 5: 13}
    found = in_turn(commands, 1 if setting.quick else 15)
    bare = found["python -c pass"].seconds
    for number, (what, each) in enumerate(found.items()):
        note = f"{each.seconds * 1000:.0f} ms"
        ratio = each.seconds / bare
        target = targets.get(number)
        yield at_most(subject, what, ratio, target, note) if target else Row(subject, what, f"{ratio:.2f} x", note=note)
