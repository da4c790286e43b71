"""The small compiler over real configs: most compile, and what comes out has the shape that CircleCI publishes."""

from __future__ import annotations

from tests.circleci_compiler import compile_config
from tests.circleci_compiler.orbs import docker_orb
from tests.corpus import needs_corpus, real_configs
from tests.test_schema import errors

_NAMES = "properties/jobs/propertyNames/pattern"
"""A matrix makes names of values, which may have a dot; the schema is that of configs as people write them."""


@needs_corpus
def test_most_real_configs_compile_and_to_what_circleci_reads() -> None:
    files = real_configs()
    texts = {path.name: path.read_bytes().decode("utf-8", "replace") for path in files}
    made = {name: compile_config(text, orbs=docker_orb, keeps_orbs=True) for name, text in texts.items()}
    compiled = [name for name, each in made.items() if not each.errors]
    assert len(compiled) >= 0.9 * len(files)
    for name in compiled[::4]:
        plain = compile_config(texts[name], orbs=docker_orb)  # with no orb left as it is called
        if not plain.errors:
            found = errors(plain.config) - errors(texts[name])
            assert set(found) <= {_NAMES}, name
