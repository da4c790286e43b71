"""Which part of a configuration a file holds, by its place and what stands at its top."""

from __future__ import annotations

import pytest

from migrator.circleci.kinds import Kind, content_of
from migrator.documents.yaml.reader import read_tree

JOB = "docker: [{image: x}], steps: [checkout]"


@pytest.mark.parametrize(
    "text",
    [
        f"version: 2.1\njobs: {{a: {{{JOB}}}}}\n",
        f"jobs: {{a: {{{JOB}}}}}\n",
        f"a: {{{JOB}}}\nversion: 2.1\n",
        f"workflows: {{}}\na: {{{JOB}}}\n",
        "executors: {a: {docker: [{image: x}]}}\n",
        "commands: {a: {steps: [checkout]}}\n",
        "a: {services: [x]}\nb: {environment: {X: y}}\n",
        "a: {docker: true}\n",
        "a: {steps: 3}\n",
        "a: {executor: {name: x}}\n",
        "a: b\n",
        "jobs: [build]\n",
    ],
)
def test_sections_at_the_top_are_a_config_and_so_is_what_nothing_tells(text: str) -> None:
    assert content_of(read_tree(text), ".circleci/x.yml").kind is Kind.CONFIG


@pytest.mark.parametrize(
    ("text", "kind", "section"),
    [
        (f"api: {{{JOB}}}\n", Kind.SECTION, "jobs"),
        (f"api: {{{JOB}}}\nweb: {{machine: true, steps: [checkout]}}\n", Kind.SECTION, "jobs"),
        (
            f"base: &b {{docker: [{{image: x}}]}}\napi: {{<<: *b, steps: [checkout]}}\nx: {{{JOB}}}\n",
            Kind.SECTION,
            "jobs",
        ),
        ("api: {executor: x, steps: [checkout]}\n", Kind.SECTION, "jobs"),
        ("setup-all: {parameters: {}, steps: [checkout]}\n", Kind.SECTION, "commands"),
        ("node: {docker: [{image: x}]}\n", Kind.SECTION, "executors"),
        (f"{JOB.replace(', steps', chr(10) + 'steps')}\n", Kind.DEFINITION, "jobs"),
        ("machine: true\nsteps: [checkout]\n", Kind.DEFINITION, "jobs"),
        ("docker: [{image: x}]\nenvironment: {}\n", Kind.DEFINITION, "executors"),
        ("description: x\nsteps: [checkout]\n", Kind.DEFINITION, "commands"),
    ],
)
def test_definitions_at_the_top_are_a_fragment(text: str, kind: Kind, section: str) -> None:
    content = content_of(read_tree(text), ".circleci/parts/x.yml")
    assert (content.kind, content.section) == (kind, section)
