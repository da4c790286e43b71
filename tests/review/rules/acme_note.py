"""Tell of images without a tag."""

from __future__ import annotations

from collections.abc import Iterator

from migrator import Config, Finding, Policy, Rule, Safety


class AcmeNote(Rule):
    id = "acme-note"
    title = "Image without a tag"
    safety = Safety.MANUAL

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        for image in config.images:
            if ":" not in image.text.value:
                yield self.finding(image.text, f"`{image.text.value}` has no tag: choose one")
