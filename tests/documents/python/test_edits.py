"""Edits of scripts: in the style of their place, nothing else moved, proven like those of YAML."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

import pytest

from migrator.changes import (
    AddEntry,
    AddItem,
    Anchored,
    Change,
    Plain,
    Reference,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    Value,
    WrapAsMapping,
    WrapAsSequence,
)
from migrator.documents.edits import apply_edits
from migrator.documents.python.file import PythonScript
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Decision
from migrator.engine.passes import run
from migrator.engine.verify import verify
from migrator.errors import EditError
from migrator.policy import Policy
from migrator.tree import Alias, Entry, Mapping, Node, Sequence, Text, resolve, walk

N = TypeVar("N", bound=Node)
APPLY = Decision.APPLY
AUTH: Value = {"username": "$U", "password": "$P"}
Ask = Callable[[PythonScript], Change]


def edited(script: str, *asks: Ask) -> str:
    document = PythonScript(script)
    changes = [ask(document) for ask in asks]
    after = apply_edits(document.text, document.edits(changes))
    verify(document.root, changes, document.reread(after).root)
    return after


def image(document: PythonScript, number: int = 0) -> tuple[Mapping, Entry]:
    """The mapping of an image, and its entry."""
    found = [(n, e) for n in walk(document.root) if isinstance(n, Mapping) for e in n.entries if e.name == "image"]
    return found[number]


def auth(number: int = 0, value: Value = AUTH) -> Ask:
    def ask(document: PythonScript) -> Change:
        mapping, entry = image(document, number)
        return AddEntry(mapping, "auth", value, entry)

    return ask


def first(kind: type[N], document: PythonScript) -> N:
    return next(node for node in walk(document.root) if isinstance(node, kind) and node is not document.root)


def text(value: str, document: PythonScript) -> Text:
    return next(node for node in walk(document.root) if isinstance(node, Text) and node.value == value)


def chosen(document: PythonScript) -> Text:
    return next(node for node in walk(document.root) if isinstance(node, Text) and node.options)


def entry_of(name: str, document: PythonScript) -> tuple[Mapping, Entry]:
    return next(
        (node, entry)
        for node in walk(document.root)
        if isinstance(node, Mapping)
        for entry in node.entries
        if entry.name == name
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # One line stays one line, with the quotes that are there.
        ('x = {"image": "a"}\n', 'x = {"image": "a", "auth": {"username": "$U", "password": "$P"}}\n'),
        ("x = {'image': 'a'}\n", "x = {'image': 'a', 'auth': {'username': '$U', 'password': '$P'}}\n"),
        ("x = {'image': 'a',}\n", "x = {'image': 'a', 'auth': {'username': '$U', 'password': '$P'},}\n"),
        ("x = {'image': 'a' , }", "x = {'image': 'a', 'auth': {'username': '$U', 'password': '$P'} , }"),
        (
            "x = [{'image': ('a'), 'name': 'b'}]\n",
            "x = [{'image': ('a'), 'auth': {'username': '$U', 'password': '$P'}, 'name': 'b'}]\n",
        ),
        # What is aligned stays aligned.
        (
            'x = [{"image": "a",\n      "name": "b"}]\n',
            'x = [{"image": "a",\n      "auth": {"username": "$U", "password": "$P"},\n      "name": "b"}]\n',
        ),
        # A line each stays a line each, with comments where they are and a comma only where there was one.
        (
            'x = {\n    "image": "a",  # why\n    "name": "b",\n}\n',
            'x = {\n    "image": "a",  # why\n    "auth": {"username": "$U", "password": "$P"},\n    "name": "b",\n}\n',
        ),
        (
            'x = {\n  "image": "a"  # why\n}\n',
            'x = {\n  "image": "a",  # why\n  "auth": {"username": "$U", "password": "$P"}\n}\n',
        ),
        (
            "x = {\r\n\t'image': 'a',\r\n\t# below\r\n}\r\n",
            "x = {\r\n\t'image': 'a',\r\n\t'auth': {'username': '$U', 'password': '$P'},\r\n\t# below\r\n}\r\n",
        ),
        (
            'x = {\n    "image": "a"}\n',
            'x = {\n    "image": "a",\n    "auth": {"username": "$U", "password": "$P"}}\n',
        ),
        (
            'x = {"name": "b",\n     "image": "a",\n     "z": 1}\n',
            'x = {"name": "b",\n     "image": "a",\n     "auth": {"username": "$U", "password": "$P"},\n     "z": 1}\n',
        ),
        (
            'x = {"image": "a",\n     "z": 1}\n',
            'x = {"image": "a",\n     "auth": {"username": "$U", "password": "$P"},\n     "z": 1}\n',
        ),
        (
            'x = {\n    "image": "a", "z": 1\n}\n',
            'x = {\n    "image": "a",\n    "auth": {"username": "$U", "password": "$P"}, "z": 1\n}\n',
        ),
        # Calls.
        ('x = f(dict(image="a"), 1)\n', 'x = f(dict(image="a", auth={"username": "$U", "password": "$P"}), 1)\n'),
        (
            'x = f(dict(\n    image=("a")\n), 1)\n',
            'x = f(dict(\n    image=("a"),\n    auth={"username": "$U", "password": "$P"}\n), 1)\n',
        ),
        ('x = dict(image="a")\n', 'x = dict(image="a", auth={"username": "$U", "password": "$P"})\n'),
        (
            'x = dict(\n    image="a",\n)\n',
            'x = dict(\n    image="a",\n    auth={"username": "$U", "password": "$P"},\n)\n',
        ),
        (
            'x = OrderedDict([("image", "a")])\n',
            'x = OrderedDict([("image", "a"), ("auth", {"username": "$U", "password": "$P"})])\n',
        ),
        (
            "x = collections.OrderedDict([\n    ('image', 'a'),\n])\n",
            (
                "x = collections.OrderedDict([\n    ('image', 'a'),\n"
                "    ('auth', {'username': '$U', 'password': '$P'}),\n])\n"
            ),
        ),
        (
            'x = OrderedDict({"image": "a"})\n',
            'x = OrderedDict({"image": "a", "auth": {"username": "$U", "password": "$P"}})\n',
        ),
        (
            'x = {**base, "image": "a"}\n',
            'x = {**base, "image": "a", "auth": {"username": "$U", "password": "$P"}}\n',
        ),
        (
            'x = base | {"image": "a"}\n',
            'x = base | {"image": "a", "auth": {"username": "$U", "password": "$P"}}\n',
        ),
        # Statements.
        (
            'def f():\n    x = {}\n    x["image"] = "a"  # why\n    return x\n',
            (
                'def f():\n    x = {}\n    x["image"] = "a"  # why\n'
                '    x["auth"] = {"username": "$U", "password": "$P"}\n    return x\n'
            ),
        ),
        ("x = {}\nx['image'] = 'a'", "x = {}\nx['image'] = 'a'\nx['auth'] = {'username': '$U', 'password': '$P'}"),
        # YAML in a string.
        (
            'x = """\njobs:\n  a:\n    docker:\n      - image: a\n"""\n',
            (
                'x = """\njobs:\n  a:\n    docker:\n      - image: a\n'
                '        auth:\n          username: $U\n          password: $P\n"""\n'
            ),
        ),
        (
            "x = f'''jobs:\n  a:\n    docker:\n      - image: cimg/go:{v}'''\n",
            (
                "x = f'''jobs:\n  a:\n    docker:\n      - image: cimg/go:{v}\n"
                "        auth:\n          username: $U\n          password: $P'''\n"
            ),
        ),
    ],
)
def test_an_entry_is_added_as_its_place_is_written(before: str, after: str) -> None:
    assert edited(before, auth()) == after


