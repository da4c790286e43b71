"""CircleCI's published schema as a differential check: what it finds wrong after a change, it found wrong before.

The schema is the one that check-jsonschema vendors. It knows version 2.1 only and refuses things that live configs
have, so its errors are compared, not counted.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema.formats import FormatOptions
from check_jsonschema.regex_variants import RegexImplementation, RegexVariantName
from check_jsonschema.schema_loader import BuiltinSchemaLoader

from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from tests.corpus import example_configs, real_configs

CONFIGS = [*example_configs(), *real_configs()[::3]]


@cache
def validator(name: str = "circle-ci") -> Any:
    regex = RegexImplementation(RegexVariantName.default)
    options = FormatOptions(regex_impl=regex, enabled=False)
    return BuiltinSchemaLoader(f"vendor.{name}").get_validator(
        Path("config.yml"), {}, options, regex, fill_defaults=False
    )


class Loader(yaml.SafeLoader):
    """PyYAML's, but an anchor may be defined again, as CircleCI allows."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if not self.check_event(yaml.AliasEvent):
            self.anchors.pop(self.peek_event().anchor, None)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


def errors(text: str) -> Counter[str]:
    config = yaml.load(text, Loader=Loader)
    if isinstance(config, dict):
        config["version"] = 2.1
    found: Counter[str] = Counter()
    for error in validator().iter_errors(config):
        found["/".join(str(step) for step in error.absolute_schema_path)] += 1
    return found


def test_the_schema_refuses_what_it_should() -> None:
    broken = "version: 2.1\njobs: {a: {docker: [{image: x, auth: {username: y}}], steps: [checkout]}}\n"
    assert errors(broken) - errors(broken.replace("auth: {username: y}", "user: y"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: "-".join(p.parts[-3:]))
def test_a_change_adds_no_schema_error(path: Path) -> None:
    outcome = run(str(path), path.read_bytes(), load_rules(rule_files()), Policy(), choose_by_safety(review_too=True))
    if isinstance(outcome, Changed):
        assert not errors(outcome.after) - errors(outcome.before)
