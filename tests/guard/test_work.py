"""A config policy works in proportion to the config: CircleCI evaluates it for every pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from migrator.guard.rego import policy_rego
from migrator.guard.settings import settings_of
from migrator.policy import BUILT_IN_HUB, Policy
from tests.guard.opa import needs_opa, opa

pytestmark = needs_opa


def expressions(folder: Path, jobs: int) -> int:
    """How many expressions OPA evaluates for a config of so many jobs, of which each lacks something."""
    auth = {"username": BUILT_IN_HUB.username, "password": BUILT_IN_HUB.password}
    steps = ["checkout", {"run": {"command": "make\ndocker login -p x"}}]
    names = [f"job-{number}" for number in range(jobs)]
    docker = [{"image": "acme/app:1", "auth": auth}, {"image": "acme/db:1"}]
    content: dict[str, Any] = {
        "jobs": {name: {"docker": docker, "steps": steps} for name in names},
        "workflows": {"main": {"jobs": [{name: {"context": [name]}} for name in names]}},
    }
    (folder / "policy.rego").write_text(policy_rego(settings_of(Policy())), "utf-8")
    (folder / "input.json").write_text(json.dumps(content))
    done = opa(
        "eval", "--profile", "--profile-limit=0", "-d", "policy.rego", "-i", "input.json", "data.org", cwd=folder
    )
    result = json.loads(done.stdout)
    org = result["result"][0]["expressions"][0]["value"]
    assert [len(org[rule]) for rule in org["enable_rule"]] == [jobs, 0, jobs, jobs]
    return sum(int(each["num_eval"]) for each in result["profile"])


def test_twice_the_jobs_are_twice_the_work(tmp_path: Path) -> None:
    counts = [expressions(tmp_path, jobs) for jobs in (20, 40, 80)]
    assert counts[2] - counts[1] <= 2.2 * (counts[1] - counts[0]), counts
