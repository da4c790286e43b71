"""The command as its users run it: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.places import ROOT

CONFIG = """\
version: 2.1
jobs:
  build:
    docker:
      - image: old/image:1
    steps: [checkout]
workflows:
  main:
    jobs: [build]
"""

RULE = '''\
"""{title}."""

from collections.abc import Iterator

from migrator import Config, Finding, Policy, Requirement, Rule, Safety
from migrator.changes import SetText


class {class_name}(Rule):
    id = "{id}"
    title = "{title}"
    safety = Safety.{safety}

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        for image in config.images:
            text = image.text
            if text.value.startswith("{old}/"):
                {body}
'''

CHANGE = """\
changes = [SetText(text, "new/" + text.value.partition("/")[2])]
                need = Requirement("context", "{id} context", ("USER", "PASS"))
                yield self.finding(text, "`{old}` is gone", *changes, requirements=(need,), warnings=("look out",))"""
TELL = """yield self.finding(text, "`{old}` has to be changed by hand")"""
SECRET = """\
secret = text.value.partition(":")[2]
                yield self.finding(text, "holds a secret", SetText(text, "new/image:$TAG"), secrets=(secret,))"""

Migrate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules of their own, so that these tests stand whatever the built-in ones find."""
    folder = tmp_path_factory.mktemp("rules")
    for name, safety, old, body in (
        ("old-image", "SAFE", "old", CHANGE),
        ("risky-image", "REVIEW", "risky", CHANGE),
        ("told-image", "MANUAL", "told", TELL),
        ("secret-image", "SAFE", "secret", SECRET),
    ):
        words = {"id": name, "old": old, "title": name.replace("-", " ").capitalize(), "safety": safety}
        class_name = "".join(word.capitalize() for word in name.split("-"))
        text = RULE.format(class_name=class_name, body=body.format(**words), **words)
        (folder / f"{name.replace('-', '_')}.py").write_text(text)
        (folder / f"{name.replace('-', '_')}.md").write_text(f"# {words['title']}\n")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with one config, which only the rule `old-image` would change."""
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci" / "config.yml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def migrate(repository: Path, rules: Path) -> Migrate:
    """Run `migrate` in the repository with the rules above, or with the arguments alone where `plain`.

    `bound` makes the modes of files hold for root too.
    """

    def run(
        *arguments: str,
        plain: bool = False,
        cwd: Path = repository,
        stdin: str | bytes = "",
        env: dict[str, str] | None = None,
        bound: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        own = () if plain else ("--rules", str(rules), "--select", "old-image,risky-image,told-image,secret-image")
        done = subprocess.run(
            [*(_bound() if bound else ()), sys.executable, "-m", "migrator", *own, *arguments],
            cwd=cwd,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            check=False,
        )
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in out + err or env, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run


def _bound() -> list[str]:
    if os.geteuid() != 0:
        return []
    rights = "-dac_override,-dac_read_search"
    command = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    if (
        shutil.which("setpriv") is None
        or subprocess.run([*command, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("root may write any file, and setpriv cannot take that right away here")
    return command


@pytest.fixture
def config(repository: Path) -> Path:
    return repository / ".circleci" / "config.yml"