@pytest.mark.parametrize(
    ("before", "ask", "after"),
    [
        # The first entry.
        ("x = {}\n", lambda d: AddEntry(first(Mapping, d), "a", "b"), 'x = {"a": "b"}\n'),
        ("x = dict()\n", lambda d: AddEntry(first(Mapping, d), "a", "b"), 'x = dict(a="b")\n'),
        ('x = {"a": 1}\n', lambda d: AddEntry(first(Mapping, d), "b", Plain("true")), 'x = {"b": True, "a": 1}\n'),
        (
            'x = {\n    # first\n    "a": 1,\n}\n',
            lambda d: AddEntry(first(Mapping, d), "b", ["c"]),
            'x = {\n    # first\n    "b": ["c"],\n    "a": 1,\n}\n',
        ),
        # Items.
        ('x = ["a"]\n', lambda d: AddItem(first(Sequence, d), 1, "b"), 'x = ["a", "b"]\n'),
        ('x = ["a"]\n', lambda d: AddItem(first(Sequence, d), 0, "b"), 'x = ["b", "a"]\n'),
        ("x = []\n", lambda d: AddItem(first(Sequence, d), 0, "it's"), 'x = ["it\'s"]\n'),
        ("x = ('a',)\n", lambda d: AddItem(first(Sequence, d), 1, "b"), "x = ('a', 'b',)\n"),
        (
            "x = [\n    'a',\n    'b',\n]\n",
            lambda d: AddItem(first(Sequence, d), 2, {"c": "d"}),
            "x = [\n    'a',\n    'b',\n    {'c': 'd'},\n]\n",
        ),
        ("x = base + ['a']\n", lambda d: AddItem(first(Sequence, d), 2, "b"), "x = base + ['a', 'b']\n"),
        # Words.
        ('x = {"image": "a/b:1"}\n', lambda d: SetText(text("a/b:1", d), "c/b:1"), 'x = {"image": "c/b:1"}\n'),
        ("x = {'image': r'a'}\n", lambda d: SetText(text("a", d), "b"), "x = {'image': r'b'}\n"),
        (
            'x = {"image": f"a/{v}:{{1}}"}\n',
            lambda d: SetText(text("a/<<{v}>>:{1}", d), "b/<<{v}>>:{2}"),
            None,
        ),
        (
            'x = {"image": f"a/{v}:{{1}}"}\n',
            lambda d: SetText(text("a/<<{v}>>:{1}", d), "b/<<{v}>>:{1}"),
            'x = {"image": f"b/{v}:{{1}}"}\n',
        ),
        (
            'x = {"image": "a/{}:1".format(v)}\n',
            lambda d: SetText(text("a/<<{v}>>:1", d), "a/<<{v}>>:{2}"),
            'x = {"image": "a/{}:{{2}}".format(v)}\n',
        ),
        (
            'x = {"image": "a/" + v}\n',
            lambda d: SetText(text("a/<<{v}>>", d), "b/<<{v}>>"),
            'x = {"image": "b/" + v}\n',
        ),
        (
            'x = {"run": """\n\techo a\n    echo "b"\n"""}\n',
            lambda d: SetText(text('\n\techo a\n    echo "b"\n', d), '\n\techo a\n    echo "c"\n'),
            'x = {"run": """\n\techo a\n    echo "c"\n"""}\n',
        ),
        (
            'x = {"run": "echo a\\n\\x41"}\n',
            lambda d: SetText(text("echo a\nA", d), 'echo "b"\nA'),
            'x = {"run": "echo \\"b\\"\\n\\x41"}\n',
        ),
        ('x = {"v": 2}\n', lambda d: SetText(text("2", d), "2.1"), 'x = {"v": 2.1}\n'),
        ('x = {"v": "2"}\n', lambda d: SetText(text("2", d), "2.1"), 'x = {"v": "2.1"}\n'),
        # Keys.
        ('x = {"a": 1}\n', lambda d: RenameKey(*entry_of("a", d), "b"), 'x = {"b": 1}\n'),
        ("x = dict(a=1)\n", lambda d: RenameKey(*entry_of("a", d), "b"), "x = dict(b=1)\n"),
        ("x = dict(a=1)\n", lambda d: RenameKey(*entry_of("a", d), "b-c"), None),
        ("x = {}\nx['a'] = 1\n", lambda d: RenameKey(*entry_of("a", d), "b"), "x = {}\nx['b'] = 1\n"),
        # Removal.
        ('x = {"a": 1, "b": 2, "c": 3}\n', lambda d: RemoveEntry(*entry_of("b", d)), 'x = {"a": 1, "c": 3}\n'),
        ('x = {"a": 1, "b": 2}\n', lambda d: RemoveEntry(*entry_of("b", d)), 'x = {"a": 1}\n'),
        ('x = {"a": 1}\n', lambda d: RemoveEntry(*entry_of("a", d)), "x = {}\n"),
        (
            'x = {\n    "a": 1,\n    "b": [\n        2,\n    ],  # gone\n    "c": 3,\n}\n',
            lambda d: RemoveEntry(*entry_of("b", d)),
            'x = {\n    "a": 1,\n    "c": 3,\n}\n',
        ),
        ("x = dict(a=1, b=2)\n", lambda d: RemoveEntry(*entry_of("a", d)), "x = dict(b=2)\n"),
        ("x = {}\nx['a'] = 1\ny = 2\n", lambda d: RemoveEntry(*entry_of("a", d)), "x = {}\ny = 2\n"),
        ("x = {}\nif y:\n    x['a'] = 1\n", lambda d: RemoveEntry(*entry_of("a", d)), None),
        (
            "x = ['a', 'b']\n",
            lambda d: RemoveItem(first(Sequence, d), first(Sequence, d).items[0]),
            "x = ['b']\n",
        ),
        # Other values.
        ("x = {'a': b}\n", lambda d: ReplaceValue(entry_of("a", d)[1].value, "c"), None),
        ("x = {'a': 'b'}\n", lambda d: ReplaceValue(text("b", d), ["b", "c"]), "x = {'a': ['b', 'c']}\n"),
        (
            "x = [\n    {  # why\n        'a': 'b',\n        # c\n    },  # d\n]\n",
            lambda d: ReplaceValue(first(Mapping, d), "e"),
            "x = [\n    # why\n    # c\n    'e',  # d\n]\n",
        ),
        (
            "x = {\n    'a': [  # why\n        'b',\n    ],\n}\n",
            lambda d: ReplaceValue(entry_of("a", d)[1].value, "c"),
            "x = {\n    # why\n    'a': 'c',\n}\n",
        ),
        ("x = {'a': [  # why\n    'b']}\n", lambda d: ReplaceValue(entry_of("a", d)[1].value, "c"), None),
        ("x = {'a': ('b')}\n", lambda d: WrapAsSequence(text("b", d), ("c",)), "x = {'a': [('b'), 'c']}\n"),
        ("x = ['a']\n", lambda d: WrapAsMapping(text("a", d), {"b": ["c"]}), "x = [{'a': {'b': ['c']}}]\n"),
        (
            "C = 'a'\nx = {'context': C}\n",
            lambda d: WrapAsSequence(entry_of("context", d)[1].value, ("b",)),
            "C = 'a'\nx = {'context': [C, 'b']}\n",
        ),
        (
            "BODY = {'context': 'a'}\nx = [{'job': BODY}]\n",
            lambda d: ReplaceValue(
                entry_of("job", d)[1].value, {"<<": Reference(resolve(entry_of("job", d)[1].value)), "context": ["b"]}
            ),
            "BODY = {'context': 'a'}\nx = [{'job': {**BODY, 'context': ['b']}}]\n",
        ),
        (
            "AUTH = {'username': '$U'}\nx = {'image': 'a'}\n",
            lambda d: AddEntry(*image(d)[:1], "auth", Reference(entry_of("username", d)[0]), image(d)[1]),
            "AUTH = {'username': '$U'}\nx = {'image': 'a', 'auth': AUTH}\n",
        ),
        # No clean edit.
        ("x = {'image': 'a'}\n", auth(value=Anchored("a", AUTH)), None),
        ("x = {k: {'image': v} for k, v in y}\n", lambda d: AddEntry(first(Mapping, d), "a", "b"), None),
        ("a = ['x']\nb = a + ['y']\n", lambda d: AddItem(first(Sequence, d), 1, "z"), None),
        ("x = []\nx.append('a')\n", lambda d: AddItem(first(Sequence, d), 1, "z"), None),
        ("x = {'a': True}\n", lambda d: SetText(text("true", d), "false"), None),
        ("x = {'a': 'b' if c else 'd'}\n", lambda d: SetText(chosen(d), "e"), None),
    ],
)
def test_a_change_is_made_as_its_place_is_written(before: str, ask: Ask, after: str | None) -> None:
    if after is None:
        with pytest.raises(EditError):
            edited(before, ask)
    else:
        assert edited(before, ask) == after


