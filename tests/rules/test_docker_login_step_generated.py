"""Made-up scripts with logins, each run in bash before and after: what ran before runs after, in the same order."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from tests.doses import examples
from tests.rules.login_jobs import VALUES, log_of, once

_HUB = 'docker login -u "$DOCKERHUB_USERNAME" -p "$DOCKERHUB_PASSWORD"'
_QUAY = 'docker login -u "$QUAY_USERNAME" -p "$QUAY_PASSWORD" quay.io'
_LOGINS = st.sampled_from(
    [
        _HUB,
        'echo "$DOCKERHUB_PASSWORD" | docker login -u "$DOCKERHUB_USERNAME" --password-stdin',
        'docker login --password-stdin -u "$DOCKERHUB_USERNAME" <<< "$DOCKERHUB_PASSWORD"',
        _QUAY,
        'docker login "$REGISTRY" -u="$REGISTRY_USER" -p="$REGISTRY_PASSWORD" >/dev/null 2>&1',
        'docker login -u "$DOCKERHUB_USERNAME" \\\n  -p "$DOCKERHUB_PASSWORD" # why',
        f"{_HUB} \\\n",
        f"( {_HUB} )",
    ]
)
_OTHERS = st.sampled_from([
    "make a", 'make "$-" "$X"', "X=1", "export X=2", "cd /", "echo hello", "set -e", "set +e", "set -u", "set -x",
    "set -o pipefail", "set +o pipefail", "true", ":", "false", "# comment", "# comment \\", "", "! make b",
    "make c | :",
    "cat <<EOF\nbody $X\nEOF", "cat <<-EOF\n\tbody\n\tEOF", "cat <<EOF\n  EOF\nEOF", 'make <<< "$X"',
    "if true; then make d; fi", "f() { make e; }", "f", "docker pull acme/a:1", "docker push acme/a", "make $?",
    "export DOCKERHUB_USERNAME=other", "exit 0", 'trap "make t" EXIT', "echo $((1<<3))",
])  # fmt: skip
_LINES = st.one_of(
    _LOGINS,
    _OTHERS,
    st.builds(
        "{}{}{}".format, _LOGINS, st.sampled_from([" && ", "; ", " && \\\n  ", " || "]), st.one_of(_LOGINS, _OTHERS)
    ),
    st.builds(
        "{}{}{}".format, _OTHERS.filter(lambda line: "#" not in line), st.sampled_from([" && ", "; ", " || "]), _LOGINS
    ),
)
_SCRIPTS = st.builds("{}\n{}".format, _LINES, st.lists(_LINES, max_size=3).map("\n".join)).map(str.strip)
_SHELLS = st.sampled_from(["", "", "/bin/bash", "/bin/bash -e", "bash -euo pipefail"])
_USERS: Final = ("", *(VALUES[name] for name in ("DOCKERHUB_USERNAME", "QUAY_USERNAME", "REGISTRY_USER")))


def _config(script: str, version: str, shell: str, style: str) -> str:
    if version == "2.1":
        script = script.replace("<<", "\\<<")
    lines = "".join(f"            {line}\n" if line else "\n" for line in script.split("\n"))
    command = f"{json.dumps(script)}\n" if style == '"' else f"|\n{lines}"
    return (
        f"version: {version}\njobs:\n  push:\n    machine: true\n    steps:\n      - run:\n"
        + (f"          shell: {shell}\n" if shell else "")
        + f"          command: {command}      - run: make last\n"
    )


@settings(max_examples=examples(80), deadline=None, derandomize=True)
@example(f"{_HUB} && ! make b", "2.1", "", "|")
@example(f"{_HUB}\n{_QUAY}", "2.1", "/bin/bash", "|")
@example(f"{_HUB} && docker pull acme/a\n{_QUAY}", "2.1", "", "|")
@example(f"{_HUB}; true", "2.1", "/bin/bash", '"')
@example('docker login -u "$DOCKERHUB_USERNAME" \\\n\n  -p "$DOCKERHUB_PASSWORD"', "2.1", "", "|")
@example(f"cat <<EOF\n{_HUB}\nEOF; {_HUB}\n{_HUB}", "2.1", "", "|")
@example(f"{_HUB}\n\tmake a\n", "2.1", "", "|")
@given(_SCRIPTS, st.sampled_from(["2", "2.1"]), _SHELLS, st.sampled_from(["|", '"']))
def test_what_ran_before_runs_after(script: str, version: str, shell: str, style: str) -> None:
    assume("docker login" in script)
    text = _config(script, version, shell, style)
    rules = load_rules(["docker-login-step"])
    outcome = run(".circleci/config.yml", text.encode(), rules, Policy(), choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed | Unchanged), outcome
    applied = outcome.applied if isinstance(outcome, Changed) else ()
    assert applied or outcome.left, "a login that nothing is said about"
    if not isinstance(outcome, Changed):
        return
    again = run(".circleci/config.yml", outcome.data, rules, Policy(), choose_by_safety(review_too=True))
    assert isinstance(again, Unchanged)
    is_safe = all(located.safety.value == "safe" for located in applied)
    with tempfile.TemporaryDirectory() as folder:
        for user in _USERS if is_safe else [""]:
            before, after = (log_of(each, Path(folder) / "run", user) for each in (text, outcome.after))
            assert once(after) == once(before), f"where the login of {user or 'nobody'} fails"
