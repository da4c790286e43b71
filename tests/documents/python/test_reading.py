"""What of a script is a tree, what is an alias, and what is only told."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from migrator.documents import open_document
from migrator.documents.python.file import PythonScript
from migrator.errors import ReadError
from migrator.tree import Alias, Mapping, Node, Opaque, Sequence, Text, resolve, walk


def read(script: str) -> PythonScript:
    document = open_document("generate.py", textwrap.dedent(script).encode())
    assert isinstance(document, PythonScript)
    return document


def plain(node: Node) -> object:
    """A tree as data, aliases followed; what is computed as `...`."""
    node = resolve(node)
    if isinstance(node, Text):
        return node.options or node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {e.name or str(plain(e.key)): plain(e.value) for e in node.entries}
    return ...


def config(script: str) -> object:
    document = read(script)
    parts = [part for part in document.parts() if not part.section]
    assert len(parts) == 1
    return plain(parts[0].root)


@pytest.mark.parametrize(
    ("expression", "meaning"),
    [
        ('"cimg/go:1"', "cimg/go:1"),
        ("r'a\\b'", "a\\b"),
        (
            r'"a\x41\u00e9\N{BULLET}\101\
b"',
            "aAé•Ab",
        ),
        ('"""a\nb"""', "a\nb"),
        ('("cimg/" "go:1")', "cimg/go:1"),
        ('"cimg/" + "go:1"', "cimg/go:1"),
        ('"cimg/go:{}".format(tag)', "cimg/go:<<{tag}>>"),
        ('"cimg/{{go}}:{x}".format(x=tag)', "cimg/{go}:<<{tag}>>"),
        ('"cimg/go:%s" % tag', "cimg/go:<<{tag}>>"),
        ('f"cimg/go:{tag}-{{x}}"', "cimg/go:<<{tag}>>-{x}"),
        ('f"cimg/go:{tag.lower()}"', "cimg/go:<<{tag.lower()}>>"),
        ('f"{REGISTRY}/go:{tag}"', "quay.io/acme/go:<<{tag}>>"),
        ('REGISTRY + "/go"', "quay.io/acme/go"),
        ('"/".join([REGISTRY, "go:" + tag])', "quay.io/acme/go:<<{tag}>>"),
        ('"a" if tag else "b"', ("a", "b")),
        ("IMAGES['go']", "cimg/go:2"),
        ("tag", ...),
        ("{'a': 1, 'b': [True, None, -2.5]}", {"a": "1", "b": ["true", "null", "-2.5"]}),
        ("dict(a='x', b=['y'])", {"a": "x", "b": ["y"]}),
        ("OrderedDict([('a', 'x'), ('b', 'y')])", {"a": "x", "b": "y"}),
        ("collections.OrderedDict({'a': 'x'})", {"a": "x"}),
        ("{**BASE, 'a': 'x'}", {"<<": {"resource_class": "small"}, "a": "x"}),
        ("BASE | {'a': 'x'}", {"<<": {"resource_class": "small"}, "a": "x"}),
        ("dict(BASE, a='x')", {"<<": {"resource_class": "small"}, "a": "x"}),
        ("copy.deepcopy(BASE)", {"resource_class": "small"}),
        ("STEPS + ['test']", ["checkout", "test"]),
        ("[*STEPS, 'test']", ["checkout", "test"]),
        ("[{'a': v} for v in range(3)]", [{"a": ...}]),
        ("[{'a': v} for v in ['x', 'y']]", [{"a": ("x", "y")}]),
        ("make('x')", {"name": "x"}),
        ("late", {"a": "x", "b": {"c": ["y"]}}),
        ("open('x').read()", ...),
        ("IMPORTED", ...),
        ("TWICE", ...),
    ],
)
def test_an_expression_means(expression: str, meaning: object) -> None:
    script = f"""
import collections, copy, yaml
from collections import OrderedDict
from elsewhere import IMPORTED
REGISTRY = "quay.io/acme"
IMAGES = {{"go": "cimg/go:2"}}
BASE = {{"resource_class": "small"}}
STEPS = ["checkout"]
TWICE = "a"
TWICE = "b"
def make(name):
    return {{"name": name}}
