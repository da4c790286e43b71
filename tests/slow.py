"""A rule that never ends from a moment on that the test names."""

from __future__ import annotations

from pathlib import Path

ID = "acme-slow"
_RULE = '''"""Replaces old images, and takes for ever once there is a file `slow` beside this one."""
from pathlib import Path

from migrator import Rule, Safety
from migrator.changes import SetText


class AcmeSlow(Rule):
    id = "acme-slow"
    title = "old image"
    safety = Safety.SAFE

    def check(self, config, policy):
        while Path(__file__).with_name("slow").exists():
            pass
        for image in config.images:
            if image.text.value.startswith("old/"):
                changes = [SetText(image.text, "new/" + image.text.value[4:])]
                yield self.finding(image.text, "is old", *changes)
'''


def slow_rule(folder: Path) -> Path:
    """The folder of the rule, which is quick so far."""
    folder.mkdir(exist_ok=True)
    (folder / "acme_slow.py").write_text(_RULE)
    (folder / "acme_slow.md").write_text("# acme-slow\n")
    return folder


def from_now_on(folder: Path) -> None:
    """Let the rule of this folder take for ever."""
    (folder / "slow").touch()
