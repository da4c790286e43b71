"""What the first reading leaves to libcst: everything that may be a part of a config. It may leave more, never less."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.documents.python.file import PythonScript
from migrator.documents.python.first import may_have_parts
from migrator.documents.python.reading.configs import parts_of
from migrator.documents.python.reading.reader import PythonReader
from migrator.documents.python.reading.source import PythonSource
from migrator.tree import Parents
from tests.documents.python.scripts import scripts
from tests.doses import examples
from tests.places import ROOT

NOTIFY = '''"""Tell the channel how a build of the docker image went: steps, jobs and all."""

import json
import os
import sys
import urllib.request


def main():
    docker_image = os.environ["IMAGE"]
    body = {"text": "build {} of {}".format(os.environ["CIRCLE_BUILD_NUM"], docker_image)}
    for name in sys.argv[1:]:
        body[name] = os.environ.get(name, "")
    request = urllib.request.Request("https://hooks.example.com/" + name, json.dumps(body).encode("utf-8"))
    with urllib.request.urlopen(request) as answer:
        print(f"answered {answer.status}", "%s%%" % 3)


if __name__ == "__main__":
    main()
'''


def parts(text: str) -> list[object]:
    """What libcst finds; raises what it does not read."""
    reader = PythonReader(PythonSource(text))
    return list(parts_of(reader, Parents(reader.root)))


@pytest.mark.parametrize(
    "text",
    [
        "a = {'docker': []}\n",
        "a = dict(image='b')\n",
        "a['ste' 'ps'] = []\n",
        "a['ste' + 'ps'] = []\n",
        "B = 'do'\na = {f'{B}cker': []}\n",
        "a = {'{}cker'.format('do'): []}\n",
        "a = {'%scker' % 'do': []}\n",
        "a = {''.join(['do', 'ck', 'er']): []}\n",
        "a = {'\\x64ocker': []}\n",
        "a = '''\njobs:\n  b: 1\n'''\n",
        "a = '\\njo' + 'bs' + ':\\n'\n",
        "a = '\\njobs' + ':\\n'\n",
        "a = '- image: b'\n",
        "c = yaml.safe_load(f)\n",
        "from subprocess import run as go\ngo(['docker', 'login'])\n",
        "import os\nos.system('docker login -p x')\n",
        "import yaml\nyaml.dump({'version': 2})\n",
        "if x:\n\ty = 1\n",
        "a = 1\f\n",
        "a = 'é'\n",
        "a = 1if b else 2\n",
        "a = \\\n  1\n",
        "match a:\n    case 1:\n        pass\n",
        "a = f'{b!r:>{c}}'\n",
        "a = (((\n",
        "print 1\n",
        f"a = {'[' * 60}{']' * 60}\n",
    ],
)
def test_what_may_have_parts_or_be_refused_is_left_to_libcst(text: str) -> None:
    assert may_have_parts(text)


@pytest.mark.parametrize(
    "text", ["", "# docker: no\n", "import os\n", NOTIFY, "a = {'version': 2}\n", "open('w', 'w')\n"]
)
def test_what_has_none_is_known_to_have_none(text: str) -> None:
    assert not may_have_parts(text)
    assert parts(text) == []


def test_such_a_script_is_looked_at_without_libcst(tmp_path: Path) -> None:
    (tmp_path / "notify.py").write_text(NOTIFY)
    code = (
        "import sys; from migrator.cli.app import run\n"
        "assert run(['notify.py']) == 0\nassert 'libcst' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    )


def test_its_tree_is_there_when_it_is_asked_for() -> None:
    script = PythonScript("a = {'b': ['c']}  # d\n")
    assert script.parts() == []
    assert repr(script.root) == repr(PythonReader(PythonSource(script.text)).root)
    assert [text for _, text in script.comments()] == ["# d"]


WORDS = [
    "docker",
    "image",
    "- image",
    "jobs",
    "steps",
    "machine",
    "version",
    "orbs",
    "text",
    "s",
    ":",
    " ",
    "\n",
    "a: b",
]
PIECES = st.sampled_from(WORDS) | st.builds(lambda w, n: w[:n], st.sampled_from(WORDS), st.integers(0, 6)) | st.builds(
    lambda w, n: w[n:], st.sampled_from(WORDS), st.integers(0, 6)
)  # fmt: skip
STRINGS = st.lists(PIECES, max_size=3).map("".join)
NAMES = st.sampled_from(["A", "B", "C", "x", "config"])


def _joined(parts_: tuple[ast.expr, ast.expr]) -> ast.expr:
    return ast.BinOp(parts_[0], ast.Add(), parts_[1])


def _formatted(given: tuple[str, str, ast.expr]) -> ast.expr:
    before, after, value = given
    template = ast.Constant(before.replace("{", "") + "{}" + after.replace("}", ""))
    return ast.Call(ast.Attribute(template, "format", ast.Load()), [value], [])


LEAVES = STRINGS.map(ast.Constant) | NAMES.map(lambda name: ast.Name(name, ast.Load())) | st.just(ast.Constant(1))
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(_joined),
        st.tuples(STRINGS, STRINGS, inner).map(_formatted),
        st.tuples(STRINGS, NAMES).map(
            lambda p: ast.JoinedStr([ast.Constant(p[0]), ast.FormattedValue(ast.Name(p[1], ast.Load()), -1)])
        ),
        st.tuples(STRINGS, inner).map(lambda p: ast.BinOp(ast.Constant(p[0] + "%s"), ast.Mod(), p[1])),
        st.lists(st.tuples(inner, inner), max_size=2).map(lambda p: ast.Dict([k for k, _ in p], [v for _, v in p])),
        st.lists(inner, max_size=3).map(lambda items: ast.List(items, ast.Load())),
        st.lists(inner, max_size=3).map(
            lambda items: ast.Call(
                ast.Attribute(ast.Constant(""), "join", ast.Load()), [ast.List(items, ast.Load())], []
            )
        ),
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.tuples(NAMES, EXPRESSIONS).map(lambda p: ast.Assign([ast.Name(p[0], ast.Store())], p[1])),
    st.tuples(NAMES, EXPRESSIONS, EXPRESSIONS).map(
        lambda p: ast.Assign([ast.Subscript(ast.Name(p[0], ast.Load()), p[1], ast.Store())], p[2])
    ),
    EXPRESSIONS.map(
        lambda e: ast.Expr(ast.Call(ast.Attribute(ast.Name("yaml", ast.Load()), "dump", ast.Load()), [e], []))
    ),
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STATEMENTS, max_size=4))
def test_nothing_that_code_puts_together_is_missed(statements: list[ast.stmt]) -> None:
    module = ast.fix_missing_locations(ast.Module([*statements], []))
    text = ast.unparse(module) + "\n"
    if not may_have_parts(text):
        assert parts(text) == []


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts())
def test_no_script_that_builds_a_config_is_missed(script: str) -> None:
    assert may_have_parts(script)


def test_no_script_of_this_project_is_read_otherwise() -> None:
    """Whatever is refused by libcst, or has parts, is left to it."""
    files = sorted((ROOT / "migrator").rglob("*.py"))
    known = [text for text in (path.read_text("utf-8") for path in files) if not may_have_parts(text)]
    assert known
    for text in known[:: max(1, len(known) // 6)]:
        assert parts(text) == []
