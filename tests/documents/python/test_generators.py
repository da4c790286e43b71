"""Scripts that build jobs in every way that people write them: run as they are and as they are migrated.

What the migrated script writes is compared with what becomes of the config that it wrote before. The two are `equal`,
or what the script lacks is `told`: never has it more, and never is it silent. A script builds
`jobs`, and `invocations` unless it invokes all of them by their names; or a whole config as `text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy, Registry

RULES = load_rules(["unauthenticated-image"])
POLICY = Policy().with_registry(Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds"))
CASES = re.findall(
    r"^=== (.*?): (equal|told)\n(.*?)\n(?=^===|\Z)",
    Path(__file__).with_name("generators.txt").read_text("utf-8") + "\n",
    re.MULTILINE | re.DOTALL,
)
HEAD = """import copy, os, sys
from collections import OrderedDict

AUTH = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
"""


def script(body: str) -> str:
    scope = built(HEAD + body)
    if "text" in scope:
        return HEAD + body
    invocations = "invocations" if "invocations" in scope else list(scope["jobs"])
    workflows = f'{{"main": {{"jobs": {invocations}}}}}'
    return f'{HEAD}{body}\nconfig = {{"version": 2.1, "jobs": jobs, "workflows": {workflows}}}\n'


def built(text: str) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(compile(text, "<script>", "exec"), scope)
    return scope


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


_Plain.add_multi_representer(dict, lambda dumper, value: dumper.represent_dict(value.items()))
_Plain.add_representer(tuple, lambda dumper, value: dumper.represent_list(value))


def output(text: str) -> str:
    scope = built(text)
    return scope["text"] if "text" in scope else yaml.dump(scope["config"], Dumper=_Plain, sort_keys=False)


def migrated(path: str, text: str) -> Changed | Unchanged:
    outcome = run(path, text.encode(), RULES, POLICY, choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed | Unchanged), outcome
    return outcome


def after(path: str, text: str) -> str:
    outcome = migrated(path, text)
    return outcome.after if isinstance(outcome, Changed) else text


def credentials(config: object, path: str = "") -> Iterator[tuple[str, object]]:
    """What every image, and every invocation, is given."""
    if isinstance(config, dict):
        if "auth" in config:
            yield f"{path}/auth", config["auth"]
        given = config.get("context", [])
        yield from ((f"{path}/context", name) for name in ([given] if isinstance(given, str) else given))
        for key, value in config.items():
            yield from credentials(value, f"{path}/{key}")
    elif isinstance(config, list):
        for index, value in enumerate(config):
            yield from credentials(value, f"{path}/{index}")


def test_there_are_cases_of_every_construct() -> None:
    assert len(CASES) > 100
    assert len({name for name, _, _ in CASES}) == len(CASES)


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts look at their arguments, which would be those of the test run."""
    monkeypatch.setattr("sys.argv", ["generate.py"])


@pytest.mark.parametrize(("becomes", "body"), [pytest.param(c[1], c[2], id=c[0]) for c in CASES])
def test_a_migrated_script_gives_no_more_than_its_migrated_config_and_tells_what_it_lacks(
    becomes: str, body: str
) -> None:
    before = script(body)
    outcome = migrated(".circleci/generate.py", before)
    text = outcome.after if isinstance(outcome, Changed) else before
    wanted = list(credentials(yaml.safe_load(after(".circleci/config.yml", output(before)))))
    found = list(credentials(yaml.safe_load(output(text))))
    assert [each for each in found if each not in wanted] == []
    applied = outcome.applied if isinstance(outcome, Changed) else ()
    told = outcome.left or any("needs the context" in w for each in applied for w in each.warnings)
    if becomes == "equal":
        assert len(found) == len(wanted)
    else:
        assert told
    assert isinstance(migrated(".circleci/generate.py", text), Unchanged)