def drop(name: str) -> Ask:
    return lambda document: RemoveEntry(*entry_of(name, document))


def test_entries_move_into_another_and_their_comments_stay() -> None:
    head, tail = "x = {\n    'image': 'a',\n", "    'd': 'e',\n}\n"
    before = head + "    # b\n    'b': '$U',  # bot\n    # c\n    'c': '$P',  # rotated\n" + tail
    added = "    'auth': {'username': '$U', 'password': '$P'},\n"
    assert edited(before, auth(), drop("b"), drop("c")) == (
        head + added + "    # b\n    # bot\n    # c\n    # rotated\n" + tail
    )
    with pytest.raises(EditError):
        edited("x = {'image': 'a', 'b': 'c',  # d\n    'e': 'f'}\n", auth(), drop("b"))


def test_a_name_stands_for_its_literal_and_is_edited_there_once() -> None:
    script = 'GO = {"image": "a"}\nx = {"a": {"docker": [GO]}, "b": {"docker": [GO]}}\n'
    document = PythonScript(script)
    assert sum(isinstance(node, Alias) for node in walk(document.root)) == 2
    assert edited(script, auth()) == script.replace('"a"}\nx', '"a", "auth": {"username": "$U", "password": "$P"}}\nx')


BLACK = [
    """
    config = {
        "jobs": {
            "build": {
                "docker": [{"image": "cimg/python:3.12"}],
                "steps": ["checkout", {"run": "make"}],
            },
        },
    }
    """,
    """
    def job(version):
        return {"docker": [{"image": f"cimg/go:{version}"}, {"image": "b"}], "steps": []}
    """,
    """
    jobs = {}
    for name in ("a", "b"):
        jobs[name] = {"docker": [{"image": "cimg/base:stable"}], "steps": ["checkout"]}
        images.append({"image": "cimg/base:stable", "name": "a", "command": "sleep 100"})
        register(name, {"image": "cimg/base:stable", "name": "a", "command": "sleep 100"})
        other = dict(image="cimg/base:stable", name="a", command="sleep 100", user="root")
    """,
    """
    EXECUTORS = OrderedDict(
        [
            ("image", "cimg/python:3.12"),
            ("environment", {"A_RATHER_LONG_NAME": "x", "ANOTHER_LONG_NAME": "y"}),
        ]
    )
    long = "a line of the eighty-eight characters that this formatter lets a line have, is that"
    """,
]


