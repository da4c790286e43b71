"""Open Policy Agent itself, with which CircleCI's agent evaluates config policies, and what that makes of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from migrator.guard.rego import policy_rego
from migrator.guard.settings import settings_of
from migrator.policy import Policy
from tests.places import ROOT

_PATH = os.pathsep.join((str(ROOT / ".tools" / "bin"), os.environ.get("PATH", "")))
OPA = shutil.which("opa", path=_PATH)
needs_opa = pytest.mark.skipif(OPA is None, reason="opa is not installed")

# OPA 1.22 takes variables for `with`, and sees nothing below a reference such as `input[_].input`.
_QUERY = "[decided | [given, about] := input[_]; decided := data.org with input as given with data.meta as about]"


def opa(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of OPA, with the version 0 of Rego that CircleCI's agent reads."""
    assert OPA is not None
    command, *rest = arguments
    return subprocess.run(
        [OPA, command, "--v0-compatible", *rest], cwd=cwd, capture_output=True, text=True, check=False
    )


def decided(
    policy: Policy | str, folder: Path, inputs: Iterable[Any], meta: Iterable[Any] = ()
) -> list[dict[str, Any]]:
    """What each input violates, by rule, as far as the rule is enabled; all of them in one process.

    `policy` may be the text of a config policy; `meta` are CircleCI's metadata of each input, by default none.
    """
    text = policy if isinstance(policy, str) else policy_rego(settings_of(policy))
    given = list(inputs)
    metas = [*meta] or [{}] * len(given)
    (folder / "policy.rego").write_text(text, "utf-8")
    (folder / "cases.json").write_text(json.dumps(list(zip(given, metas, strict=True))))
    done = opa(
        "eval", "--strict-builtin-errors", "--format=json", "-d", "policy.rego", "-i", "cases.json", _QUERY, cwd=folder
    )
    content = json.loads(done.stdout)
    assert done.returncode == 0, content.get("errors", done.stderr)
    found: list[dict[str, Any]] = content["result"][0]["expressions"][0]["value"]
    assert len(found) == len(given)
    return found


def violations(org: Mapping[str, Any]) -> dict[str, list[str]]:
    """The reasons of one decision by rule: only rules that are enabled count."""
    return {rule: org[rule] for rule in org["enable_rule"] if org.get(rule)}


def decision(org: Mapping[str, Any]) -> dict[str, Any]:
    """As CircleCI's agent decides: `cpa/policy.go` and `cpa/decision.go` of its source."""
    failures: dict[str, list[dict[str, str]]] = {"hard_failures": [], "soft_failures": []}
    for rule in org["enable_rule"]:
        kind = "hard_failures" if rule in org.get("hard_fail", ()) else "soft_failures"
        value = org.get(rule, [])
        reasons = [value] if isinstance(value, str) else value
        failures[kind] += [{"rule": rule, "reason": reason} for reason in reasons]
    status = "HARD_FAIL" if failures["hard_failures"] else "SOFT_FAIL" if failures["soft_failures"] else "PASS"
    kept = {kind: sorted(each, key=lambda v: v["rule"] + v["reason"]) for kind, each in failures.items() if each}
    return {"status": status, "enabled_rules": sorted(org["enable_rule"]), **kept}
