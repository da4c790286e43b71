"""The commands that a script itself runs: `subprocess.run([...])`, `os.system("...")` and the like."""

from __future__ import annotations

from typing import Final

import libcst as cst

from migrator.documents.python.reading.nodes import BYTES
from migrator.documents.python.reading.scope import Call, Scope, last_name
from migrator.documents.python.reading.strings import read_words
from migrator.documents.python.reading.values import Values
from migrator.parts import Process
from migrator.tree import STR, Node, Opaque, Text

# https://docs.python.org/3/library/subprocess.html; those of the second set hand a text to a shell.
_RUNS: Final = frozenset({"run", "call", "check_call", "check_output", "Popen"})
_SHELLS: Final = frozenset({"system", "popen", "getoutput", "getstatusoutput"})
_MODULES: Final = ("os", "subprocess", "sp", "commands")


def read_processes(values: Values) -> list[Process]:
    found: list[Process] = []
    modules, functions = _imported(values)
    for call in values.names.calls:
        name = last_name(call.node.func)
        if isinstance(call.node.func, cst.Name):
            name = functions.get(name, name)
        renamed = name != last_name(call.node.func)
        if (name in _RUNS or name in _SHELLS) and (renamed or _is_of_a_module(call, modules)):
            process = _read(values, call, shell=name in _SHELLS)
            if process is not None:
                found.append(process)
    return found


def _imported(values: Values) -> tuple[set[str], dict[str, str]]:
    """The names by which the modules are imported, and what functions are called where they are named otherwise."""
    modules, functions = set(_MODULES), dict[str, str]()
    for node in values.source.positions:
        if isinstance(node, cst.Import):
            pairs = [(last_name(each.name), each.asname) for each in node.names]
            modules |= {last_name(_bound(asname)) for name, asname in pairs if asname is not None and name in _MODULES}
        elif isinstance(node, cst.ImportFrom) and isinstance(node.module, cst.Name) and node.module.value in _MODULES:
            for each in node.names if not isinstance(node.names, cst.ImportStar) else ():
                if each.asname is not None:
                    functions[last_name(_bound(each.asname))] = last_name(each.name)
    return modules, functions


def _bound(asname: cst.AsName) -> cst.BaseExpression:
    assert isinstance(asname.name, cst.BaseExpression)
    return asname.name


def _is_of_a_module(call: Call, modules: set[str]) -> bool:
    """Whether it is a function of one of the modules."""
    function = call.node.func
    if isinstance(function, cst.Attribute):
        return isinstance(function.value, cst.Name) and function.value.value in modules
    if not isinstance(function, cst.Name):
        return False
    # `run` and `system` may be anything, unless the script imports them.
    return function.value in ("check_call", "check_output", "Popen") or call.scope.lookup(function.value) is not None


def _read(values: Values, call: Call, *, shell: bool) -> Process | None:
    given = {a.keyword.value: a.value for a in call.node.args if a.keyword is not None}
    positional = [a.value for a in call.node.args if a.keyword is None and not a.star]
    command = positional[0] if positional else given.get("args")
    if command is None:
        return None
    if (flag := given.get("shell")) is not None:
        shell = isinstance(flag, cst.Name) and flag.value == "True"
    if isinstance(command, cst.Call) and last_name(command.func) == "split":
        # `shlex.split("...")` and `"...".split()`: no shell looks at the words.
        inner = command.args[0].value if command.args else None
        command = inner or (command.func.value if isinstance(command.func, cst.Attribute) else command)
        shell = False
    standard_input = given.get("input")
    return Process(
        values.of(command, call.scope),
        _input(values, standard_input, call.scope) if standard_input is not None else None,
        shell,
    )


def _input(values: Values, expression: cst.BaseExpression, scope: Scope) -> Node:
    if isinstance(expression, cst.SimpleString) and "b" in expression.prefix.lower():
        start, end = values.source.span(expression)
        words = read_words(values.source.text, start, end)
        given = Text(words.value, start, end, start, BYTES, kind=STR)
        values.keep(given, expression, scope)
        values.hang(given, expression)
        return given
    if isinstance(expression, cst.Call) and last_name(expression.func) == "encode":
        assert isinstance(expression.func, cst.Attribute)
        return _input(values, expression.func.value, scope)
    node = values.of(expression, scope)
    if isinstance(node, Opaque):
        values.hang(node, expression)
    return node