@pytest.mark.skipif(find_spec("black") is None, reason="black is not installed")
@pytest.mark.parametrize("script", BLACK)
def test_what_black_formatted_stays_as_black_formats_it(script: str) -> None:
    script = textwrap.dedent(script).lstrip("\n")
    assert formatted(script) == script
    value: Value = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
    count = script.count('"image"') + script.count("image=")
    for number in range(count):
        after = edited(script, auth(number, value))
        assert formatted(after) == after
        script = after


def formatted(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "black", "-q", "-"], input=script, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_a_constant_with_the_credentials_is_used_by_its_name() -> None:
    script = """
AUTH = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}


def job():
    OTHER = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
    return {"docker": [{"image": "a"}], "steps": [OTHER]}


jobs = [job()]
shared = {"image": "b"}
config = {"version": 2.1, "jobs": {"b": {"docker": [shared]}}}
other = {"docker": [shared, unknown()]}
"""
    outcome = run("generate.py", script.encode(), load_rules(["unauthenticated-image"]), Policy(), lambda _: APPLY)
    assert isinstance(outcome, Changed)
    assert outcome.after == script.replace('{"image": "a"}', '{"image": "a", "auth": AUTH}').replace(
        'shared = {"image": "b"}', 'shared = {"image": "b", "auth": AUTH}'
    )
    assert len(outcome.applied) == 2


@pytest.mark.parametrize("step", ["\t", "  ", "    "])
def test_lines_are_indented_as_those_that_are_there(step: str) -> None:
    script = (
        f'x = {{\n{step}"docker": [\n{step * 2}{{"image": "a", "name": "a-name-of-the-usual-length"}},\n{step}],\n}}\n'
    )
    value: Value = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
    lines = edited(script, auth(0, value)).splitlines()
    assert f'{step * 3}"image": "a",' in lines
