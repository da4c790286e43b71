"""Take the value of `TOKEN` out of a job's environment."""

from __future__ import annotations

from collections.abc import Iterator

from migrator import Config, Finding, Policy, Rule, Safety
from migrator.changes import SetText
from migrator.tree import Mapping, Text, walk


class AcmeSecret(Rule):
    id = "acme-secret"
    title = "Token in the config"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        for node in walk(config.root):
            value = node.get("TOKEN") if isinstance(node, Mapping) else None
            if isinstance(value, Text) and not value.value.startswith("$"):
                yield self.finding(value, "a token is written out", SetText(value, "$TOKEN"), secrets=(value.value,))
