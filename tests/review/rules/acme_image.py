"""Take images from `cimg` where a config still names the namespace `acme`."""

from __future__ import annotations

from collections.abc import Iterator

from migrator import Config, Finding, Policy, Rule, Safety
from migrator.changes import SetText


class AcmeImage(Rule):
    id = "acme-image"
    title = "Image of the namespace `acme`"
    safety = Safety.REVIEW

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        for image in config.images:
            text = image.text
            namespace, _, rest = text.value.partition("/")
            if namespace == "acme":
                yield self.finding(
                    text,
                    f"`{text.value}` has moved",
                    SetText(text, f"cimg/{rest}"),
                    warnings=("the default user differs",),
                )
