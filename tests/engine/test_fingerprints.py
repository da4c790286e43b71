"""What a finding is known by: its place in the config, through edits of its owner and of the program."""

from __future__ import annotations

import pytest

from migrator.documents import open_document
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.fingerprints import Fingerprints
from migrator.tree import Node, Text, walk

CONFIG = """\
jobs:
  build:
    docker:
      - image: acme/go:1
      - image: postgres:16
    steps:
      - checkout
      - run: docker login -u a -p first
      - run: make
      - run: {name: Log in, command: docker login -u b -p second}
"""


def nodes(text: str, value: str) -> tuple[Fingerprints, list[Node]]:
    document = open_document("config.yml", text.encode())
    found: list[Node] = [node for node in walk(document.root) if type(node) is Text and node.value.startswith(value)]
    assert found, f"no {value}"
    return Fingerprints(document.parents), found


def name(text: str, value: str, number: int = 0) -> str:
    names, found = nodes(text, value)
    return names.of("rule", found[number], "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("jobs:\n", "# more\n\njobs:\n"),
        ("      - checkout\n", "      - checkout\n      - restore_cache: {keys: [a]}\n      - run: npm ci\n"),
        ("  build:\n", "  lint:\n    docker: [{image: postgres:16}]\n  build:\n"),
        ("      - image: acme/go:1\n", "      - {user: root, image: acme/go:1}\n      - image: redis:7\n"),
    ],
)
def test_a_place_keeps_its_name_when_something_else_is_added(old: str, new: str) -> None:
    text = CONFIG.replace(old, new)
    assert text != CONFIG
    for value in ("docker login -u a", "docker login -u b", "make", "acme/go"):
        assert name(text, value) == name(CONFIG, value), value
    assert name(text, "postgres", -1) == name(CONFIG, "postgres")


def test_places_differ() -> None:
    values = ("docker login -u a", "docker login -u b", "make", "acme/go", "postgres", "checkout")
    assert len({name(CONFIG, value) for value in values}) == len(values)


def test_what_stands_behind_a_program_is_not_in_the_name() -> None:
    assert name(CONFIG.replace("first", "another"), "docker login -u a") == name(CONFIG, "docker login -u a")
    assert name("a: [TOKEN=first]\n", "TOKEN") == name("a: [TOKEN=another]\n", "TOKEN")
    assert name("a: [run: first]\n", "first") == name("a: [run: first --password x]\n", "first")


@pytest.mark.parametrize("script", ["S3cr3t", "'p@ssword'", "$TOKEN"])
def test_what_does_not_look_like_a_program_is_not_in_the_name(script: str) -> None:
    text = "a: [{run: %s}]\n"
    assert name(text % script, script.strip("'")) == name(text % "'Other/1'", "Other")


def test_a_value_that_is_no_command_is_not_in_the_name() -> None:
    assert name("environment: [TOKEN: hunter]\n", "hunter") == name("environment: [TOKEN: other]\n", "other")


def test_what_is_left_of_items_that_are_alike_has_none_of_their_names() -> None:
    before = "a: [{image: b}, {image: b}, {image: b}]\n"
    names = {name(before, "b", number) for number in range(3)}
    assert len(names) == 3
    assert not names & {name("a: [{image: b}, {image: b}]\n", "b", number) for number in range(2)}
    assert name("a: [{image: b}]\n", "b") not in names


def test_an_edited_tree_has_the_names_of_the_one_before() -> None:
    text = "a: [{image: b}, {image: b}, {image: c}]\n"
    document = open_document("config.yml", text.encode())
    first = [node for node in walk(document.root) if type(node) is Text and len(node.value) == 1][1:]
    before = [Fingerprints(document.parents).of("rule", node, "") for node in first if node.value != "a"]
    edits = [TextEdit(4, 4, "{image: c}, "), TextEdit(text.index("b"), text.index("b") + 1, "c")]
    after = document.reread(apply_edits(text, edits))
    names = Fingerprints(document.parents)
    names.follow(document.root, edits, after.parents)
    values = [node for node in walk(after.root) if type(node) is Text and node.value in "bc"]
    new, *others = [names.of("rule", node, "") for node in values]
    assert others == before
    assert new not in before


def test_places_that_only_their_keys_tell_apart_differ() -> None:
    text = "jobs: {build: {image: x}, test: {image: x}}\n"
    assert name(text, "x", 0) != name(text, "x", 1)
    assert name(text, "x", 0) == name(text.replace("test", "lint"), "x", 0)


def test_a_step_is_known_by_the_name_that_it_gives_itself() -> None:
    steps = "a: [run: {name: Build, command: make x}, run: {name: %s, command: make x}]\n"
    assert name(steps % "Test", "make", 0) != name(steps % "Test", "make", 1)
    assert name(steps % "Test", "make", 1) != name(steps % "Lint", "make", 1)
    assert name(steps % "Test", "make", 0) == name(steps % "Lint", "make", 0)


def test_a_step_with_values_is_known_by_what_it_calls() -> None:
    steps = "a: [save_cache: {key: k}, restore_cache: {key: k}]\n"
    assert name(steps, "k", -1) == name(steps.replace("[save_cache", "[b: {key: k}, save_cache"), "k", -1)
    assert name("a: [one: [x]]\n", "x") != name("a: [two: [x]]\n", "x")
    assert name("a: [one: {k: x}, two: {k: x}]\n", "x", 1) == name("a: [two: {k: x}, one: {k: x}]\n", "x", 0)
