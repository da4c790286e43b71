"""The cases in the two forms of tests of config policies: Rego for `opa test`, YAML for `circleci policy test`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from migrator.guard.cases import Case
from migrator.guard.rego import NAME, data, quoted
from migrator.guard.settings import Json

_REGO: Final = """\
# Written by `migrate guard`. Run it with `opa test --v0-compatible policies tests`. It is not among the policies, as
# all Rego that is there is pushed.
package {name}_test

# What the policy has against a config, by rule.
violations(config, meta) = {{rule: reasons |
	decided := data.org with input as config with data.meta as meta
	some rule
	decided.enable_rule[rule]
	reasons := decided[rule]
	count(reasons) > 0
}}
{tests}"""
_TEST: Final = """
test_{name} {{
	found := violations({config}, {meta})
	found == {violations}
}}
"""
_YAML: Final = "# Written by `migrate guard`. Run it with `circleci policy test ./policies`.\n"
_PLAIN: Final = re.compile(r"[A-Za-z_][\w./-]*")
# https://yaml.org/type/bool.html and null: YAML 1.1, which CircleCI's tests are read as.
_WORDS: Final = frozenset({"y", "yes", "n", "no", "on", "off", "true", "false", "null"})


def rego_tests(cases: Iterable[Case]) -> str:
    tests = [
        _TEST.format(
            name=case.name, config=data(case.config, 1), meta=data(_meta(case), 1), violations=_sets(case.violations)
        )
        for case in cases
    ]
    return _REGO.format(name=NAME, tests="".join(tests))


def yaml_tests(cases: Iterable[Case], *, soft: bool) -> str:
    """All cases under one test, as what circleci calls `cases`."""
    named = {case.name: _expected(case, soft=soft) for case in cases}
    return _YAML + "".join(f"{line}\n" for line in _lines({f"test_{NAME}": {"cases": named}}))


def _meta(case: Case) -> Json:
    return {"vcs": {"target_repository_url": case.repository}} if case.repository else {}


def _sets(violations: tuple[tuple[str, str], ...]) -> str:
    return f"{{{', '.join(f'{quoted(rule)}: {{{quoted(reason)}}}' for rule, reason in violations)}}}"


def _expected(case: Case, *, soft: bool) -> Json:
    """Input, metadata and the decision: https://circleci.com/docs/guides/config-policies/test-config-policies/."""
    found = [{"rule": rule, "reason": reason} for rule, reason in case.violations]
    decision: Json = {"status": ("SOFT_FAIL" if soft else "HARD_FAIL") if found else "PASS"}
    decision["enabled_rules"] = list(case.enabled)
    if found:
        decision["soft_failures" if soft else "hard_failures"] = found
    return {"input": case.config, **({"meta": _meta(case)} if case.repository else {}), "decision": decision}


def _lines(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for key, each in value.items():
        if isinstance(each, dict) and each:
            yield f"{indent}{_scalar(key)}:"
            yield from _lines(each, indent + "  ")
        elif isinstance(each, list) and each:
            yield f"{indent}{_scalar(key)}:"
            yield from _items(each, indent + "  ")
        else:
            yield f"{indent}{_scalar(key)}: {_scalar(each)}"


def _items(values: list[Any], indent: str) -> Iterator[str]:
    for each in values:
        if isinstance(each, dict):
            first, *rest = _lines(each, indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(each)}"


def _scalar(value: Any) -> str:
    """A value on one line. What is no plain word is a string of JSON, which is one of YAML too."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    text = json.dumps(value, ensure_ascii=False)
    # Pairs of surrogates are no character to YAML, and some characters no text of it.
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
