"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from tests.places import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_diff_is_what_the_rules_make_of_its_old_side() -> None:
    (shown,) = blocks("diff")
    before, after = (
        "version: 2.1\n" + "".join(f"{line[1:]}\n" for line in shown.splitlines() if line[0] in f" {side}")
        for side in "-+"
    )
    outcome = run("config.yml", before.encode(), load_rules(rule_files()), Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert outcome.after == after
    assert before != after


def test_the_prerequisites_are_those_of_the_examples() -> None:
    """`make try` prints them."""
    (shown,) = blocks("text")
    policy = ROOT / "examples" / "migrator.toml"
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "--config", policy, "examples/acme"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert shown in done.stdout


def test_the_policy_is_one() -> None:
    (shown,) = blocks("toml")
    hub = parse_policy(shown, Path("migrator.toml")).registry("docker.io")
    assert hub is not None
    assert hub.images == tuple(tomllib.loads(shown)["registries"]["docker.io"]["images"]) == ("acme/*",)
    assert hub.wants("acme/app")
    assert not hub.wants("library/postgres")
