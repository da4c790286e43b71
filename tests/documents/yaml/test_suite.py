"""The cases of github.com/yaml/yaml-test-suite, where they are, and what SnakeYAML 2.3 makes of those refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from migrator.documents.yaml.reader import read_tree
from migrator.errors import ReadError
from migrator.tree import Alias, Mapping, Node, Sequence, Text
from tests.corpus import SHARED

SUITE = SHARED.parent / "suites" / "yaml-test-suite" / "src"

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason=f"no yaml-test-suite at {SUITE}")

# Loaded by SnakeYAML: a value that is left out right before a comma (`a:,`), an anchor of emoji, and a folded text
# whose first line is a tab. None of them is in a config that anybody found.
REFUSED_HERE = {"4ABK-0", "8XYN-0", "R4YG-0"}
# Refused by SnakeYAML as well.
REFUSED_TOO = """
    2JQS-0 2SXE-0 4MUZ-0 4MUZ-1 4MUZ-2 58MP-0 5MUD-0 5T43-0 6BCT-0 6CA3-0 6M2F-0 9SA2-0 A2M4-0 CFD4-0 DBG4-0 DK3J-0
    DK95-0 FP8R-0 FRK4-0 HM87-0 JR7V-0 K3WX-0 M2N8-0 NHX8-0 NJ66-0 Q5MG-0 S3PD-0 SM9W-1 UKK6-0 W5VH-0 WZ62-0 ZYU8-1
    ZYU8-2
"""
REFUSED = frozenset(REFUSED_TOO.split()) | REFUSED_HERE


def cases() -> Iterator[tuple[str, str]]:
    """The valid cases of one document, with the marks for blanks undone."""
    for file in sorted(SUITE.glob("*.yaml")):
        inherited: dict[str, object] = {}
        for number, own in enumerate(yaml.safe_load(file.read_text("utf-8"))):
            case = {**inherited, **own}
            inherited = {key: value for key, value in case.items() if key in ("yaml", "tree", "json", "fail")}
            if case.get("skip") or case.get("fail") or str(case.get("tree")).count("+DOC") != 1:
                continue
            text = re.sub("—*»", "\t", case["yaml"].replace("␣", " ").replace("↵", "").replace("←", "\r"))
            yield f"{file.stem}-{number}", re.sub("∎\n\\Z", "", text).replace("⇔", "").removeprefix("\ufeff")


def shape(node: Node) -> object:
    """Texts, and what holds them; an alias is what it stands for."""
    if isinstance(node, Alias):
        return shape(node.target)
    if isinstance(node, Mapping):
        return [(shape(entry.key), shape(entry.value)) for entry in node.entries]
    if isinstance(node, Sequence):
        return [shape(item) for item in node.items]
    assert isinstance(node, Text)
    return node.value


def expected(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return [(expected(key), expected(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [expected(item) for item in node.value]
    return node.value


def test_valid_documents_are_read_or_refused_as_snakeyaml_does() -> None:
    refused = set()
    for name, text in cases():
        try:
            read_tree(text)
        except ReadError:
            refused.add(name)
    assert refused == REFUSED


def test_what_another_parser_of_yaml_1_1_reads_is_read_alike() -> None:
    compared = 0
    for name, text in cases():
        if name in REFUSED:
            continue
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            continue
        if node is not None:
            compared += 1
            assert shape(read_tree(text)) == expected(node), name
    assert compared > 200
