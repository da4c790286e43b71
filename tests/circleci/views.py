"""What the tests of views share."""

from __future__ import annotations

from textwrap import dedent

from migrator.circleci.config import Config
from migrator.circleci.images import Image
from migrator.documents.yaml.reader import read_tree
from migrator.parts import Part


def config_of(text: str, path: str = ".circleci/config.yml", siblings: dict[str, str] | None = None) -> Config:
    others = [config_of(other, place) for place, other in (siblings or {}).items()]
    return Config(Part(read_tree(dedent(text))), path, others)


def image(config: Config, text: str) -> Image:
    return next(image for image in config.images if image.text.value == text)


def invoked(config: Config, text: str) -> list[str]:
    """The names of the jobs that run in an image, as often as they are invoked."""
    environments = image(config, text).environments
    return [invocation.name for runner in environments for invocation in config.calls.invocations_on(runner)]