late = {{}}
late["a"] = "x"
late["b"] = {{}}
late["b"]["c"] = ["y"]
tag = input()
yaml.dump({{"version": 2.1, "jobs": {{"it": {expression}}}}})
"""
    assert config(script) == {"version": "2.1", "jobs": {"it": meaning}}


def test_every_literal_is_in_the_tree_once() -> None:
    document = read(
        """
        SHARED = [{"image": "cimg/go:1"}]
        config = {"version": 2.1, "jobs": {"a": {"docker": SHARED}, "b": {"docker": SHARED}}}
        choice = {"docker": [{"image": "a"}] if config else [{"image": "b"}]}
        """
    )
    nodes = [node for node in walk(document.root) if isinstance(node, Mapping | Sequence)]
    places = [node.span for node in nodes if node is not document.root]
    assert len(places) == len(set(places))
    assert document.text.count("{") + document.text.count("[") == len(places)
    aliases = [node for node in walk(document.root) if isinstance(node, Alias)]
    assert [alias.name for alias in aliases] == ["SHARED", "SHARED"]
    assert aliases[0].target is aliases[1].target


def test_what_no_config_certainly_holds_is_a_part_of_its_own() -> None:
    document = read(
        """
        def job(version):
            if version:
                return {"docker": [{"image": "cimg/go:1"}], "steps": ["checkout"]}
            return {"machine": True, "steps": ["checkout"]}
        EXECUTORS = {"small": {"docker": [{"image": "cimg/base:1"}]}}
        unrelated = {"docker": "yes", "image": "no"}
        """
    )
    assert [(part.section, part.name) for part in document.parts()] == [
        ("jobs", "a job"),
        ("jobs", "a job"),
        ("executors", "small"),
    ]


def test_a_function_that_returns_one_literal_gives_it_its_name() -> None:
    document = read('def job(image):\n    return {"docker": [{"image": image}]}\n')
    assert [(part.section, part.name) for part in document.parts()] == [("executors", "job()")]


def test_an_argument_may_be_any_of_those_that_are_given() -> None:
    script = """
        def job(image="cimg/base:1", steps=()):
            return {"docker": [{"image": image}], "steps": steps}
        config = {"version": 2.1, "jobs": {"a": job("cimg/go:1"), "b": job(), "c": job(image="quay.io/x/y")}}
        """
    jobs = config(script)["jobs"]  # type: ignore[index]
    assert jobs["a"]["docker"] == [{"image": ("cimg/go:1", "cimg/base:1", "quay.io/x/y")}]


def test_a_function_that_is_handed_on_may_be_given_anything() -> None:
    script = """
        def job(image):
            return {"docker": [{"image": image}]}
        others = map(job, names)
        config = {"version": 2.1, "jobs": {"a": job("cimg/go:1")}}
        """
    assert config(script) == {"version": "2.1", "jobs": {"a": {"docker": [{"image": ...}]}}}


def test_what_a_condition_sets_is_not_known() -> None:
    script = """
        job = {"docker": [{"image": "cimg/go:1"}]}
        if slow:
            job["context"] = "a"
        job["steps"] = ["checkout"]
        config = {"version": 2.1, "jobs": {"a": job}}
        """
    assert config(script) == {
        "version": "2.1",
        "jobs": {"a": {"docker": [{"image": "cimg/go:1"}], "context": ..., "steps": ["checkout"]}},
    }


def test_yaml_in_a_string_is_read_where_it_stands() -> None:
    document = read(
        '''
        import yaml
        header = """
        version: 2.1
        jobs:
          build:
            docker:
              - image: cimg/go:1
        """
        output = yaml.safe_load(header)
        yaml.dump(output)
        '''
    )
    (part,) = document.parts()
    image = next(node for node in walk(part.root) if isinstance(node, Text) and node.value == "cimg/go:1")
    assert document.text[image.start : image.end] == "cimg/go:1"
    assert document.position(image.start) == (8, 16)


@pytest.mark.parametrize(
    "string",
    [
        '"jobs:\\n  build:\\n    docker:\\n      - image: cimg/go:1\\n"',
        '"""\njobs:\n  build:\n    docker:\n      - image: cimg/go:1\n        command: "\\\\n"\n"""',
        '"""\njobs:\n  build:\n   docker:\n      - image: cimg/go:1\n    machine: [\n"""',
    ],
)
def test_yaml_in_a_string_that_cannot_be_edited_is_told(string: str) -> None:
    document = read(f"header = {string}\nf.write(header)\n")
    (part,) = document.parts()
    assert isinstance(part.root, Opaque)
    assert part.root.why == "YAML in this string cannot be edited in its place"


def test_no_reason_quotes_a_string() -> None:
    document = read("config = {'version': 2.1, 'jobs': {'a': load('hunter2'), 'b': f'x{get(\"hunter2\")}'}}")
    told = [node.why for node in walk(document.root) if isinstance(node, Opaque)]
    told += [node.value for node in walk(document.root) if isinstance(node, Text) and "<<" in node.value]
    assert told
    assert "hunter2" not in " ".join(told)


@pytest.mark.parametrize(
    "text",
    [
        'a = 1\n\x0cb = {"image": "cimg/go:1"}\n',
        'a = "\u2028\u0085\x0b"\nb = {"image": "cimg/go:1"}\n',
        'if a:\n\tb = {"image":\t"cimg/go:1"}\n',
        'a = 1\r\nb = {\r\n    "image": "cimg/go:1"\r\n}\r\n',
        'a = 1\rb = {"image": "cimg/go:1"}\r',
        '# -*- coding: utf-8 -*-\na = "é"\nb = {"image": "cimg/go:1"}\n',
        'a = "😀"; b = {"image": "cimg/go:1"}\n',
        'a = """x\r\ny\n"""; b = {"image": "cimg/go:1"}\n',
        'a = \\\n  1; b = {"image": "cimg/go:1"}',
    ],
)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_places_are_right_behind_anything_odd(text: str, bom: bytes) -> None:
    document = open_document("generate.py", bom + text.encode())
    assert document.text == text
    image = next(node for node in walk(document.root) if isinstance(node, Text) and node.value == "cimg/go:1")
    assert document.text[image.start : image.end] == '"cimg/go:1"'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"print 'hello'\n", "line 1: cannot be read as Python 3"),
        (b"import sys\nprint 'hello'\na = 1\n", "line 2: cannot be read as Python 3"),
        (b"if a:\n\tb = 1\n        c = 2\n", "line 3: cannot be read as Python 3"),
        (b"a = (\n", "cannot be read as Python 3"),
        (b"a = 'b' b'c'\n", "cannot be read as Python 3"),
        ("# coding: latin-1\na = 'é'\n".encode(), "line 1: declares another encoding than UTF-8: save it as UTF-8"),
        (b"a = '\xe9'\n", "line 1: is not UTF-8: save it as UTF-8"),
        (b"a = " + b"(" * 5000 + b"1" + b")" * 5000 + b"\n", "nests expressions too deeply"),
        (b"a = " + b"[" * 150 + b"]" * 150 + b"\n", "nests expressions too deeply"),
        (b"a = " + b"1+" * 20000 + b"1\n", "nests expressions too deeply"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, message: str) -> None:
    with pytest.raises(ReadError) as raised:
        open_document("generate.py", data)
    assert message in str(raised.value)


def test_what_is_long_and_not_deep_is_read() -> None:
    assert open_document("generate.py", b"a = " + b"1 + " * 100 + b"1\n").parts() == []


def test_the_parser_is_not_loaded_without_a_script() -> None:
    code = (
        "import sys; from migrator.__main__ import main\n"
        "sys.argv = ['migrate', 'rules']\ntry: main()\nexcept SystemExit: pass\n"
        "from migrator.documents import open_document\n"
        "from migrator.engine.passes import run\nfrom migrator.policy import Policy\n"
        "run('.circleci/config.yml', b'version: 2.1\\njobs: {}\\n', (), Policy(), lambda p: None)\n"
        "assert 'libcst' not in sys.modules\n"
        "open_document('a.py', b'a = 1')\nassert 'libcst' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("yaml", "section"),
    [
        ("version: 2.1\njobs:\n  a:\n    machine: true\n    steps: [checkout]\n", ""),
        ("orbs:\n  a: b/c@1\nworkflows:\n  w:\n    jobs: [a/b]\n", ""),
        ("machine: true\nsteps:\n  - run: make\n", "jobs"),
        ("steps:\n  - run: make\n", "commands"),
    ],
)
def test_yaml_in_a_string_is_known_by_what_a_config_has(yaml: str, section: str) -> None:
    parts = open_document(".circleci/generate.py", f'TEXT = """\n{yaml}"""\n'.encode()).parts()
    assert [part.section for part in parts] == [section]


@pytest.mark.parametrize(
    "yaml",
    [
        "on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n",
        'version: "3"\nservices:\n  db:\n    image: postgres:14\n    command: [a]\n',
        "apiVersion: v1\nsteps:\n  - a: b\n",
        "usage: a tool\noptions:\n  steps: a number\n",
    ],
)
def test_yaml_of_something_else_in_a_string_is_no_config(yaml: str) -> None:
    assert not open_document(".circleci/generate.py", f'TEXT = """\n{yaml}"""\n'.encode()).parts()
